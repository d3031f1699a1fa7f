"""Payments as a payment system sends them, and what it is told."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate

from pipeline.api import ScoringApi
from pipeline.reconciliation import Sent
from pipeline.signed import Answer
from pipeline.steps import request

# What goes wrong in practice: a renamed field, a number as text, a date without a zone, half a message.
MALFORMED: tuple[Mapping[str, object] | str, ...] = (
    {"amount": "twelve"},
    {"amount": -5},
    {"time": "2026-08-01T10:00:00"},
    {"country": "Germany"},
    {"channel": None},
    "{",
)

# Of so many payments one is sent a second time, as a caller does that got no answer in time.
AGAIN = 50


@dataclass
class Payments:
    """The answers to everything that was sent."""

    told: Sent
    flagged: set[str] = field(default_factory=set)
    frauds: set[str] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)
    refused: list[Answer] = field(default_factory=list)
    unsigned: int = 0


def stretch(rows: Sequence[Mapping[str, str]], count: int) -> list[Mapping[str, str]]:
    """Returns that many payments in a row: those with the most known fraud, so that there is something to see.

    What the models are worth is said by their reports, on all of the test part.

    >>> rows = [{"id": str(number), "is_fraud": str(int(number in (4, 5, 9)))} for number in range(10)]
    >>> [row["id"] for row in stretch(rows, 3)]
    ['3', '4', '5']
    """
    known = list(accumulate((row["is_fraud"] == "1" for row in rows), initial=0))
    starts = range(max(1, len(rows) - count + 1))
    best = max(starts, key=lambda start: known[min(start + count, len(rows))] - known[start])
    return list(rows[best : best + count])


def of_this_run(rows: Sequence[Mapping[str, str]], now: datetime) -> list[Mapping[str, str]]:
    """Returns the rows with ids that no earlier run has sent: what has an old id counts as sent again.

    >>> of_this_run([{"id": "t1"}], datetime(2026, 8, 1, 14, 3, 11))
    [{'id': 't1-20260801140311'}]
    """
    return [{**row, "id": f"{row['id']}-{now:%Y%m%d%H%M%S}"} for row in rows]


def send(
    api: ScoringApi, rows: Sequence[Mapping[str, str]], malformed: Sequence[Mapping[str, object] | str]
) -> Payments:
    """Sends rows four at a time, some of them again, then the malformed ones, then one as a stranger."""
    found = Payments(Sent(), frauds={row["id"] for row in rows if row["is_fraud"] == "1"})
    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = list(pool.map(lambda row: api.score(request(row)), rows))
    for row, answer in zip(rows, answers, strict=True):
        found.seconds.append(answer.seconds)
        if answer.status == 200:
            found.told.scores[row["id"]] = float(answer.content["score"])
            if answer.content["decision"] == "review":
                found.flagged.add(row["id"])
        else:
            # 503: the model did not answer, and the transaction is among the dead letters.
            found.refused.append(answer)
            found.told.rejected.add(row["id"])
    for row in rows[: len(rows) // AGAIN]:
        answer = api.score(request(row))
        if answer.status == 200:
            found.told.again += 1
        else:
            found.told.rejected.add(row["id"])
    for number, wrong in enumerate(malformed):
        id = f"malformed-{number}"
        body = wrong if isinstance(wrong, str) else json.dumps(request(rows[0]) | {"id": id} | dict(wrong))
        answer = api.send(body)
        found.refused.append(answer)
        if isinstance(wrong, str):
            found.told.nameless += 1
        else:
            found.told.rejected.add(id)
    found.unsigned = api.send(json.dumps(request(rows[0]) | {"id": "unsigned"}), signed=False).status
    return found
