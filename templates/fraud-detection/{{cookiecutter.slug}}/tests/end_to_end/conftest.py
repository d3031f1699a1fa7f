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
from pipeline import access, models, steps, training
from pipeline.api import ScoringApi
from pipeline.kinds import KINDS
from pipeline.lake import Lake
from pipeline.models import Models


@dataclass(frozen=True)
class Deployed:
    """What the tests work with."""

    aws: LocalAws
    deployment: Deployment
    outputs: dict[str, str]
    foundation: dict[str, str]
    trained: Models
    parts: split.Parts

    @property
    def api(self) -> ScoringApi:
        return access.api(self.outputs)

    @property
    def lake(self) -> Lake:
        return Lake(self.outputs["Database"], self.outputs["Workgroup"])

    @property
    def served(self) -> dict[str, str]:
        """The address of the model behind each endpoint, by its kind."""
        sagemaker, found = self.client("sagemaker"), {}
        for kind in KINDS:
            endpoint = sagemaker.describe_endpoint(EndpointName=f"{self.deployment.project}-local-{kind}")
            config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
            model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
            found[kind] = str(model["PrimaryContainer"]["ModelDataUrl"])
        return found

    def client(self, service: str) -> Any:
        return self.aws.client(service)


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder: Path = tmp_path_factory.mktemp("aws")
    parts = split.by_time(generate(16_000, seed=11))
    with LocalAws(folder) as aws, pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith("AWS_")]:
            patch.delenv(name)
        for name, value in aws.variables.items():
            patch.setenv(name, value)
        deployment = Deployment.of_this_project("local")
        foundation = deployment.deploy({})
        steps.foundation(foundation, print)
        training.upload(foundation["LakeBucket"], parts.channels)
        trained = models.train(foundation["TrainingMachineArn"], print)
        outputs = deployment.deploy(trained.parameters)
        yield Deployed(aws, deployment, outputs, foundation, trained, parts)
