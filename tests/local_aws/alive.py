"""Which processes of a local AWS are alive; read from /proc."""

import contextlib
import time
from pathlib import Path

from local import processes


def gone(pid: int, patience: float = 15.0) -> bool:
    """Whether the process ends within some seconds."""
    deadline = time.monotonic() + patience
    while processes.started_at(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return processes.started_at(pid) is None


def children_of(folder: Path) -> list[int]:
    """Every process that was told this folder in its environment, or works in it: emulators, functions, jobs."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if not entry.name.isdigit():
                continue
            told = (entry / "environ").read_bytes().split(b"\0")
            there = (entry / "cwd").readlink().is_relative_to(folder / ".local")
            if (there or f"LOCAL_AWS_FOLDER={folder / '.local'}".encode() in told) and processes.started_at(
                int(entry.name)
            ):
                found.append(int(entry.name))
    return found


def sleepers(folder: Path) -> list[int]:
    """The processes that a job below the folder has put to sleep."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if (entry / "comm").read_text() == "sleep\n" and (entry / "cwd").readlink().is_relative_to(folder):
                found.append(int(entry.name))
    return found
