"""Starts the emulator with its gaps filled: `python -m local.emulator`, in `.venv-local`; `local.instance` does it."""

import asyncio
import contextlib
import importlib
import importlib.metadata
import logging
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from local import lifeline, ports, processes, state
from local.emulator import surroundings
from local.emulator.gaps import GAPS

PINNED = "1.5.33"

_GRACE = 5.0  # seconds to write down what is known of objects, when the process that started this one is gone


def main() -> None:
    """Serves until it is told to stop, or until the process that started it ends."""
    tie = os.environ.get("LOCAL_AWS_LIFELINE", "none")
    if tie != "none":
        lifeline.hold(by_parent_thread=tie == "thread", grace=_GRACE)
    _check_version()
    left_out = [name for name in os.environ.get("LOCAL_AWS_WITHOUT", "").split(",") if name]
    unknown = sorted(set(left_out) - set(GAPS))
    if unknown:
        raise SystemExit(f"LOCAL_AWS_WITHOUT names no gap: {', '.join(unknown)}; there are {', '.join(GAPS)}.")
    listener = ports.listen(int(os.environ["LOCAL_AWS_PORT"]))
    aws = surroundings.here(listener.getsockname()[1])
    lock = _claim(aws.folder)
    folders = state.Folders(aws.folder)
    with contextlib.suppress(OSError):
        folders.starting_log(int(os.environ["LOCAL_AWS_STARTER"])).replace(folders.log)
    _set_up(aws)
    fill(aws, (name for name in GAPS if name not in left_out))
    for name in [name for name in os.environ if name.startswith("LOCAL_AWS_")]:
        # Lambda functions inherit what is left.
        del os.environ[name]
    pid = os.getpid()
    running = state.Running(pid, processes.started_at(pid) or "", aws.port)
    state.write(folders, running)
    os.chdir(aws.work)
    try:
        _serve(listener.fileno())
    finally:
        state.forget(folders, pid)
        lock.close()
        lifeline.end_group()


def fill(aws: surroundings.Surroundings, names: Iterable[str]) -> None:
    """Fills the gaps of the emulator in this process."""
    for name in names:
        importlib.import_module(f"local.emulator.gaps.{name}").fill(aws)


def _check_version() -> None:
    try:
        found = importlib.metadata.version("ministack")
    except importlib.metadata.PackageNotFoundError:
        found = "missing"
    if found != PINNED:
        raise SystemExit(f"The local AWS needs ministack {PINNED}, and {sys.executable} has {found}; run `make setup`.")


def _claim(folder: Path) -> TextIO:
    """Takes the folder for this process, as long as the returned file is open.

    Two emulators on one lake would not know of each other's buckets and versions.
    """
    lock = (folder / "emulator.lock").open("w")
    try:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        pass
    except OSError:
        raise SystemExit(f"Another local AWS is just starting on {folder}; use that one.") from None
    return lock


def _set_up(aws: surroundings.Surroundings) -> None:
    """Sets what ministack reads from the environment while it is imported."""
    os.environ.update(
        GATEWAY_PORT=str(aws.port),
        AWS_ENDPOINT_URL=aws.url,
        BIND_HOST="127.0.0.1",
        MINISTACK_HOST="127.0.0.1",
        MINISTACK_REGION=aws.region,
        # Roles are enforced; the test keys are those of an administrator.
        AUTH="true",
        # Listeners of their own on all interfaces, for services that no project uses.
        SFTP_ENABLED="0",
        IOT_MTLS_ENABLED="0",
        # No container engine is looked for.
        DOCKER_HOST="unix:///nonexistent",
        LAMBDA_EXECUTOR="local",
        PERSIST_STATE="1",
        STATE_DIR=str(aws.folder / "state"),
        S3_DATA_DIR=str(aws.work / "s3"),
        TMPDIR=_made(aws.work / "tmp"),
    )


def _made(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


def _serve(descriptor: int) -> None:
    import ministack.app as emulator
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.loglevel = "WARNING"
    logging.getLogger("hypercorn.error").setLevel(logging.WARNING)
    # A gap may have put something in front of the application.
    asyncio.run(serve(emulator.app, config))


if __name__ == "__main__":
    main()
