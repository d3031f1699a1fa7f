"""What is left to do of a shard: batches that are tried again, halved, cut short and given up."""

import time
from dataclasses import dataclass, field

_FIRST_REST, _LONGEST_REST = 0.2, 2.0  # seconds; minutes on AWS


@dataclass
class Batch:
    """Records from `first` until before `end`, and how often they were tried in vain."""

    first: int
    end: int
    attempts: int = 0


@dataclass
class Shard:
    """The batches of a shard that are under way, in the order of their records.

    >>> shard = Shard()
    >>> shard.next(0, 100, 10)
    Batch(first=0, end=10, attempts=0)
    >>> shard.split()
    True
    >>> shard.next(0, 100, 10)
    Batch(first=0, end=5, attempts=0)
    >>> shard.done()
    >>> shard.position(0)
    5
    """

    waiting: list[Batch] = field(default_factory=list)
    reached: int = 0
    rest_until: float = 0.0
    pause: float = _FIRST_REST

    def next(self, position: int, available: int, size: int) -> Batch | None:
        """Returns the batch to work on, a new one when none is under way, or None when there are no records."""
        if not self.waiting and position < available:
            self.waiting.append(Batch(position, min(position + size, available)))
        return self.waiting[0] if self.waiting else None

    def done(self) -> None:
        """Leaves the first batch behind."""
        self.reached = self.waiting.pop(0).end
        self.rest_until, self.pause = 0.0, _FIRST_REST

    def keep(self, offset: int) -> Batch:
        """Leaves the records before the offset behind; the rest, when it is a new one, has been tried once."""
        batch = self.waiting[0]
        if offset > 0:
            batch.first += offset
            batch.attempts = 1
            self.reached = batch.first
        return batch

    def split(self) -> bool:
        """Halves the first batch; whether that is possible. The halves have not been tried."""
        batch = self.waiting[0]
        if batch.end - batch.first < 2:
            return False
        middle = (batch.first + batch.end) // 2
        self.waiting[:1] = [Batch(batch.first, middle), Batch(middle, batch.end)]
        return True

    def rest(self) -> None:
        """Waits before the next try, longer each time."""
        self.rest_until = time.monotonic() + self.pause
        self.pause = min(self.pause * 2, _LONGEST_REST)

    def position(self, before: int) -> int:
        """Returns the first record that is not done."""
        return self.waiting[0].first if self.waiting else max(self.reached, before)
