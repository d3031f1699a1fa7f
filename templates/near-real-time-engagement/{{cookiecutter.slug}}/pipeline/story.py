"""The run, step by step: what `make run` does, and what the end-to-end tests do in parts."""

import argparse
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from data import history, readers
from data.population import Person
from deploy.deployment import Deployment
from deploy.errors import DeployError
from pipeline import audience, campaigns, reconciliation, scoring, steps, training, uplift
from pipeline.api import ActivityApi
from pipeline.clock import Clock

PATIENCE = 90.0
FIRST = {
    "campaign": "newsletter-1",
    "template": "newsletter",
    "channel": "email",
    "segment": "all",
    "control": 0.5,
    "data": {"headline": "lamps, and a chair"},
}
SECOND = {
    "campaign": "stay-1",
    "template": "retention",
    "channel": "email",
    "segment": "at-risk",
    "control": 0.5,
    "data": {"headline": "20 % off"},
}


@dataclass(frozen=True)
class Told:
    """What came of a run."""

    report: dict[str, Any]
    compared: dict[str, reconciliation.Reconciliation]
    funnel: list[dict[str, str | None]]
    segments: list[dict[str, str | None]]
    reasons: list[dict[str, str | None]]
    delays: dict[str, float]
    uplift: uplift.Uplift
    truth: float
    scored: dict[str, int]
    trigger: float
    refused: int
    outputs: Mapping[str, str]

    @property
    def agrees(self) -> bool:
        """Whether every message and every event is accounted for."""
        return all(one.agrees for one in self.compared.values())


def run(options: argparse.Namespace) -> Told:
    """Runs everything and returns what came of it."""
    deployment = Deployment.of_this_project(options.stage)
    clock = Clock()
    random = Random(options.seed)
    people = steps.people(options.customers, options.seed)
    live, boxes = people[: options.audience], options.mail
    _world(boxes, live)
    past = history.simulate(random, people, steps.today())
    clock.done(f"{len(people):,} customers with {len(past.activity):,} orders and {len(past.events):,} reactions")

    # Runs at night, too: on AWS quiet hours are those of the parameter's default.
    outputs = deployment.deploy({"QuietHours": "none"})
    steps.foundation(outputs, lambda _: None)
    steps.load(outputs, past)
    audience.create(outputs["Audience"], live, random)
    clock.done("audience, messaging, delivery, catalog and training deployed; the past is in the lake")

    mark = uuid.uuid4().hex[:6]
    first, second = ({**one, "campaign": f"{one['campaign']}-{mark}"} for one in (FIRST, SECOND))
    compared = {str(first["campaign"]): campaign(outputs, first, live, boxes, random)}
    clock.done(f"campaign {first['campaign']} sent, read, and found in the lake")

    trained = training.train(outputs["TrainingMachineArn"], print)
    outputs = deployment.deploy({"ModelDataUrl": trained.model_data_url})
    clock.done(f"model trained in {len(trained.report['tries'])} tries by {_name(outputs['TrainingMachineArn'])}")
    scored = scoring.score(outputs["ScoringMachineArn"])
    clock.done(f"audience scored by {_name(outputs['ScoringMachineArn'])}")

    compared[str(second["campaign"])] = campaign(outputs, second, live, boxes, random)
    refused, true = orders(outputs, str(second["campaign"]), live, random)
    clock.done(f"campaign {second['campaign']} sent to those at risk, and what they did told to the API")
    trigger = payment(outputs, live[0])
    clock.done("a failed payment answered by a message")
    lake = steps.lake(outputs)
    estimated = _settled(lambda: uplift.of(lake, str(second["campaign"])))
    return Told(
        report=trained.report,
        compared=compared,
        funnel=lake.query("SELECT * FROM funnel ORDER BY campaign"),
        segments=_segments(outputs),
        reasons=lake.query(
            "SELECT campaign, type, reason, count(*) AS messages FROM engagement WHERE reason IS NOT NULL"
            " GROUP BY campaign, type, reason ORDER BY count(*) DESC"
        ),
        delays=delays(lake),
        uplift=estimated,
        truth=true,
        scored=scored,
        trigger=trigger,
        refused=refused,
        outputs=outputs,
    )


def campaign(
    outputs: Mapping[str, str], which: Mapping[str, Any], live: Sequence[Person], boxes: Path, random: Random
) -> reconciliation.Reconciliation:
    """Sends a campaign, lets it be read, and returns where all of it has ended."""
    name, since = str(which["campaign"]), steps.today()
    counts = campaigns.launch(outputs["LaunchFunction"], which)
    campaigns.wait(outputs["Messages"], name, counts["intended"], PATIENCE)
    readers.read(random, boxes, live, steps.today())
    return reconciliation.wait(
        steps.lake(outputs), name, since, lambda: campaigns.messages(outputs["Messages"], name), PATIENCE
    )


