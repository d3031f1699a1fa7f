"""Every transaction that was sent is found again, by its id, in exactly one of the two tables."""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.lake import Lake


@dataclass
class Sent:
    """What callers were told: the score of each id that was accepted, the ids that were refused, and how many more.

    A body in which no id can be made out is counted by `nameless`; `again` is how many more times ids were accepted;
    `unanswered` are the ids that were accepted before they were scored, so that nobody was told a score.
    """

    scores: dict[str, float] = field(default_factory=dict)
    rejected: set[str] = field(default_factory=set)
    nameless: int = 0
    again: int = 0
    unanswered: set[str] = field(default_factory=set)

    @property
    def accepted(self) -> set[str]:
        """The ids that must have a score."""
        return self.scores.keys() | self.unanswered

    def add(self, other: "Sent") -> None:
        """Takes in what was sent in another way."""
        self.scores |= other.scores
        self.rejected |= other.rejected
        self.unanswered |= other.unanswered
        self.nameless += other.nameless
        self.again += other.again


@dataclass(frozen=True)
class Found:
    """What the tables hold of it; a value for each row."""

    scored: list[tuple[str, float]]
    rejected: list[tuple[str | None, str]]


@dataclass(frozen=True)
class Reconciliation:
    """The comparison by id."""

    posted: int
    scored: int
    rejected: int
    repeated: int
    missing: frozenset[str]
    strange: frozenset[str]
    differing: frozenset[str]
    nameless_missing: int
    repeats_missing: int

    @property
    def complete(self) -> bool:
        """Whether everything that was sent has arrived."""
        return not self.missing and self.nameless_missing <= 0 and self.repeats_missing <= 0

    @property
    def agrees(self) -> bool:
        """Whether posted = with a score + among the dead letters, and every score is the one that was answered."""
        right = self.complete and not (self.strange or self.differing or self.nameless_missing)
        return right and self.posted == self.scored + self.rejected


def compare(sent: Sent, found: Found) -> Reconciliation:
    """Returns what is missing, what nobody sent, and what differs.

    >>> sent = Sent({"a": 0.25, "b": 0.5}, {"c"})
    >>> compare(sent, Found([("a", 0.25), ("b", 0.5), ("b", 0.5)], [("c", "malformed")])).agrees
    True
    >>> compare(sent, Found([("a", 0.75)], [])).missing == {"b", "c"}
    True
    """
    scored = Counter(id for id, _ in found.scored)
    rejected = Counter(id for id, _ in found.rejected if id is not None)
    nameless = sum(id is None for id, _ in found.rejected)
    return Reconciliation(
        posted=len(sent.accepted | sent.rejected) + sent.nameless,
        scored=len(scored.keys() & sent.accepted),
        rejected=len(rejected.keys() & sent.rejected) + min(nameless, sent.nameless),
        repeated=scored.total() + rejected.total() - len(scored) - len(rejected),
        missing=frozenset((sent.accepted - scored.keys()) | (sent.rejected - rejected.keys())),
        strange=frozenset((scored.keys() - sent.accepted) | (rejected.keys() - sent.rejected)),
        differing=frozenset(id for id, score in found.scored if id in sent.scores and sent.scores[id] != score),
        nameless_missing=sent.nameless - nameless,
        repeats_missing=sent.again - (scored.total() - len(scored)),
    )


def look(lake: Lake, since: datetime) -> Found:
    """Returns what has arrived in the lake since a moment."""
    day = (since - timedelta(days=1)).strftime("%Y-%m-%d")
    moment = since.strftime("%Y-%m-%dT%H:%M:%S")
    scored = lake.query(f"SELECT id, score FROM scored_transactions WHERE dt >= '{day}' AND scored_at >= '{moment}'")
    rejected = lake.query(
        f"SELECT id, reason FROM rejected_transactions WHERE dt >= '{day}' AND received_at >= '{moment}'"
    )
    return Found(
        [(str(row["id"]), float(str(row["score"]))) for row in scored],
        [(row["id"], str(row["reason"])) for row in rejected],
    )


def wait(lake: Lake, sent: Sent, since: datetime, patience: float) -> Reconciliation:
    """Returns the comparison once everything has arrived, or when patience (seconds) has run out."""
    deadline = time.monotonic() + patience
    while True:
        result = compare(sent, look(lake, since))
        if result.complete or time.monotonic() > deadline:
            return result
        time.sleep(0.5)


@dataclass(frozen=True)
class Curated:
    """The comparison of the curated table with what was sent."""

    once: int
    removed: int
    wrong: frozenset[str]

    @property
    def agrees(self) -> bool:
        """Whether every id that was accepted stands there exactly once, with the score that was answered, if any."""
        return not self.wrong


def curated(lake: Lake, sent: Sent, since: datetime) -> Curated:
    """Returns what the curated table holds of it, and how many copies of them there are elsewhere."""
    day = (since - timedelta(days=1)).strftime("%Y-%m-%d")
    moment = since.strftime("%Y-%m-%dT%H:%M:%S")
    rows = lake.query(f"SELECT id, score FROM transactions WHERE dt >= '{day}' AND scored_at >= '{moment}'")
    counted = Counter((str(row["id"]), float(str(row["score"]))) for row in rows)
    known = Counter({(id, score): number for (id, score), number in counted.items() if id not in sent.unanswered})
    wanted = Counter(sent.scores.items())
    once = Counter(id for id, _ in counted.elements() if id in sent.unanswered)
    copies = lake.query(
        "SELECT coalesce(sum(copies - 1), 0) AS more FROM duplicates"
        f" WHERE day >= '{day}' AND first_scored >= '{moment}'"
    )
    wrong = {id for id, _ in (known - wanted) + (wanted - known)} | {id for id in sent.unanswered if once[id] != 1}
    return Curated(len(counted), int(float(str(copies[0]["more"]))), frozenset(wrong))
