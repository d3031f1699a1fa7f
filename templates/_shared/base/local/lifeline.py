"""The lifeline of a process: it ends when the process that started it ends, in whatever way that happens."""

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1


def hold(*, by_parent_thread: bool = False, grace: float = 0.0) -> None:
    """Ties this process and its group to the one that started it; to be called first.

    Standard input is the lifeline: a pipe whose other end closes with the process that started this one, even when
    that is killed. From then on standard input is empty.

    Args:
        by_parent_thread: asks Linux, too, to kill this process with its parent. Linux takes the *thread* that started
            it for the parent, so only a parent that starts it from its main thread may ask for it.
        grace: seconds between the polite end (a terminate signal) and the certain one.
    """
    if by_parent_thread:
        die_with_parent(signal.SIGTERM if grace else signal.SIGKILL)
    line = os.dup(0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    threading.Thread(target=_watch, args=(line, grace), name="lifeline", daemon=True).start()


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Lets Linux send this process a signal when its parent dies; does nothing elsewhere."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def _watch(line: int, grace: float) -> None:
    with contextlib.suppress(OSError):
        while os.read(line, 1024):
            pass
    if grace:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace)
    end_group()
    os._exit(1)


def end_group() -> None:
    """Kills this process and everything it started that is still there, where it leads a process group of its own."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
