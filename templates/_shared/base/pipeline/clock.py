"""Says what is done and how long it took."""

import time


class Clock:
    """Runs from the moment it is made."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()

    def done(self, what: str) -> None:
        """Prints what is done, the seconds since the beginning, and those since the last thing that was done."""
        now = time.monotonic()
        print(f"{now - self._began:6.1f} s  {what} ({now - self._last:.1f} s)", flush=True)
        self._last = now
