"""A deployment on a local AWS of its own, made once for all tests; users and permissions are those of the templates."""

import contextlib
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import boto3
import pytest

from data import history, readers
from data.population import Person, make
from deploy.deployment import Deployment
from local import LocalAws
from pipeline import campaigns, reconciliation, steps, training
from pipeline.api import ActivityApi
from pipeline.lake import Lake

PATIENCE = 60.0


@dataclass(frozen=True)
class Deployed:
    """What the tests work with."""

    aws: LocalAws
    deployment: Deployment
    outputs: dict[str, str]
    trained: training.Trained
    people: list[Person]

    @property
    def boxes(self) -> Path:
        return self.aws.folders.root / "mail"

    @property
    def lake(self) -> Lake:
        return steps.lake(self.outputs)

    @property
    def api(self) -> ActivityApi:
        return ActivityApi(self.outputs["ApiUrl"])

    def client(self, service: str) -> Any:
        return self.aws.client(service)

    def table(self, name: str) -> Any:
        return boto3.resource("dynamodb").Table(self.outputs[name])

    def crowd(self, count: int) -> tuple[str, list[str]]:
        """Makes customers of a segment of their own, and returns its name and theirs."""
        segment = f"test-{uuid.uuid4().hex[:8]}"
        names = [f"{segment}-{number}" for number in range(count)]
        with self.table("Audience").batch_writer() as batch:
            for name in names:
                profile = {"customer": name, "entry": "profile", "audience": "everyone", "segment": segment}
                batch.put_item(Item={**profile, "time_zone": "UTC"})
                batch.put_item(Item={"customer": name, "entry": "email", "address": address(name), "consent": "given"})
        return segment, names

    def launch(self, segment: str, campaign: str = "", **change: Any) -> tuple[str, dict[str, int]]:
        """Starts a campaign to a segment; returns its name and what its function said."""
        campaign = campaign or f"t-{uuid.uuid4().hex[:8]}"
        wanted = {
            "campaign": campaign,
            "template": "newsletter",
            "channel": "email",
            "segment": segment,
            "control": 0,
            "data": {"headline": "lamps"},
        }
        return campaign, campaigns.launch(self.outputs["LaunchFunction"], wanted | change)

    def messages(self, campaign: str) -> list[dict[str, Any]]:
        return campaigns.messages(self.outputs["Messages"], campaign)

    def states(self, campaign: str, until: Callable[[dict[str, int]], bool]) -> dict[str, int]:
        """Returns how many messages are in each state, once it is as it should be."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found: dict[str, int] = {}
            for message in self.messages(campaign):
                found[message["status"]] = found.get(message["status"], 0) + 1
            if until(found):
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.2)

    def reconciled(self, campaign: str) -> reconciliation.Reconciliation:
        return reconciliation.wait(
            self.lake, campaign, steps.today() - timedelta(days=1), lambda: self.messages(campaign), PATIENCE
        )

    def mails(self, name: str) -> list[Any]:
        """Returns what has come into a customer's mailbox since it was last looked at."""
        return readers.inbox(self.boxes, address(name))

    @contextlib.contextmanager
    def world(self, **wanted: Any) -> Iterator[None]:
        """Lets mail servers and SES behave so for a while."""
        path = self.boxes / "world.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(wanted))
        try:
            yield
        finally:
            path.write_text("{}")

    @contextlib.contextmanager
    def variables(self, function: str, timeout: int | None = None, **wanted: str) -> Iterator[None]:
        """Gives a function other variables for a while."""
        client, name = self.client("lambda"), self.outputs[function]
        before = client.get_function_configuration(FunctionName=name)
        known = before["Environment"]["Variables"]

        def configure(variables: dict[str, str], seconds: int) -> None:
            client.update_function_configuration(
                FunctionName=name, Environment={"Variables": variables}, Timeout=seconds
            )

        configure({**known, **wanted}, timeout or before["Timeout"])
        try:
            yield
        finally:
            configure(known, before["Timeout"])

    @contextlib.contextmanager
    def asleep(self, function: str) -> Iterator[None]:
        """Keeps a function from its queue for a while."""
        client = self.client("lambda")
        mappings = client.list_event_source_mappings(FunctionName=self.outputs[function])["EventSourceMappings"]
        assert len(mappings) == 1
        client.update_event_source_mapping(UUID=mappings[0]["UUID"], Enabled=False)
        time.sleep(1.5)
        try:
            yield
        finally:
            client.update_event_source_mapping(UUID=mappings[0]["UUID"], Enabled=True)

    def sweep(self, **variables: str) -> dict[str, int]:
        """Lets the sweep look, as if so much time had passed."""
        with self.variables("SweepFunction", **variables):
            answer = self.client("lambda").invoke(FunctionName=self.outputs["SweepFunction"], Payload=b"{}")
            assert "FunctionError" not in answer, answer["Payload"].read()
            said: dict[str, int] = json.loads(answer["Payload"].read())
            return said


@pytest.fixture
def tables(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """Lets the functions' modules work on the tables of the deployment from within a test, as a user who may do all."""
    import store

    resource = boto3.resource("dynamodb")
    monkeypatch.setattr(store, "resource", resource)
    for name in ("messages", "campaigns", "audience"):
        monkeypatch.setattr(store, name, resource.Table(deployed.outputs[name.capitalize()]))
    return deployed


def address(name: str) -> str:
    return f"{name}@mail.example.org"


def eventually(look: Callable[[], Any]) -> Any:
    """Returns what is found once something is."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "nothing is found"
        time.sleep(0.3)
    return found


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder: Path = tmp_path_factory.mktemp("aws")
    people = make(Random(11), 700, steps.today())
    with LocalAws(folder) as aws, pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith("AWS_")]:
            patch.delenv(name)
        for name, value in aws.variables.items():
            patch.setenv(name, value)
        deployment = Deployment.of_this_project("local")
        outputs = deployment.deploy({"QuietHours": "none"})
        steps.foundation(outputs, print)
        steps.load(outputs, history.simulate(Random(12), people, steps.today()))
        trained = training.train(outputs["TrainingMachineArn"], print)
        outputs = deployment.deploy(steps.served(outputs))
        yield Deployed(aws, deployment, outputs, trained, people)
