"""Processes of the user's code (jobs, training, models): in the project's Python, never outliving the emulator."""

import contextlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from local import environment, processes
from local.emulator.surroundings import Surroundings

# The folder that holds `local/`; the runners find `local.lifeline` from it and take it off their path again.
ROOT = Path(__file__).resolve().parents[2]


def start(
    aws: Surroundings,
    runner: str,
    arguments: Sequence[str] = (),
    extra: Mapping[str, str] | None = None,
    folder: Path | None = None,
    output: IO[Any] | int = subprocess.PIPE,
) -> "subprocess.Popen[bytes]":
    """Starts a module of `local/runners` in the project's Python, with the variables of the local AWS.

    The runner calls `local.lifeline.hold()` first: it and what it starts end when this process does, or when the
    returned process's `stdin` is closed.

    Args:
        aws: where the emulator runs.
        runner: the name of the module, `run_job`.
        arguments: its arguments.
        extra: environment variables on top of those of the local AWS.
        folder: the working folder, by default the one for work.
        output: where standard output and error go together.
    """
    return subprocess.Popen(
        [aws.python, str(ROOT / "local" / "runners" / f"{runner}.py"), *arguments],
        cwd=folder or aws.work,
        env={**environment.plain(aws.url), "PYTHONUNBUFFERED": "1", **(extra or {})},
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=sys.platform != "win32",
    )


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Ends such a process and everything it started."""
    if process.stdin:
        with contextlib.suppress(OSError):
            process.stdin.close()
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=3)
    processes.stop_group(process.pid)
    process.wait()
