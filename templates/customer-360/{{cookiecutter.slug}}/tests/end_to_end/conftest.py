"""A deployment on a local AWS of its own, refreshed once for all tests; permissions are those of the templates."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from data.generate import Day, World, first_day, world
from deploy.deployment import Deployment
from local import LocalAws
from pipeline import sources, steps
from pipeline.api import ActionApi
from pipeline.lake import Lake
from pipeline.profiles import stored
from pipeline.refresh import refresh

SEED = 11


@dataclass(frozen=True)
class Deployed:
    """What the tests work with."""

    aws: LocalAws
    deployment: Deployment
    outputs: dict[str, str]
    known: World
    day: Day

    @property
    def api(self) -> ActionApi:
        return ActionApi(self.outputs["ApiUrl"])

    @property
    def lake(self) -> Lake:
        return Lake(self.outputs["Database"], self.outputs["Workgroup"])

    def client(self, service: str) -> Any:
        return self.aws.client(service)

    def refresh(self) -> None:
        refresh(self.outputs["RefreshMachineArn"])

    def rows(self, sql: str) -> list[dict[str, str | None]]:
        return self.lake.query(sql)


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder: Path = tmp_path_factory.mktemp("aws")
    known = world(500, SEED)
    day = first_day(known, SEED)
    with LocalAws(folder) as aws, pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith("AWS_")]:
            patch.delenv(name)
        for name, value in aws.variables.items():
            patch.setenv(name, value)
        deployment = Deployment.of_this_project("local")
        outputs = deployment.deploy(steps.LOCAL)
        steps.foundation(outputs, print)
        sources.land(outputs, day)
        sources.label(outputs, day.truth)
        refresh(outputs["RefreshMachineArn"], train=True)
        yield Deployed(aws, deployment, outputs, known, day)


def objects(deployed: Deployed, *prefixes: str) -> dict[str, str]:
    """The objects below some prefixes, with the hashes of their content."""
    pages = deployed.client("s3").get_paginator("list_objects_v2").paginate(Bucket=deployed.outputs["LakeBucket"])
    found = {item["Key"]: item["ETag"] for page in pages for item in page.get("Contents", [])}
    return {key: etag for key, etag in found.items() if key.startswith(prefixes)}


def profiles(deployed: Deployed) -> dict[str, dict[str, Any]]:
    return stored(deployed.outputs)
