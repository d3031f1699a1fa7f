"""A deployment on a local AWS of its own, made once for all tests; users and permissions are those of the templates."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from data import split
from data.generate import generate
from deploy.deployment import Deployment
from local import LocalAws
from pipeline import steps, training, users
from pipeline.api import RecommendationsApi
from pipeline.lake import Lake


@dataclass(frozen=True)
class Deployed:
    """What the tests work with."""

    aws: LocalAws
    deployment: Deployment
    outputs: dict[str, str]
    trained: training.Trained
    parts: split.Parts

    @property
    def api(self) -> RecommendationsApi:
        return RecommendationsApi(self.outputs["ApiUrl"])

    @property
    def lake(self) -> Lake:
        return Lake(self.outputs["Database"], self.outputs["Workgroup"])

    def client(self, service: str) -> Any:
        return self.aws.client(service)


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder: Path = tmp_path_factory.mktemp("aws")
    parts = split.by_time(generate(users=150, items=120, sessions=1_500, seed=11))
    # Landed by somebody who did not look at it.
    parts.history.interactions.append(parts.history.interactions[0] | {"event_id": "untimely", "event_time": "soon"})
    with LocalAws(folder) as aws, pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith("AWS_")]:
            patch.delenv(name)
        for name, value in aws.variables.items():
            patch.setenv(name, value)
        deployment = Deployment.of_this_project("local")
        foundation = deployment.deploy({})
        steps.foundation(foundation, print)
        training.upload(foundation["LakeBucket"], parts.history)
        trained = training.train(foundation["TrainingMachineArn"], print)
        # Everybody is asked of the model here: the control group is the unit tests' matter.
        outputs = deployment.deploy(trained.parameters | {"ModelShare": "100"})
        users.fill(outputs)
        yield Deployed(aws, deployment, outputs, trained, parts)


@contextmanager
def without_policy(deployed: Deployed, role: str, policy: str, statement: str) -> Iterator[None]:
    """Takes a statement out of the policy of a role for a while."""
    iam = deployed.client("iam")
    whole = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    less = whole | {"Statement": [one for one in whole["Statement"] if one["Sid"] != statement]}
    assert len(less["Statement"]) == len(whole["Statement"]) - 1
    if less["Statement"]:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(less))
    else:  # a policy has one statement at least
        iam.delete_role_policy(RoleName=role, PolicyName=policy)
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(whole))


@contextmanager
def without(deployed: Deployed, function: str, policy: str, statement: str) -> Iterator[None]:
    """Takes a statement out of the policy of a function's role for a while."""
    role = deployed.client("lambda").get_function_configuration(FunctionName=function)["Role"]
    with without_policy(deployed, role.rpartition("/")[2], policy, statement):
        yield


@pytest.fixture
def asking(deployed: Deployed) -> Iterator[list[tuple[int, str]]]:
    """Asks for recommendations all the time, and keeps what came."""
    found: list[tuple[int, str]] = []
    stop = threading.Event()
    user = deployed.parts.history.users[0]["user_id"]

    def ask() -> None:
        while not stop.is_set():
            answer = deployed.api.for_you(user)
            found.append((answer.status, answer.content.get("source", "none")))

    thread = threading.Thread(target=ask)
    thread.start()
    yield found
    stop.set()
    thread.join()
