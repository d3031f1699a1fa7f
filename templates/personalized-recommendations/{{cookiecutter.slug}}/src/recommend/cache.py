"""Answers that are the same for everyone, kept for a while in the memory of a function."""

import time
from typing import Any


class Cache:
    """Keeps at most so many values, each for so many seconds.

    >>> kept = Cache(seconds=60, most=2)
    >>> for name in "abc": kept.put((name,), name)
    >>> kept.get(("a",)), kept.get(("c",))
    (None, 'c')
    """

    def __init__(self, seconds: float, most: int) -> None:
        self.seconds = seconds
        self.most = most
        self._kept: dict[tuple[Any, ...], tuple[float, Any]] = {}

    def get(self, key: tuple[Any, ...]) -> Any:
        """Returns what is kept, or None."""
        until, value = self._kept.get(key, (0.0, None))
        return value if time.monotonic() < until else None

    def put(self, key: tuple[Any, ...], value: Any) -> None:
        """Keeps a value; the oldest one goes when there are too many."""
        self._kept.pop(key, None)
        self._kept[key] = (time.monotonic() + self.seconds, value)
        while len(self._kept) > self.most:
            self._kept.pop(next(iter(self._kept)))
