"""Requests without a pause while something else happens."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline import steps

from .conftest import Deployed


@contextmanager
def under_load(deployed: Deployed, callers: int = 2, after: int = 20) -> Iterator[list[int]]:
    """Sends transactions while the block runs, and so many more after it; gives the list of the answers' statuses."""
    statuses: list[int] = []
    over = threading.Event()

    def load() -> None:
        while not over.is_set():
            transaction = steps.request(deployed.parts.live[0]) | {"id": f"load-{uuid.uuid4().hex}"}
            statuses.append(deployed.api.score(transaction).status)

    threads = [threading.Thread(target=load) for _ in range(callers)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
        before, deadline = len(statuses), time.monotonic() + 30
        while len(statuses) < before + after and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        over.set()
        for thread in threads:
            thread.join()
