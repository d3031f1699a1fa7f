"""Talking with a real process on a real pseudo-terminal; a terminal emulator says what a person sees."""

from __future__ import annotations

import os
import sys
import time
from enum import Enum
from pathlib import Path
from types import TracebackType

import pexpect
import pyte

from .conftest import ROOT

DOWN, CLEAR, SHIFT_TAB, CTRL_C, CTRL_D = "\x1b[B", "\x15", "\x1b[Z", "\x03", "\x04"
PATIENCE = 30.0


class State(Enum):
    """What the process did while it was listened to."""

    WRITING, QUIET, ENDED = range(3)


class Talk:
    """One `dataarch` on a terminal of its own. `raw` is every byte that it wrote to it."""

    def __init__(self, folder: Path, *arguments: str, rows: int = 24, columns: int = 80, shell: str = "",
                 env: dict[str, str] | None = None) -> None:  # fmt: skip
        kept = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "NO_COLOR")}
        command = [sys.executable, "-m", "dataarch", *arguments]
        self._screen = pyte.HistoryScreen(columns, rows, history=2000, ratio=1.0)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        self._process = pexpect.spawn(
            *(("/bin/sh", ["-c", shell.format(" ".join(command))]) if shell else (command[0], command[1:])),
            cwd=str(folder),
            env={**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **(env or {})},
            dimensions=(rows, columns),
            timeout=PATIENCE,
        )

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.close(force=True)

    @property
    def screen(self) -> str:
        """What stands on the screen, and what has scrolled away above it."""
        above = ["".join(row[x].data for x in range(self._screen.columns)) for row in self._screen.history.top]
        return "\n".join(line.rstrip() for line in [*above, *self._screen.display]).rstrip()

    @property
    def window(self) -> str:
        """What stands on the screen now."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def until(self, text: str) -> Talk:
        """Waits until a text is in the window."""
        end = time.monotonic() + PATIENCE
        while text not in self.window:
            goes_on = time.monotonic() < end and self._read() is not State.ENDED
            assert goes_on, f"{text!r} never came; the screen is:\n{self.screen}"
        return self

    def press(self, *keys: str) -> Talk:
        """Types keys or texts."""
        for key in keys:
            self._process.send(key)
        return self

    def rest(self) -> Talk:
        """Waits until nothing more is written for a moment."""
        while self._read(0.15) is State.WRITING:
            pass
        return self

    def resize(self, rows: int, columns: int) -> Talk:
        """Changes the size of the terminal."""
        self._screen.resize(rows, columns)
        self._process.setwinsize(rows, columns)
        return self

    def end(self) -> int:
        """Waits for the process to end; its exit status."""
        end = time.monotonic() + PATIENCE
        while self._read() is not State.ENDED:
            assert time.monotonic() < end, f"it never ended; the screen is:\n{self.screen}"
        self._process.close()
        status = self._process.exitstatus
        return int(status if status is not None else -self._process.signalstatus)

    def _read(self, wait: float = 0.2) -> State:
        """Takes in what was written."""
        try:
            data = self._process.read_nonblocking(65536, timeout=wait)
        except pexpect.TIMEOUT:
            return State.QUIET
        except pexpect.EOF:
            return State.ENDED
        self.raw += data
        self._stream.feed(data)
        return State.WRITING
