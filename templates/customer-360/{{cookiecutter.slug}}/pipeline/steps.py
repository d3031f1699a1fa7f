"""What `python -m deploy` does for this project beyond CloudFormation."""

from collections.abc import Callable, Mapping
from pathlib import Path

import boto3

from data.generate import PEOPLE, SEED, Day, first_day, world
from deploy.errors import DeployError
from pipeline import views
from pipeline.api import ActionApi
from pipeline.lake import Lake
from pipeline.refresh import refresh

# A connection cannot be made here; with a name for each the flows and DMS are at least made and updated.
LOCAL = {
    "CrmConnection": "crm",
    "SapConnection": "sap",
    "AnalyticsConnection": "analytics",
    "DatabaseSecretArn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:shop",
    "DatabaseSubnets": "subnet-00000000,subnet-11111111",
    "DatabaseSecurityGroups": "sg-00000000",
}


def generated(people: int = PEOPLE, seed: int = SEED) -> Day:
    """Returns a first day of every source."""
    return first_day(world(people, seed), seed)


def foundation(outputs: Mapping[str, str], told: Callable[[str], None]) -> None:
    """Makes what the layers need beyond CloudFormation: the views of analysts."""
    for name in views.create(Lake(outputs["Database"], outputs["Workgroup"])):
        told(f"  view {name}")


def model(outputs: Mapping[str, str], data: Path | None, told: Callable[[str], None]) -> None:
    """Learns how records are matched from what the sources have brought, and refreshes the profiles.

    Raises:
        DeployError: no source has brought anything yet.
    """
    lake = outputs["LakeBucket"]
    if data is not None:
        for path in sorted(data.rglob("*")):
            if path.is_file():
                boto3.client("s3").upload_file(str(path), lake, f"raw/{path.relative_to(data).as_posix()}")
        told(f"  raw zone from {data}")
    if not boto3.client("s3").list_objects_v2(Bucket=lake, Prefix="raw/", MaxKeys=1).get("Contents"):
        raise DeployError(
            "No source has brought anything yet. Give the connections (README), or --data with a folder like the raw "
            "zone; `python -m data.generate FOLDER` makes one."
        )
    refresh(outputs["RefreshMachineArn"], told, train=True)


def served(_: Mapping[str, str]) -> dict[str, str]:
    """Returns the parameters with which the project serves: none, for the API reads what the refresh has left."""
    return {}


def verify(outputs: Mapping[str, str], patience: float, told: Callable[[str], None]) -> None:
    """Asks for the next action of one customer, signed and unsigned.

    Raises:
        DeployError: an answer is not the one that is due.
    """
    del patience  # nothing here comes late
    rows = Lake(outputs["Database"], outputs["Workgroup"]).query("SELECT min(customer_id) AS id FROM customers")
    if not rows or not rows[0]["id"]:
        raise DeployError("There is no customer yet; run `python -m deploy model` when the sources have brought some.")
    api = ActionApi(outputs["ApiUrl"])
    answers = [api.next(rows[0]["id"]), api.next("nobody"), api.next(rows[0]["id"], signed=False)]
    if [answer.status for answer in answers] != [200, 400, 403]:
        said = "; ".join(f"{answer.status} {answer.content}" for answer in answers)
        raise DeployError(f"A customer, no customer, an unsigned request should get 200, 400, 403, and got: {said}")
    told(f"  the API answers: {answers[0].content['action']}, {answers[0].content['reason']}")

