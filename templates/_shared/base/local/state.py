"""What is written down about a running local AWS, in `.local/` of the project."""

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from local import processes


@dataclass(frozen=True)
class Folders:
    """The places of one local AWS; all of them can be deleted when it is stopped."""

    root: Path

    @classmethod
    def of(cls, project: Path) -> "Folders":
        """Returns the places that belong to a project folder."""
        return cls(Path(project).resolve() / ".local")

    @property
    def lake(self) -> Path:
        """Objects as plain files, a folder for each bucket."""
        return self.root / "lake"

    @property
    def work(self) -> Path:
        """Whatever the emulator and its jobs need while they run."""
        return self.root / "work"

    @property
    def log(self) -> Path:
        """What the emulator and its jobs say."""
        return self.root / "emulator.log"

    def starting_log(self, starter: int) -> Path:
        """The log of an emulator that has not yet got the folder; it becomes `log` when it has."""
        return self.root / f"emulator.{starter}.log"

    @property
    def state(self) -> Path:
        """The number, start time and port of the emulator that runs."""
        return self.root / "state.json"


@dataclass(frozen=True)
class Running:
    """An emulator process that was started and has its port."""

    pid: int
    start: str
    port: int

    @property
    def url(self) -> str:
        """The address of every AWS service."""
        return f"http://127.0.0.1:{self.port}"


def write(folders: Folders, running: Running) -> None:
    """Writes down the emulator that runs; a reader sees the old text or the new one, never half of it."""
    part = folders.state.with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps(asdict(running)) + "\n")
    part.replace(folders.state)


def read(folders: Folders) -> Running | None:
    """Returns the emulator that runs; None where none was started, or the one written down lives no more."""
    try:
        running = Running(**json.loads(folders.state.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return running if processes.lives(running.pid, running.start) else None


def forget(folders: Folders, pid: int | None = None) -> None:
    """Removes what was written down, of the process with the number only where one is given."""
    with contextlib.suppress(FileNotFoundError, ValueError, TypeError):
        if pid is None or json.loads(folders.state.read_text())["pid"] == pid:
            folders.state.unlink()
