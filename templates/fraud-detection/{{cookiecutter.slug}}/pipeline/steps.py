"""What `python -m deploy` does for this project beyond CloudFormation."""

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from data import real, split
from data.generate import generate
from deploy.errors import DeployError
from pipeline import access, models, reconciliation, training, views
from pipeline.kinds import KINDS
from pipeline.lake import Lake

TRANSACTIONS, SEED = 60_000, 7
# Known frauds that each part of the data needs: a classifier learns from them, the other model does without.
LEAST_FRAUDS = 5 if "fraud" in KINDS else 0


def parts(data: Path | None, transactions: int = TRANSACTIONS, seed: int = SEED) -> split.Parts:
    """Returns one's own transactions, generated ones, or the real ones (`real`), cut by time.

    Raises:
        DeployError: the data cannot be used; says where and why.
    """
    try:
        if data is None:
            return split.by_time(generate(transactions, seed), LEAST_FRAUDS)
        return split.by_time(real.rows() if str(data) == real.NAME else split.read(data), LEAST_FRAUDS)
    except (split.DataError, real.CarrierError) as error:
        raise DeployError(str(error)) from error


def foundation(outputs: Mapping[str, str], told: Callable[[str], None]) -> None:
    """Makes what the layers need beyond CloudFormation: the views of analysts."""
    for name in views.create(Lake(outputs["Database"], outputs["Workgroup"])):
        told(f"  view {name}")


def model(outputs: Mapping[str, str], data: Path | None, told: Callable[[str], None]) -> models.Models:
    """Trains the models from one's own file, from what is in the lake, or, the first time, from generated data."""
    if data or not training.has_data(outputs["LakeBucket"]):
        told(f"  training data from {data or 'the generator'}")
        training.upload(outputs["LakeBucket"], parts(data).channels)
    return models.train(outputs["TrainingMachineArn"], told)


def served(outputs: Mapping[str, str]) -> dict[str, str]:
    """Returns the parameters of the root stack with which the newest models are served."""
    newest = models.newest(outputs["LakeBucket"])
    if newest is None:
        raise DeployError("There is no model to serve yet; run `python -m deploy model` first.")
    return newest.parameters


def verify(outputs: Mapping[str, str], patience: float, told: Callable[[str], None]) -> None:
    """Sends a good and a malformed transaction through the deployed API and finds both in the lake.

    Raises:
        DeployError: an answer is not the one that is due, or something does not arrive.
    """
    api = access.api(outputs)
    since = datetime.now(UTC) - timedelta(seconds=5)
    good = request(generate(100, SEED)[0]) | {"id": f"verify-{uuid.uuid4()}"}
    bad = {"id": f"verify-{uuid.uuid4()}"}
    answers = [api.score(good), api.score(bad), api.send("{}", signed=False)]
    if [answer.status for answer in answers] != [200, 400, access.REFUSED]:
        said = "; ".join(f"{answer.status} {answer.content}" for answer in answers)
        due = f"200, 400 and {access.REFUSED}"
        raise DeployError(f"A good, a malformed and a stranger's request should get {due}, and got: {said}")
    sent = reconciliation.Sent({str(good["id"]): float(answers[0].content["score"])}, {str(bad["id"])})
    lake = Lake(outputs["Database"], outputs["Workgroup"])
    told("  the API answers; waiting until both transactions are in the lake")
    result = reconciliation.wait(lake, sent, since, patience)
    if not result.complete or result.differing:
        raise DeployError(f"These did not arrive in the lake as they were answered: {sorted(result.missing)}")
    told("  both are in the lake")


def request(row: Mapping[str, str]) -> dict[str, object]:
    """Returns the request that a payment system would send for a row of the data: numbers as numbers, no label."""
    sent: dict[str, object] = {name: value for name, value in row.items() if name != "is_fraud"}
    return sent | {name: float(row[name]) for name in split.NUMBERS}
