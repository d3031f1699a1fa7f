"""Payments as a payment system sends them, and what it is told."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from pipeline.api import Answer, ScoringApi
from pipeline.reconciliation import Sent
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


@dataclass
class Payments:
    """The answers to everything that was sent."""

    told: Sent
    flagged: set[str] = field(default_factory=set)
    frauds: set[str] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)
    refused: list[Answer] = field(default_factory=list)
    unsigned: int = 0


def spread(rows: Sequence[Mapping[str, str]], count: int) -> list[Mapping[str, str]]:
    """Returns that many rows, evenly over all of them, or all.

    >>> [row["id"] for row in spread([{"id": str(number)} for number in range(10)], 4)]
    ['0', '2', '5', '7']
    """
    if count >= len(rows):
        return list(rows)
    return [rows[place * len(rows) // count] for place in range(count)]


def send(
    api: ScoringApi, rows: Sequence[Mapping[str, str]], malformed: Sequence[Mapping[str, object] | str]
) -> Payments:
    """Sends rows four at a time, then the malformed ones, then one without a signature."""
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
