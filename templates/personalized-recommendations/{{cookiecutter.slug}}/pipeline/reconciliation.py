"""Every event and every answer is found again in the lake, by its id, as the caller was told."""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.lake import Lake
from pipeline.sessions import Told


@dataclass(frozen=True)
class Reconciliation:
    """What was told, against what the tables hold."""

    events: int
    rejected: int
    answers: int
    missing: frozenset[str]
    strange: frozenset[str]
    differing: frozenset[str]
    nameless_missing: int
    untracked: int

    @property
    def complete(self) -> bool:
        """Whether everything has arrived."""
        return not self.missing and self.nameless_missing <= 0

    @property
    def agrees(self) -> bool:
        """Whether everything is where it belongs, nothing is there that nobody sent, and every answer is as it was."""
        return not (self.missing or self.strange or self.differing or self.nameless_missing)


def look(lake: Lake, told: Told, since: datetime) -> Reconciliation:
    """Compares what has arrived since a moment with what callers were told."""
    day, moment = f"{since - timedelta(days=1):%Y-%m-%d}", f"{since:%Y-%m-%dT%H:%M:%S}"
    rows = lake.query(f"SELECT event_id, tracked FROM events WHERE dt >= '{day}' AND received_at >= '{moment}'")
    letters = lake.query(f"SELECT event_id FROM rejected_events WHERE dt >= '{day}' AND received_at >= '{moment}'")
    shown = lake.query(
        f"SELECT recommendation_id, items FROM answers WHERE dt >= '{day}' AND answered_at >= '{moment}'"
    )
    events, answers = {str(row["event_id"]) for row in rows}, {str(row["recommendation_id"]): row for row in shown}
    named = Counter(row["event_id"] for row in letters)
    nameless = named.pop(None, 0)
    rejected = {str(id) for id in named}
    missing = (told.accepted - events) | (told.rejected - rejected) | (told.answers.keys() - answers.keys())
    return Reconciliation(
        events=len(events & told.accepted),
        rejected=len(rejected & told.rejected) + min(nameless, told.nameless),
        answers=len(answers.keys() & told.answers.keys()),
        missing=frozenset(missing),
        strange=frozenset((events - told.accepted) | (rejected - told.rejected)),
        differing=frozenset(
            id for id, items in told.answers.items() if id in answers and (answers[id]["items"] or "") != items
        ),
        nameless_missing=told.nameless - nameless,
        untracked=sum(row["tracked"] != "true" for row in rows if row["event_id"] in told.accepted),
    )


def wait(lake: Lake, told: Told, since: datetime, patience: float) -> Reconciliation:
    """Returns the comparison once everything has arrived, or when patience (seconds) has run out."""
    deadline = time.monotonic() + patience
    while True:
        result = look(lake, told, since)
        if result.complete or time.monotonic() > deadline:
            return result
        time.sleep(0.5)
