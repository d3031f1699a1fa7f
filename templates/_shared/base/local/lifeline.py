"""The lifeline of a process: it ends when the process that started it ends, in whatever way that happens."""

import contextlib
import ctypes
import os
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1


def hold(*, by_parent_thread: bool = False) -> None:
    """Ties this process and its group to the one that started it; to be called first.

    Standard input is the lifeline: a pipe whose other end closes with the process that started this one, even when
    that is killed. From then on standard input is empty.

    Args:
        by_parent_thread: asks Linux, too, to kill this process with its parent. Linux takes the *thread* that started
            it for the parent, so only a parent that starts it from its main thread may ask for it.
    """
    if by_parent_thread:
        die_with_parent()
    line = os.dup(0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    threading.Thread(target=_watch, args=(line,), name="lifeline", daemon=True).start()


def die_with_parent() -> None:
    """Lets Linux kill this process when its parent dies; does nothing elsewhere."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _watch(line: int) -> None:
    with contextlib.suppress(OSError):
        while os.read(line, 1024):
            pass
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)
