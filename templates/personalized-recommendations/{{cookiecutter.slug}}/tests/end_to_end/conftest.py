"""A deployment on a local AWS of its own, made once for all tests; users and permissions are those of the templates."""

import os
from collections.abc import Iterator
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
