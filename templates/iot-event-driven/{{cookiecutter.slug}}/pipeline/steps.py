"""What `python -m deploy` does for this project beyond CloudFormation."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

import boto3

from data import traffic
from data.plant import Asset
from deploy.errors import DeployError
from devices import fleet, identity
from pipeline import processor, reconciliation, training, views
from pipeline.lake import Lake
from pipeline.plant import Plant


def plant(outputs: Mapping[str, str]) -> Plant:
    """Returns the plant of a deployment by its outputs."""
    return Plant(outputs["TopicPrefix"])


def foundation(outputs: Mapping[str, str], told: Callable[[str], None]) -> None:
    """Makes what the layers need beyond CloudFormation: the asset table, and the views of analysts."""
    store_assets(outputs["LakeBucket"], plant(outputs).assets)
    for name in views.create(Lake(outputs["Database"], outputs["Workgroup"])):
        told(f"  view {name}")


def store_assets(lake: str, assets: list[Asset]) -> None:
    """Puts the asset table where the stream processor and analysts read it: a line of JSON for each machine."""
    lines = [json.dumps(asdict(asset) | {"valid_from": "2020-01-01 00:00:00"}) for asset in assets]
    body = "".join(f"{line}\n" for line in lines).encode()
    boto3.client("s3").put_object(Bucket=lake, Key="reference/assets/assets.json", Body=body)


def model(outputs: Mapping[str, str], data: Path | None, told: Callable[[str], None]) -> training.Trained:
    """Trains a model from one's own file, from what is in the lake, or, the first time, from generated data."""
    if data:
        raise DeployError("Put your own readings into training/ of the lake; --data is for generated ones here.")
    if not training.has_data(outputs["LakeBucket"]):
        told("  training data from the generator")
        training.upload(outputs["LakeBucket"], plant(outputs).history().channels)
    return training.train(outputs["TrainingMachineArn"], told)


def served(outputs: Mapping[str, str]) -> dict[str, str]:
    """Returns the parameters of the root stack with which the newest model is served."""
    newest = training.newest_model(outputs["LakeBucket"])
    if newest is None:
        raise DeployError("There is no model to serve yet; run `python -m deploy model` first.")
    return {"ModelDataUrl": newest}


def verify(outputs: Mapping[str, str], patience: float, told: Callable[[str], None]) -> None:
    """Lets one device send a good and a malformed message, and finds both in the lake.

    Raises:
        DeployError: the device is refused, or something does not arrive.
    """
    processor.start(outputs, told)
    site = plant(outputs)
    device = f"{site.prefix}-verify"
    identities = identity.register([device], outputs, site.folder)
    seed = time.time_ns()
    plan = traffic.Plan(duplicates=0, malformed=1, late=0)
    found, ledger = traffic.messages([device], 1, 1, seed, plan, Plant(device).next_shift())
    # A reading has the id that nobody has sent before.
    found = [replace(one, reading=replace(one.reading, id=f"verify-{seed}")) if one.reading else one for one in found]
    played = fleet.play(found, identities, site.folder, speed=1, cut_off={})
    if played.failed:
        raise DeployError(f"The device could not send: {played.failed[0]}")
    told("  the device has sent; waiting until both messages are in the lake")
    lake = Lake(outputs["Database"], outputs["Workgroup"])
    missing = reconciliation.wait_for(lake, {f"verify-{seed}"}, ledger.malformed, patience)
    if missing:
        raise DeployError(f"These did not arrive in the lake: {', '.join(sorted(missing))}")
    told("  both are in the lake")
