"""What a transaction must look like to be scored."""

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,64}")
COUNTRY = re.compile(r"[A-Z]{2}")
TEXTS = {"id": IDENTIFIER, "card": IDENTIFIER, "merchant": IDENTIFIER, "category": IDENTIFIER}
COUNTRIES = ("country", "card_country")
CHANNELS = ("online", "shop")
NUMBERS = {"amount": 1e9, "distance_km": 20_100.0, "minutes_since_last": 1e9, "count_24h": 1e6, "usual_amount": 1e9}


class Malformed(Exception):
    """A body that is no transaction; the message says what is wrong with it."""


def parse(body: str) -> dict[str, Any]:
    """Returns the transaction in a request's body, with its own fields only.

    Raises:
        Malformed: the body is no JSON object, or a field is missing or has no possible value.
    """
    try:
        read = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the body is no JSON: {error}") from error
    if not isinstance(read, dict):
        raise Malformed("the body is no JSON object")
    wanted = [*TEXTS, "time", *COUNTRIES, "channel", *NUMBERS]
    missing = [name for name in wanted if name not in read]
    if missing:
        raise Malformed(f"missing: {', '.join(missing)}")
    transaction: dict[str, Any] = {name: _text(read, name, pattern) for name, pattern in TEXTS.items()}
    transaction["time"] = _time(read["time"])
    transaction |= {name: _text(read, name, COUNTRY) for name in COUNTRIES}
    if read["channel"] not in CHANNELS:
        raise Malformed(f"channel must be one of {', '.join(CHANNELS)}")
    transaction["channel"] = read["channel"]
    return transaction | {name: _number(read, name, most) for name, most in NUMBERS.items()}


def identifier(body: str) -> str | None:
    """Returns the id in a body that is otherwise malformed, if one can be made out."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return None
    found = read.get("id") if isinstance(read, dict) else None
    return found if isinstance(found, str) and IDENTIFIER.fullmatch(found) else None


def _text(read: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = read[name]
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Malformed(f"{name} must be a text like {pattern.pattern}")
    return value


def _time(value: Any) -> str:
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Malformed("time must be like 2026-01-31T12:00:00Z") from None
    if time.tzinfo is None:
        raise Malformed("time must name its zone, like 2026-01-31T12:00:00Z")
    return str(value)


def _number(read: Mapping[str, Any], name: str, most: float) -> float:
    value = read[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Malformed(f"{name} must be a number")
    if not 0 <= value <= most or not math.isfinite(value):
        raise Malformed(f"{name} must be between 0 and {most:.0f}")
    return float(value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
