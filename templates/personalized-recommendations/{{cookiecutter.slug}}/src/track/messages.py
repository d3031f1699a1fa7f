"""What events and items must look like to be taken."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

NAME = re.compile(r"[A-Za-z0-9._:-]{1,64}")
TYPES = ("view", "cart", "purchase")
MOST = 10  # events in one message: what one call of PutEvents takes
_AHEAD = timedelta(hours=1)  # clocks differ; a day that has not come yet is wrong

Json = dict[str, Any]


class Malformed(Exception):
    """A message that is none; says what is wrong with it."""


def envelope(body: str) -> tuple[str | None, str, list[Any]]:
    """Returns user, session and events of a message; the events are not looked at yet."""
    read = _object(body)
    user = read.get("user")
    if user is not None:
        user = _name(read, "user")
    events = read.get("events")
    if not isinstance(events, list) or not 0 < len(events) <= MOST:
        raise Malformed(f"events must be a list of 1 to {MOST}")
    return user, _name(read, "session"), events


def event_of(sent: Any, now: datetime | None = None) -> Json:
    """Returns an event with its own fields only.

    >>> event_of({"id": "e1", "type": "view", "item": "i1", "time": "2026-03-01T10:00:00Z"})["event_type"]
    'view'

    Raises:
        Malformed: a field is missing or has no possible value.
    """
    if not isinstance(sent, dict):
        raise Malformed("an event must be an object")
    if sent.get("type") not in TYPES:
        raise Malformed(f"type must be one of {', '.join(TYPES)}")
    event = {"event_id": _name(sent, "id"), "event_type": sent["type"], "item_id": _name(sent, "item")}
    event["event_time"] = _time(sent.get("time"), now or datetime.now(UTC))
    if sent.get("recommendation") is not None:
        event["recommendation_id"] = _name(sent, "recommendation")
    return event


def item_of(name: str, body: str) -> Json:
    """Returns an item with all its properties, since a change replaces all of them."""
    read = _object(body)
    price, age = read.get("price"), read.get("min_age")
    if not NAME.fullmatch(name):
        raise Malformed(f"item must be a text like {NAME.pattern}")
    if isinstance(price, bool) or not isinstance(price, int | float) or not 0 <= price < 1e9:
        raise Malformed("price must be a number from 0")
    if isinstance(age, bool) or not isinstance(age, int) or not 0 <= age <= 150:
        raise Malformed("min_age must be a whole number between 0 and 150")
    if read.get("available") not in ("yes", "no"):
        raise Malformed("available must be yes or no")
    since = read.get("since", int(datetime.now(UTC).timestamp()))
    if isinstance(since, bool) or not isinstance(since, int) or since < 0:
        raise Malformed("since must be seconds since 1970")
    found = {"item_id": name, "category": _name(read, "category"), "price": price, "min_age": age}
    return found | {"available": read["available"], "since": since}


def identifier(sent: Any) -> str | None:
    """Returns the id of an event that is otherwise malformed, if one can be made out."""
    found = sent.get("id") if isinstance(sent, dict) else None
    return found if isinstance(found, str) and NAME.fullmatch(found) else None


def _object(body: str) -> Json:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the body is no JSON: {error}") from error
    if not isinstance(read, dict):
        raise Malformed("the body is no JSON object")
    return read


def _name(read: Mapping[str, Any], name: str) -> str:
    value = read.get(name)
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise Malformed(f"{name} must be a text like {NAME.pattern}")
    return value


def _time(value: Any, now: datetime) -> str:
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Malformed("time must be like 2026-01-31T12:00:00Z") from None
    if time.tzinfo is None:
        raise Malformed("time must name its zone, like 2026-01-31T12:00:00Z")
    if time > now + _AHEAD:
        raise Malformed("time is in the future")
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
