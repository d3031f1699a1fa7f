"""What happens while readings come in: functions are killed, and the stream is throttled."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from data import traffic
from deploy.deployment import PROJECT

from .conftest import Deployed

CODE = sorted(path.name for path in (PROJECT / "src").glob("*/*.py") if path.stem == path.parent.name)


def workers(deployed: Deployed, code: str) -> list[int]:
    """Returns the processes of the local AWS in which a function with this code runs (Linux)."""
    assert deployed.aws.running
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == deployed.aws.running.pid and (process / "cwd" / code).exists():
                found.append(int(process.name))
    return found


@contextlib.contextmanager
def beside(work: Callable[[], None], pause: float) -> Iterator[None]:
    """Does something again and again while the block runs."""
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


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found by /proc")
@pytest.mark.parametrize("code", CODE)
def test_a_function_that_is_killed_again_and_again_loses_and_repeats_nothing(deployed: Deployed, code: str) -> None:
    killed = []

    def kill() -> None:
        for pid in workers(deployed, code):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    with beside(kill, 0.3):
        shift = deployed.play(minutes=6, speed=40)
    assert len(killed) >= 2
    assert deployed.compared(shift).agrees


def test_what_a_throttled_stream_does_not_take_is_kept_and_counted(deployed: Deployed) -> None:
    once = Config(retries={"total_max_attempts": 1})
    kinesis = boto3.client("kinesis", config=once)
    key = deployed.plant.devices[0]
    # No envelope: these end among the dead letters, and no device is blamed for them.
    flood = [{"Data": b'{"flood": true}', "PartitionKey": key} for _ in range(500)]
    refused = []

    def pour() -> None:
        said = kinesis.put_records(StreamName=deployed.outputs["StreamName"], Records=flood)
        refused.append(said["FailedRecordCount"])

    with beside(pour, 0.02):
        shift = deployed.play(minutes=3, speed=60, plan=traffic.Plan(late=0))
    assert sum(refused) > 0
    lost = deployed.compared_by_message(shift)
    assert lost.undelivered > 0
    assert not lost.missing
    assert not lost.strange
    began = time.monotonic()
    again = deployed.play(minutes=3)
    assert deployed.compared(again).agrees
    assert time.monotonic() - began < 60
