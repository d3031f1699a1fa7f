"""What `python -m deploy` does for this project beyond CloudFormation."""

import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import boto3

from data import history
from data.population import Person, make
from deploy.errors import DeployError
from pipeline import scoring, training, views
from pipeline.api import ActivityApi
from pipeline.lake import Lake

CUSTOMERS, SEED = 1_500, 7
SIMULATOR = "success@simulator.amazonses.com"


def people(count: int = CUSTOMERS, seed: int = SEED) -> list[Person]:
    """Returns customers as they are today."""
    return make(Random(seed), count, today())


def today() -> date:
    """Returns the day, where the lake counts it."""
    return datetime.now(UTC).date()


def lake(outputs: Mapping[str, str]) -> Lake:
    """Returns what an analyst sees."""
    return Lake(outputs["Database"], outputs["Workgroup"])


def foundation(outputs: Mapping[str, str], told: Callable[[str], None]) -> None:
    """Makes what the layers need beyond CloudFormation: the views, and the campaigns of what is set off at once."""
    for name in views.create(lake(outputs)):
        told(f"  view {name}")
    campaigns = boto3.resource("dynamodb").Table(outputs["Campaigns"])
    for name, template in (("basket-reminder", "basket"), ("payment-reminder", "payment")):
        if "Item" not in campaigns.get_item(Key={"name": name}):
            item = {"name": name, "template": template, "status": "running", "channel": "email", "segment": "-"}
            campaigns.put_item(Item=item)


def load(outputs: Mapping[str, str], past: history.History) -> None:
    """Puts a past into the lake, in place of the one that was there; what has happened since stays."""
    s3, bucket, day = boto3.client("s3"), outputs["LakeBucket"], today() - timedelta(days=1)
    for prefix in ("activity", "events"):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/")
        for item in (item for page in pages for item in page.get("Contents", [])):
            if item["Key"].endswith("/history.json.gz"):
                s3.delete_object(Bucket=bucket, Key=item["Key"])
    for key, rows in (
        ("customers/customers.json.gz", past.customers),
        (f"activity/dt={day}/history.json.gz", past.activity),
        (f"events/dt={day}/history.json.gz", past.events),
    ):
        s3.put_object(Bucket=bucket, Key=key, Body=history.lines(rows))


def model(outputs: Mapping[str, str], data: Path | None, told: Callable[[str], None]) -> training.Trained:
    """Trains a model from what is in the lake or, the first time, from customers who do not exist."""
    if data:
        raise DeployError("This project trains from the lake; README.md says how one's own customers get there.")
    if not boto3.client("s3").list_objects_v2(Bucket=outputs["LakeBucket"], Prefix="customers/").get("Contents"):
        told("  there are no customers in the lake: some are made up")
        load(outputs, history.simulate(Random(SEED), people(), today()))
    return training.train(outputs["TrainingMachineArn"], told)


def served(outputs: Mapping[str, str]) -> dict[str, str]:
    """Returns the parameters of the root stack with which the newest model scores."""
    newest = training.newest_model(outputs["LakeBucket"])
    if newest is None:
        raise DeployError("There is no model to score with yet; run `python -m deploy model` first.")
    return {"ModelDataUrl": newest}


def verify(outputs: Mapping[str, str], patience: float, told: Callable[[str], None]) -> None:
    """Scores the audience, and lets a failed payment send a message that is followed into the lake.

    Raises:
        DeployError: an answer is not the one that is due, or something does not arrive.
    """
    told(f"  scored: {scoring.score(outputs['ScoringMachineArn'])}")
    customer, id = f"verify-{uuid.uuid4().hex[:8]}", f"verify-{uuid.uuid4().hex[:12]}"
    table = boto3.resource("dynamodb").Table(outputs["Audience"])
    point = {"customer": customer, "entry": "email", "address": SIMULATOR, "consent": "given"}
    table.put_item(Item=point)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    failed = {"id": id, "type": "payment-failed", "customer": customer, "at": at, "amount": 1.0}
    api = ActivityApi(outputs["ApiUrl"])
    answers = [api.tell([failed, {"id": "x"}]), api.send("{}", signed=False)]
    if [answer.status for answer in answers] != [202, 403] or len(answers[0].content["refused"]) != 1:
        said = "; ".join(f"{answer.status} {answer.content}" for answer in answers)
        raise DeployError(f"A signed and an unsigned request should get 202 and 403, and got: {said}")
    told("  the API answers; waiting until the message is delivered and in the lake")
    _arrived(outputs, f"payment-reminder_{id}", patience)
    table.delete_item(Key={"customer": customer, "entry": "email"})
    told("  it is")


def _arrived(outputs: Mapping[str, str], message: str, patience: float) -> None:
    deadline = time.monotonic() + patience
    rows: list[dict[str, Any]] = []
    while time.monotonic() < deadline:
        rows = lake(outputs).query(f"SELECT type FROM engagement WHERE message = '{message}'")
        if {"intended", "send", "delivery"} <= {row["type"] for row in rows}:
            return
        time.sleep(1)
    raise DeployError(f"Of the message {message} only these events arrived: {sorted({row['type'] for row in rows})}")