def orders(outputs: Mapping[str, str], name: str, live: Sequence[Person], random: Random) -> tuple[int, float]:
    """Lets the next thirty days happen at once; returns how many malformed activities were refused, and the truth."""
    day, api = steps.today(), ActivityApi(outputs["ApiUrl"])
    rows = steps.lake(outputs).query(f"SELECT customer, type FROM engagement WHERE campaign = '{name}'")
    of = {
        kind: {str(row["customer"]) for row in rows if row["type"] == kind}
        for kind in ("intended", "control", "open", "delivery")
    }
    members = [person for person in live if person.id in of["intended"] | of["control"]]
    activities: list[dict[str, object]] = []
    for person in members:
        likely = person.persuaded(day) if person.id in of["open"] else person.stays(day)
        if random.random() < likely:
            activities.append(
                {
                    "id": f"o-{uuid.uuid4().hex[:12]}",
                    "type": "order",
                    "customer": person.id,
                    "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                    "amount": round(person.basket, 2),
                }
            )
    wrong = [{"id": "no-amount", "type": "order"}, "no object"]
    answer = api.tell([*activities, *wrong])  # type: ignore[list-item]
    if answer.status != 202 or answer.content["taken"] != len(activities):
        raise DeployError(f"The API took not what it should: {answer.status} {answer.content}")
    treated = [person for person in members if person.id in of["intended"]]
    return len(answer.content["refused"]), uplift.truth(treated, of["delivery"], day)


def payment(outputs: Mapping[str, str], person: Person) -> float:
    """Tells of a failed payment and returns the seconds until its message was on its way."""
    id = f"p-{uuid.uuid4().hex[:12]}"
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    failed = {"id": id, "type": "payment-failed", "customer": person.id, "at": at, "amount": 19.9}
    began = time.monotonic()
    answer = ActivityApi(outputs["ApiUrl"]).tell([failed])
    if answer.status != 202:
        raise DeployError(f"The API did not take a failed payment: {answer.status} {answer.content}")
    while time.monotonic() - began < PATIENCE:
        found = {str(one["id"]): one["status"] for one in campaigns.messages(outputs["Messages"], "payment-reminder")}
        if found.get(f"payment-reminder_{id}") in {"sent", "suppressed", "failed"}:
            return time.monotonic() - began
        time.sleep(0.1)
    raise DeployError("The message of a failed payment was not sent.")


def delays(lake: Any) -> dict[str, float]:
    """Returns how long events took from happening to being ready for the dashboard, in seconds: p50, p95, p99."""
    row = lake.query(
        "SELECT approx_percentile(s, 0.5) AS p50, approx_percentile(s, 0.95) AS p95, approx_percentile(s, 0.99) AS p99"
        " FROM (SELECT date_diff('millisecond', from_iso8601_timestamp(at), from_iso8601_timestamp(received_at))"
        " / 1000.0 AS s FROM engagement WHERE campaign <> 'history')"
    )[0]
    return {name: float(str(value)) for name, value in row.items()}


def _segments(outputs: Mapping[str, str]) -> list[dict[str, str | None]]:
    import boto3

    counts: dict[str, int] = {}
    pages = (
        boto3.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=outputs["Audience"],
            IndexName="by-segment",
            KeyConditionExpression="audience = :a",
            ExpressionAttributeValues={":a": {"S": "everyone"}},
        )
    )
    for item in (item for page in pages for item in page["Items"]):
        counts[item["segment"]["S"]] = counts.get(item["segment"]["S"], 0) + 1
    return [{"segment": name, "customers": str(count)} for name, count in sorted(counts.items())]


def _settled(look: Any) -> uplift.Uplift:
    """Returns an estimate once two looks agree: orders arrive a moment after they were taken."""
    before: uplift.Uplift | None = None
    for _ in range(30):
        found: uplift.Uplift = look()
        if found == before and found.control_rate + found.treated_rate > 0:
            return found
        before = found
        time.sleep(1.2)
    raise DeployError("The orders do not arrive in the lake.")


def _world(boxes: Path, live: Sequence[Person]) -> None:
    """Says which mailboxes do not exist; only a mail server can know."""
    boxes.mkdir(parents=True, exist_ok=True)
    gone = [person.address for person in live if not person.mailbox]
    (boxes / "world.json").write_text(json.dumps({"unknown": gone}), encoding="utf-8")


def _name(arn: str) -> str:
    return arn.rpartition(":")[2]
