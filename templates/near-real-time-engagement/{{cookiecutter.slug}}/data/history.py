"""What customers did in the last 300 days, as the lake would hold it: orders, and reactions to a weekly message."""

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from data.population import Person, moment

DAYS = 300


@dataclass(frozen=True)
class History:
    """Lines for the tables customers, customer_activity and engagement_events."""

    customers: list[dict[str, Any]]
    activity: list[dict[str, Any]]
    events: list[dict[str, Any]]


def simulate(random: Random, people: list[Person], today: date) -> History:
    """Returns the past of these people until yesterday."""
    activity: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for person in people:
        start = max(person.since, today - timedelta(days=DAYS))
        activity += _orders(random, person, start, today)
        events += _reactions(random, person, start, today)
    customers = [
        {"customer": person.id, "since": person.since.isoformat(), "country": person.country} for person in people
    ]
    return History(customers, activity, events)


def lines(rows: Iterable[dict[str, Any]]) -> bytes:
    """Returns rows as the tables read them: gzipped lines of JSON."""
    return gzip.compress("".join(f"{json.dumps(row)}\n" for row in rows).encode(), mtime=0)


def _orders(random: Random, person: Person, start: date, end: date) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number in range((end - start).days):
        day = start + timedelta(days=number)
        if random.random() < person.orders * person.interest(day):
            at = moment(random, day)
            amount = round(person.basket * random.lognormvariate(0, 0.4), 2)
            rows.append(
                {
                    "id": f"h-{person.id}-{number}",
                    "type": "order",
                    "customer": person.id,
                    "at": at,
                    "amount": amount,
                    "received_at": at,
                }
            )
    return rows


def _reactions(random: Random, person: Person, start: date, end: date) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    # Everyone has a weekday of their own.
    first = random.randrange(7)
    for week, number in enumerate(range(first, (end - start).days, 7)):
        day = start + timedelta(days=number)
        rows.append(_event(random, person, week, "delivery", day))
        if random.random() < person.reads(day):
            rows.append(_event(random, person, week, "open", day))
            if random.random() < person.clicks:
                rows.append(_event(random, person, week, "click", day))
    return rows


def _event(random: Random, person: Person, week: int, kind: str, day: date) -> dict[str, Any]:
    at = moment(random, day)
    return {
        "event_id": f"h-{person.id}-{week}-{kind}",
        "type": kind,
        "at": at,
        "message": f"history_{person.id}-{week}",
        "campaign": "history",
        "customer": person.id,
        "channel": "email",
        "kind": "marketing",
        "reason": None,
        "link": None,
        "sent_at": at,
        "received_at": at,
    }
