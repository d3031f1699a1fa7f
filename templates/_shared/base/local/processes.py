"""Processes by number and start time: a number alone may by now be somebody else's."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path


def started_at(pid: int) -> str | None:
    """Returns when the process was started, in words of the operating system, or None where no such process lives."""
    proc = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            # The name of the program stands in parentheses and may contain anything.
            fields = proc.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else f"{_boot()}/{fields[19]}"
    found = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


def lives(pid: int, start: str) -> bool:
    """Returns whether the very process that was started then still lives."""
    return started_at(pid) == start


def stop(pid: int, start: str, patience: float = 10.0) -> None:
    """Ends the process and everything in its group: first politely, after `patience` seconds for good."""
    if not lives(pid, start):
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while lives(pid, start) and time.monotonic() < deadline:
        time.sleep(0.02)
    stop_group(pid)


def stop_group(group: int) -> None:
    """Kills what is left of a process group; the group of this process itself is spared."""
    if not hasattr(os, "killpg") or group == os.getpgrp():
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
