"""What the Flink application owes when its process is killed."""

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest

from data import traffic

from .conftest import Deployed

_RESTART = 300  # seconds; a few on a quiet machine


def processes(name: str) -> list[int]:
    """Returns the processes in which an application runs (Linux)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (process / "cmdline").read_bytes()
            if b"run_flink.py" in line and f"/{name}/".encode() in line:
                found.append(int(process.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are found by /proc")
def test_an_application_that_is_killed_goes_on_and_every_reading_is_in_one_window_or_late(deployed: Deployed) -> None:
    name = deployed.outputs["Processor"]
    before = deployed.play(minutes=5, speed=60, plan=traffic.Plan(late=0.05))
    for pid in processes(name):
        os.kill(pid, signal.SIGKILL)
    time.sleep(1)
    after = deployed.play(minutes=5, speed=60)
    found = deployed.compared(after, patience=_RESTART)
    assert found.agrees
    # Both shifts together: the time of all devices has gone on to the next day, and nothing of the first is open.
    both = deployed.compared_now(before)
    assert not both.missing
    assert both.readings == len(before.ledger.readings) + len(after.ledger.readings)
    assert both.windowed + both.late + found.open == both.readings
    assert both.late >= len(before.ledger.late)
