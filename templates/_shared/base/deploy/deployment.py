"""One deployment of this project: its stacks in one account, Region and stage."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

from deploy import package, stack
from deploy.errors import DeployError

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Deployment:
    """Named after the project and the stage; everything it makes bears both as tags."""

    project: str
    stage: str

    @classmethod
    def of_this_project(cls, stage: str) -> "Deployment":
        """Returns the deployment of the project in which this file lies.

        Raises:
            DeployError: stage `local` is meant for a real account.
        """
        if stage == "local" and not os.environ.get("AWS_ENDPOINT_URL"):
            raise DeployError("The stage local is for the local AWS alone; use `make run`, or --stage dev.")
        settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
        return cls(settings["project"]["name"], stage)

    @property
    def name(self) -> str:
        """The name of the root stack."""
        return f"{self.project}-{self.stage}"

    @property
    def tags(self) -> dict[str, str]:
        """What every resource bears."""
        return {"project": self.project, "stage": self.stage}

    def deploy(self, parameters: Mapping[str, str], say: stack.Say = lambda _: None) -> dict[str, str]:
        """Deploys all layers as they are in `infra/` and returns the outputs of the root stack.

        A parameter that is not given keeps the value it has, so that deploying again changes what has changed and
        nothing else: a model that serves goes on serving.
        """
        template = (PROJECT / "infra" / "artifacts.yaml").read_text(encoding="utf-8")
        bucket = stack.deploy(f"{self.name}-artifacts", template, {}, self.tags, say=say)["ArtifactsBucket"]
        own = {"Stage": self.stage, "ArtifactsBucket": bucket}
        if "\n  SourceUrl:" in (PROJECT / "infra" / "root.yaml").read_text(encoding="utf-8"):
            own["SourceUrl"] = package.archive(PROJECT / "model", bucket)
        root = package.package(PROJECT / "infra" / "root.yaml", bucket)
        return stack.deploy(self.name, root, {**own, **parameters}, self.tags, say=say)

    def outputs(self) -> dict[str, str]:
        """Returns the outputs of the root stack as it stands; none before the first deployment."""
        try:
            found = boto3.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return {}
            raise
        return stack.outputs(found)
