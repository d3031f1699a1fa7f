"""The commands of the local AWS: `python -m local up | down | status | env | reset | run -- COMMAND…`."""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from local import environment, lifeline, processes, state
from local.errors import LocalAwsError
from local.instance import LocalAws

_INSIDE = "LOCAL_AWS_RUN"
"""The folder of the run that a process belongs to."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit status; an error that a person can put right is one sentence."""
    parser = argparse.ArgumentParser(prog="python -m local", description="The local AWS of this project.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start it, until `down`").set_defaults(run=_up)
    commands.add_parser("down", help="stop it; what is in the lake stays").set_defaults(run=_down)
    commands.add_parser("status", help="say whether it runs, and where").set_defaults(run=_status)
    commands.add_parser("env", help='the variables for a shell: eval "$(python -m local env)"').set_defaults(run=_env)
    commands.add_parser("reset", help="delete everything in it").set_defaults(run=_reset)
    run = commands.add_parser("run", help="run a command with it, and stop it again if it was not running")
    run.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="the command and its arguments")
    run.set_defaults(run=_run)
    given = parser.parse_args(arguments)
    try:
        return int(given.run(Path.cwd(), given))
    except LocalAwsError as error:
        print(error, file=sys.stderr)
        return 1


def _up(project: Path, _: argparse.Namespace) -> int:
    found = state.read(state.Folders.of(project))
    if found:
        print(f"The local AWS already runs at {found.url} (process {found.pid}).")
        return 0
    aws = LocalAws(project)
    wanted = aws.port
    aws.start(detached=True)
    if aws.running and aws.running.port != wanted:
        print(f"Port {wanted} is taken by another program, so a free one is used.")
    print(f"The local AWS runs at {aws.url}; stop it with `python -m local down`.")
    return 0


def _down(project: Path, _: argparse.Namespace) -> int:
    folders = state.Folders.of(project)
    found = state.read(folders)
    if found:
        processes.stop(found.pid, found.start)
        print("The local AWS is stopped.")
    else:
        print("The local AWS is not running.")
    state.forget(folders)
    return 0


def _status(project: Path, _: argparse.Namespace) -> int:
    found = state.read(state.Folders.of(project))
    print(f"The local AWS runs at {found.url} (process {found.pid})." if found else "The local AWS is not running.")
    return 0 if found else 1


def _env(project: Path, _: argparse.Namespace) -> int:
    found = state.read(state.Folders.of(project))
    if not found:
        raise LocalAwsError("The local AWS is not running; start it with `python -m local up`.")
    print("\n".join(environment.shell_lines(found.url)))
    return 0


def _reset(project: Path, given: argparse.Namespace) -> int:
    folders = state.Folders.of(project)
    found = state.read(folders)
    if found:
        processes.stop(found.pid, found.start)
    shutil.rmtree(folders.root, ignore_errors=True)
    print("Everything in the local AWS is deleted.")
    return _up(project, given) if found else 0


def _run(project: Path, given: argparse.Namespace) -> int:
    words = given.words[1:] if given.words[:1] == ["--"] else given.words
    if not words:
        raise LocalAwsError("No command is named; write it after two dashes: `python -m local run -- COMMAND`.")
    folders = state.Folders.of(project)
    with _alone(folders.root):
        found = state.read(folders)
        if found:
            return _execute(words, found.url)
        with LocalAws(project) as aws:
            return _execute(words, aws.url)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps a second `run` on the same folder out: both would deploy and write the same things. One inside another may.

    The lock is the system's, so it ends with the process that holds it, however that ends.
    """
    if os.environ.get(_INSIDE) == str(folder):
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "run.lock").open("w") as lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass
        except OSError:
            raise LocalAwsError("Another run is at work in this project; wait for it, or stop it.") from None
        os.environ[_INSIDE] = str(folder)
        yield


def _execute(words: Sequence[str], url: str) -> int:
    """Runs a command and returns its exit status, 128 and the number of the signal that ended it."""
    try:
        process = subprocess.Popen(
            words,
            env=environment.complete(url),
            # It dies with this process; one thread runs here, so the hook between fork and exec is safe.
            preexec_fn=lifeline.die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
        )
    except OSError as error:
        raise LocalAwsError(f"{words[0]} cannot be run: {error.strerror}.") from error
    # The terminal sends Ctrl-C to both; the command decides what it means, and is waited for.
    handlers = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT,)}
    handlers[signal.SIGTERM] = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        status = process.wait()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    # Ctrl-C while the emulator starts or stops is no traceback.
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
