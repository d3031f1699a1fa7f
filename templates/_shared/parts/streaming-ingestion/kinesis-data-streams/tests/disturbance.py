"""Trouble for the functions that read a stream, beside the traffic of a test."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local import LocalAws

needs_processes = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="the functions' processes are found by /proc (Linux)"
)


@contextlib.contextmanager
def beside(work: Callable[[], None], pause: float) -> Iterator[None]:
    """Does something again and again, each so many seconds, while the block runs."""
    done = threading.Event()

    def again() -> None:
        while not done.wait(pause):
            work()

    thread = threading.Thread(target=again)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def kill(aws: LocalAws, code: str) -> int:
    """Kills every process in which a function with a file of this name runs, and returns how many were killed."""
    assert aws.running
    killed = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == aws.running.pid and (process / "cwd" / code).exists():
                os.kill(int(process.name), signal.SIGKILL)
                killed += 1
    return killed
