"""Every message that was intended has an end that is known, and every event of it is found in the lake, by id."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.lake import Lake

ENDS = ("sent", "suppressed", "failed", "uncertain", "deferred")


@dataclass(frozen=True)
class Found:
    """What the lake holds of the messages of a campaign: the kinds of events of each, each event once."""

    events: Mapping[str, Counter[str]]
    repeated: int


@dataclass(frozen=True)
class Reconciliation:
    """The comparison by id.

    Attributes:
        intended: messages that were written down.
        ends: how many are in each state that is an end.
        open: messages that have none.
        without_reason: suppressed or failed, and nobody says why.
        lost: sent, and the lake has no event of it that says so; or intended, and the lake does not know.
        strange: in the lake, and intended by nobody.
    """

    intended: int
    ends: Counter[str]
    open: frozenset[str]
    without_reason: frozenset[str]
    lost: frozenset[str]
    strange: frozenset[str]
    repeated: int

    @property
    def complete(self) -> bool:
        """Whether everything that is to be in the lake has arrived."""
        return not self.lost and not self.open

    @property
    def agrees(self) -> bool:
        """Whether intended = sent + suppressed + failed + uncertain (+ deferred), with all their events in the lake."""
        wrong = self.open or self.without_reason or self.lost or self.strange
        return not wrong and self.intended == self.ends.total()


def compare(messages: Iterable[Mapping[str, Any]], found: Found) -> Reconciliation:
    """Returns what is missing and what is too much.

    >>> sent = {"id": "m1", "status": "sent"}
    >>> lake = Found({"m1": Counter(intended=1, send=1, delivery=1)}, 0)
    >>> compare([sent], lake).agrees
    True
    >>> compare([sent, {"id": "m2", "status": "suppressed"}], lake).without_reason
    frozenset({'m2'})
    >>> sorted(compare([sent], Found({}, 0)).lost)
    ['m1']
    """
    known = {str(message["id"]): message for message in messages}
    ends = Counter(str(message["status"]) for message in known.values() if message["status"] in ENDS)
    lost = {id for id, message in known.items() if not _told(message, found.events.get(id, Counter()))}
    told = {id for id, kinds in found.events.items() if not kinds.keys() <= {"control"}}
    return Reconciliation(
        intended=len(known),
        ends=ends,
        open=frozenset(id for id, message in known.items() if message["status"] not in ENDS),
        without_reason=frozenset(
            id
            for id, message in known.items()
            if message["status"] in {"suppressed", "failed"} and not message.get("reason")
        ),
        lost=frozenset(lost),
        strange=frozenset(told - known.keys()),
        repeated=found.repeated,
    )


def _told(message: Mapping[str, Any], kinds: Counter[str]) -> bool:
    """Whether the lake has the events that a message in this state must have."""
    state, reason = message["status"], str(message.get("reason", ""))
    if "intended" not in kinds:
        return False
    if state == "sent":
        return "send" in kinds and bool({"delivery", "bounce"} & kinds.keys())
    if state == "failed":
        return "bounce" in kinds if reason.startswith("bounce") else "failed" in kinds
    return state != "suppressed" or "suppressed" in kinds


def look(lake: Lake, campaign: str, since: date) -> Found:
    """Returns what has arrived of a campaign since a day."""
    rows = lake.query(
        "SELECT message, type, count(*) AS rows, count(DISTINCT event_id) AS events FROM engagement_events"
        f" WHERE dt >= '{since}' AND campaign = '{campaign}' GROUP BY message, type"
    )
    events: dict[str, Counter[str]] = {}
    repeated = 0
    for row in rows:
        events.setdefault(str(row["message"]), Counter())[str(row["type"])] = int(str(row["events"]))
        repeated += int(str(row["rows"])) - int(str(row["events"]))
    return Found(events, repeated)


def wait(lake: Lake, campaign: str, since: date, messages: Any, patience: float) -> Reconciliation:
    """Returns the comparison once everything has arrived, or when patience (seconds) has run out.

    `messages` gives the messages of the campaign as they are at the moment.
    """
    deadline = time.monotonic() + patience
    while True:
        result = compare(messages(), look(lake, campaign, since))
        if result.complete or time.monotonic() > deadline:
            return result
        time.sleep(0.5)
