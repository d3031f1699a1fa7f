"""What a gap may know of the place where the emulator runs."""

import os
from dataclasses import dataclass
from pathlib import Path

from local.environment import REGION


@dataclass(frozen=True)
class Surroundings:
    """The place of one emulator.

    Attributes:
        folder: everything that is kept, `.local` of the project.
        port: the gateway, on 127.0.0.1.
        python: the project's Python, for the user's jobs, models and engines.
        region: the only region.
    """

    folder: Path
    port: int
    python: str
    region: str = REGION

    @property
    def lake(self) -> Path:
        """A folder of plain files for each bucket."""
        return self.folder / "lake"

    @property
    def work(self) -> Path:
        """Files that jobs and services need while they run."""
        return self.folder / "work"

    @property
    def url(self) -> str:
        """The address of every AWS service."""
        return f"http://127.0.0.1:{self.port}"


def here(port: int) -> Surroundings:
    """Returns the place that the starter named in the environment."""
    return Surroundings(folder=Path(os.environ["LOCAL_AWS_FOLDER"]), port=port, python=os.environ["LOCAL_AWS_PYTHON"])
