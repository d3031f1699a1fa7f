"""What `python -m deploy` does for this project beyond CloudFormation."""

import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from data import sources
from deploy.errors import DeployError
from pipeline import training, users, views
from pipeline.api import RecommendationsApi
from pipeline.lake import Lake

Say = Callable[[str], None]


def foundation(outputs: Mapping[str, str], told: Say) -> None:
    """Makes what the layers need beyond CloudFormation: the views that clean, and those of analysts."""
    for name in views.create(Lake(outputs["Database"], outputs["Workgroup"])):
        told(f"  view {name}")


def model(outputs: Mapping[str, str], data: Path | None, told: Say) -> training.Trained:
    """Trains from a folder of one's own, from what is in the lake, or, the first time, from generated data."""
    if data or not training.has_data(outputs["LakeBucket"]):
        told(f"  interactions, items and users from {data or 'the generator'}")
        try:
            training.upload(outputs["LakeBucket"], sources.load(data, told))
        except sources.DataError as error:
            raise DeployError(str(error)) from error
    return training.train(outputs["TrainingMachineArn"], told)


def served(outputs: Mapping[str, str]) -> dict[str, str]:
    """Returns the parameters of the root stack with which the newest versions are served."""
    newest = training.newest(outputs)
    if newest is None:
        raise DeployError("There is no model to serve yet; run `python -m deploy model` first.")
    return newest.parameters


def verify(outputs: Mapping[str, str], patience: float, told: Say) -> None:
    """Fills the table of users, asks for recommendations, sends a good and a malformed event, finds both in the lake.

    Raises:
        DeployError: an answer is not the one that is due, or something does not arrive.
    """
    told(f"  {users.fill(outputs)} users are known to the fallback")
    api = RecommendationsApi(outputs["ApiUrl"])
    popular, unsigned = api.popular(), api.send("GET", "/popular", signed=False)
    good, bad = f"verify-{uuid.uuid4()}", f"verify-{uuid.uuid4()}"
    event = {"id": good, "type": "view", "item": popular.items[0] if popular.items else "none"}
    event["time"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told_of = api.events("verify", "verify", [event, {"id": bad, "type": "stare"}])
    personal = api.for_you("verify")
    statuses = [popular.status, unsigned.status, told_of.status, personal.status]
    if statuses != [200, 403, 202, 200]:
        raise DeployError(f"200, 403, 202 and 200 were due, and got {statuses}: {popular.content}, {told_of.content}")
    lake = Lake(outputs["Database"], outputs["Workgroup"])
    told(f"  the API answers ({personal.content['source']}); waiting until both events are in the lake")
    deadline = time.monotonic() + patience
    for table, id in (("events", good), ("rejected_events", bad)):
        while not lake.query(f"SELECT event_id FROM {table} WHERE event_id = '{id}'"):
            if time.monotonic() > deadline:
                raise DeployError(f"{id} did not arrive in {table}.")
            time.sleep(1)
    told("  both are in the lake")
