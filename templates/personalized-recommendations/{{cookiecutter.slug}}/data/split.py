"""Interactions cut by time: what may be learned from, and what came later.

A random split would let the model learn from next week what it is asked for this week.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.generate import Row, Shop

LEARNED = 0.85  # of the interactions, in the order of time


@dataclass(frozen=True)
class Parts:
    """A shop as it was at a moment, and what happened after it."""

    history: Shop
    later: list[Row]
    moment: str


def by_time(shop: Shop, share: float = LEARNED) -> Parts:
    """Returns the shop with the older share of its interactions, and the later ones in the order of time.

    Rows stay as they are logged, with all their faults, on both sides of one moment: nothing that happened before it is
    among the later ones, however late it arrived.
    """
    times = sorted(row["event_time"] for row in shop.interactions)
    moment = times[min(round(len(times) * share), len(times) - 1)]
    history = [row for row in shop.interactions if row["event_time"] < moment]
    later = sorted((row for row in shop.interactions if row["event_time"] >= moment), key=lambda row: row["event_time"])
    return Parts(Shop(history, shop.items, shop.users), later, moment)


def wanted(parts: Parts) -> dict[str, set[str]]:
    """Returns what each user took up after the moment and had not bought before: what a recommendation should have hit.

    >>> row = lambda user, item, kind, day: {"user_id": user, "item_id": item, "event_type": kind, "event_time": day}
    >>> log = [row("u", "a", "purchase", "2026-01-01"), row("u", "a", "view", "2026-01-08"),
    ...        row("u", "b", "view", "2026-01-09"), row("u", "c", "view", "2099-01-01")]
    >>> wanted(by_time(Shop(log, [{"item_id": item} for item in "abc"], [{"user_id": "u"}]), 0.25))
    {'u': {'b'}}
    """
    known = {row["item_id"] for row in parts.history.items}
    people = {row["user_id"] for row in parts.history.users}
    bought = purchases(parts.history.interactions)
    clocks_are_wrong = str(int(parts.moment[:4]) + 2)
    found: dict[str, set[str]] = defaultdict(set)
    for row in parts.later:
        user, item = row["user_id"], row["item_id"]
        possible = user in people and item in known and row["event_time"] < clocks_are_wrong
        if possible and item not in bought.get(user, ()):
            found[user].add(item)
    return dict(found)


def purchases(rows: Sequence[Mapping[str, str]]) -> dict[str, set[str]]:
    """Returns what each user has bought."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["event_type"] == "purchase":
            found[row["user_id"]].add(row["item_id"])
    return found
