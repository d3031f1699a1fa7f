"""A load whose rate is known: requests are due at fixed moments, whether those before them have been answered or not.

A request that has to wait because others are slow counts from the moment it was due; otherwise a slow server would look
fast because it is asked less.
"""

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pipeline.api import Answer, RecommendationsApi
from pipeline.sessions import Told, note

RATE, SECONDS, THREADS = 20, 8, 8


@dataclass(frozen=True)
class Latency:
    """Of requests of one kind: how many, and what they took in milliseconds from the moment they were due."""

    kind: str
    requests: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Load:
    """What came of it."""

    rate: float
    seconds: float
    failed: int
    kinds: list[Latency]

    @property
    def requests(self) -> int:
        """All of them."""
        return sum(one.requests for one in self.kinds)


def run(
    api: RecommendationsApi, users: Sequence[str], items: Sequence[str], told: Told, rate: float = RATE,
    seconds: float = SECONDS,
) -> Load:  # fmt: skip
    """Asks at a rate: of ten requests six are personal, three for similar items, one for popular ones."""
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        # Functions start first, so that the figures are not those of a cold start; these answers are not counted.
        for answer in pool.map(api.for_you, users[:THREADS]):
            note(told, answer)
    wanted = list(itertools.islice(_mix(api, users, items), round(rate * seconds)))
    began = time.monotonic() + 0.2
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        done = list(pool.map(lambda pair: _ask(began + pair[0] / rate, *pair[1]), enumerate(wanted)))
    took: dict[str, list[float]] = {}
    for kind, answer, milliseconds in done:
        note(told, answer)
        cached = "" if answer.cache == "none" else f", {answer.cache}"
        took.setdefault(f"{kind}{cached}", []).append(milliseconds)
    kinds = [
        Latency(kind, len(found), *(percentile(found, p) for p in (50, 95, 99))) for kind, found in sorted(took.items())
    ]
    return Load(rate, seconds, sum(answer.status != 200 for _, answer, _ in done), kinds)


def percentile(values: Sequence[float], share: float) -> float:
    """Returns the least value that so many of a hundred do not exceed.

    >>> percentile([1, 2, 3, 4], 50), percentile([1, 2, 3, 4], 99)
    (2, 4)
    """
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * share / 100) - 1, 0)]


def _ask(due: float, kind: str, call: Callable[[], Answer]) -> tuple[str, Answer, float]:
    time.sleep(max(due - time.monotonic(), 0))
    answer = call()
    return kind, answer, (time.monotonic() - due) * 1000


def _mix(
    api: RecommendationsApi, users: Sequence[str], items: Sequence[str]
) -> Iterator[tuple[str, Callable[[], Answer]]]:
    for number in itertools.count():
        user, item = users[number * 7 % len(users)], items[number // 10 % len(items)]
        if number % 10 < 6:
            yield "personal", lambda user=user: api.for_you(user)  # type: ignore[misc]
        elif number % 10 < 9:
            yield "similar", lambda item=item: api.similar(item)  # type: ignore[misc]
        else:
            yield "popular", api.popular
