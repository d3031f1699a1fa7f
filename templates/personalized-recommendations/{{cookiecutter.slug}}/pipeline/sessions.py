"""People who come by: what they are shown, what they do, and how that changes what they are shown next."""

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from data.generate import Row
from data.split import Parts
from pipeline.api import Answer, RecommendationsApi

# What goes wrong in practice: a type that nobody knows, a number for an item, a date without a zone, no id, tomorrow.
POISONED: tuple[dict[str, object], ...] = (
    {"type": "stare"},
    {"item": 17},
    {"time": "2026-03-01T10:00:00"},
    {"id": None},
    {"time": "2099-01-01T00:00:00Z"},
)


@dataclass
class Told:
    """What callers were told, by id."""

    accepted: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)
    nameless: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    failed: list[Answer] = field(default_factory=list)


@dataclass(frozen=True)
class Visit:
    """One person's session: what was shown before, what they did, what was shown after."""

    user: str
    category: str
    before: Answer
    after: Answer
    did: list[Row]

    @property
    def changed(self) -> int:
        """How many of the items shown after were not shown before."""
        return len(set(self.after.items) - set(self.before.items))


def run(api: RecommendationsApi, parts: Parts, count: int, told: Told) -> list[Visit]:
    """Lets people come by again as they did after the moment, four at a time; returns their visits."""
    category = {row["item_id"]: row["category"] for row in parts.history.items}
    per_user: dict[str, list[Row]] = {}
    people = {row["user_id"] for row in parts.history.users}
    for row in parts.later:
        if row["user_id"] in people and row["item_id"] in category:
            per_user.setdefault(row["user_id"], []).append(row)
    users = [user for user, rows in per_user.items() if len(rows) >= 3][:count]
    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(lambda user: _visit(api, user, per_user[user][:8], category, told), users))


def _visit(api: RecommendationsApi, user: str, rows: Sequence[Row], category: dict[str, str], told: Told) -> Visit:
    session = f"s-{uuid.uuid4().hex[:12]}"
    before = note(told, api.for_you(user, limit=10))
    send(api, user, session, [event(row, before) for row in rows], told)
    after = note(told, api.for_you(user, limit=10))
    return Visit(user, category[rows[0]["item_id"]], before, after, list(rows))


def event(row: Row, shown: Answer | None = None, **change: object) -> dict[str, object]:
    """Returns a row of the data as an event that happens now."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made: dict[str, object] = {"id": f"live-{uuid.uuid4().hex[:16]}", "type": row["event_type"], "item": row["item_id"]}
    made["time"] = now
    if shown is not None and row["item_id"] in shown.items:
        made["recommendation"] = shown.content["recommendation_id"]
    return made | change


def send(
    api: RecommendationsApi, user: str | None, session: str, events: Sequence[dict[str, object]], told: Told
) -> Answer:
    """Sends events and notes what was said of each."""
    answer = api.events(user, session, events)
    if answer.status >= 500:
        told.failed.append(answer)
    told.accepted |= set(answer.content.get("accepted", ()))
    for one in answer.content.get("rejected", ()):
        if one["id"]:
            told.rejected.add(one["id"])
        else:
            told.nameless += 1
    return answer


def poison(api: RecommendationsApi, row: Row, told: Told) -> list[Answer]:
    """Sends good events with a poisoned one among them, and one message that is no JSON."""
    answers = []
    for number, wrong in enumerate(POISONED):
        bad = event(row, None, id=f"poisoned-{uuid.uuid4().hex[:12]}") | dict(wrong)
        answers.append(send(api, f"poisoner-{number}", "s-poison", [event(row), bad], told))
    broken = api.send("POST", "/events", "{")
    told.nameless += broken.status == 400
    return [*answers, broken]


def note(told: Told, answer: Answer) -> Answer:
    """Notes an answer by its id, with what was recommended."""
    if answer.status == 200:
        told.answers[answer.content["recommendation_id"]] = " ".join(answer.items)
    else:
        told.failed.append(answer)
    return answer
