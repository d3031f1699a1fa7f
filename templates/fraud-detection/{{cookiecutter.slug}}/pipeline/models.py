"""The models of this project: trained by one execution, served together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline import training
from pipeline.kinds import KINDS

# The parameters of infra/root.yaml that take the addresses of the models, in the order of KINDS.
PARAMETERS = ("ModelDataUrl", "AnomalyModelDataUrl")


@dataclass(frozen=True)
class Models:
    """Where each kind of model lies, by its kind."""

    urls: Mapping[str, str]

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of the root stack with which these models are served."""
        return {name: self.urls[kind] for name, kind in zip(PARAMETERS, KINDS, strict=False)}

    def reports(self) -> dict[str, dict[str, Any]]:
        """Returns the report of each model, by its kind."""
        return {kind: training.report(self.urls[kind]) for kind in KINDS}


def train(machine: str, told: Callable[[str], None]) -> Models:
    """Runs the state machine and returns what it has trained.

    Raises:
        DeployError: the execution failed; says why.
    """
    return Models({one["kind"]: one["ModelDataUrl"] for one in training.execute(machine, told)})


def newest(lake: str) -> Models | None:
    """Returns the models that were trained last, or None before there is one of each kind."""
    found = {kind: training.newest_model(lake, f"models/{kind}/") for kind in KINDS}
    urls = {kind: url for kind, url in found.items() if url}
    return Models(urls) if len(urls) == len(KINDS) else None
