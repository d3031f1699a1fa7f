"""A local AWS with everything deployed, trained and serving; made once for all tests."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data import traffic
from deploy.deployment import Deployment
from devices import fleet, identity
from local import LocalAws
from pipeline import processor, reconciliation, steps, training
from pipeline.lake import Lake
from pipeline.plant import Plant

PATIENCE = 60


@dataclass(frozen=True)
class Shift:
    """A shift that was played."""

    ledger: traffic.Ledger
    played: fleet.Played
    since: datetime


@dataclass(frozen=True)
class Deployed:
    """What the tests work with."""

    aws: LocalAws
    deployment: Deployment
    outputs: dict[str, str]
    trained: training.Trained
    plant: Plant
    folder: Path

    @property
    def lake(self) -> Lake:
        return Lake(self.outputs["Database"], self.outputs["Workgroup"])

    def client(self, service: str) -> Any:
        return self.aws.client(service)

    def registered(self, devices: list[str] | None = None) -> dict[str, identity.Identity]:
        return identity.register(devices or self.plant.devices, self.outputs, self.folder)

    def play(self, minutes: float = 6, speed: float = 300, plan: traffic.Plan | None = None) -> Shift:
        """Lets the devices send a shift, and waits until what they sent is confirmed."""
        since = datetime.now(UTC)
        found, ledger, cut_off = self.plant.shift(minutes * 60, 5, plan)
        played = fleet.play(found, self.registered(), self.folder, speed, cut_off)
        assert not played.failed
        return Shift(ledger, played, since)

    def compared(self, shift: Shift, patience: float = PATIENCE) -> reconciliation.Reconciliation:
        """Waits until everything of a shift is in the lake, or for as long as a test may."""
        return reconciliation.wait(self.lake, shift.ledger, self.plant.devices, shift.since, patience)

    def compared_by_message(self, shift: Shift) -> reconciliation.Reconciliation:
        """Waits until every message of a shift is somewhere; windows lack what the stream did not take."""
        deadline = time.monotonic() + PATIENCE
        while (found := self.compared_now(shift)).missing and time.monotonic() < deadline:
            time.sleep(0.5)
        return found

    def compared_now(self, shift: Shift) -> reconciliation.Reconciliation:
        """Compares a shift with what is in the lake by now."""
        return reconciliation.wait(self.lake, shift.ledger, self.plant.devices, shift.since, 0)


@contextmanager
def less_allowed(deployed: Deployed, function: str, policy: str, sid: str) -> Iterator[None]:
    """Takes a statement from the role of a function for a while."""
    iam = deployed.client("iam")
    arn = deployed.client("lambda").get_function_configuration(FunctionName=function)["Role"]
    role = arn.rpartition("/")[2]
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    rest = [one for one in document["Statement"] if one["Sid"] != sid]
    assert len(rest) == len(document["Statement"]) - 1
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document | {"Statement": rest}))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder: Path = tmp_path_factory.mktemp("aws")
    with LocalAws(folder) as aws, pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith("AWS_")]:
            patch.delenv(name)
        for name, value in aws.variables.items():
            patch.setenv(name, value)
        deployment = Deployment.of_this_project("local")
        plant = replace(Plant.of(deployment, count=8), files=folder / "devices")
        foundation = deployment.deploy({})
        steps.foundation(foundation, lambda _: None)
        training.upload(foundation["LakeBucket"], plant.history(16_000).channels)
        trained = training.train(foundation["TrainingMachineArn"], print)
        outputs = deployment.deploy({"ModelDataUrl": trained.model_data_url})
        processor.start(outputs, print)
        yield Deployed(aws, deployment, outputs, trained, plant, plant.folder)
