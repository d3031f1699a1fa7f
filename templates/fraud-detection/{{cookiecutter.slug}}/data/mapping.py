"""One's own columns, told by a TOML file that lies beside the CSV: `mine.toml` beside `mine.csv`.

    [columns]            # ours = yours
    id = "transaction"
    card = "card_id"
    [constants]          # where you have no such column
    channel = "online"
    [values.is_fraud]    # your value = ours
    yes = "1"
    no = "0"
    [time]
    format = "%d.%m.%Y %H:%M"    # without it ISO 8601
    zone = "Europe/Berlin"       # of times that name none; without it UTC
    [amount]
    divide_by = 100              # of amounts in cents

What is known of a card (minutes_since_last, count_24h, usual_amount) is counted from the payments where no column has
it. Without card_country it is the country of the card's first payment; without distance_km it is the way from the place
of the card's last payment, by the columns `latitude` and `longitude` (0 without them).
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from data.history import History
from data.population import distance_km

GIVEN = ("id", "time", "card", "merchant", "category", "channel", "country", "amount", "is_fraud")
COUNTED = ("minutes_since_last", "count_24h", "usual_amount")
_KEYS = {"columns", "constants", "values", "time", "amount"}

# What no identifier and no category of the API may have; a hyphen stands for it.
_UNFIT = re.compile(r"[^A-Za-z0-9._:-]+")

Row = dict[str, str]


class MappingError(Exception):
    """A mapping, or a row under it, that cannot be used; the message says why."""


def read(path: Path) -> dict[str, Any]:
    """Returns a mapping.

    Raises:
        MappingError: the file is no TOML, has an unknown table, or leaves a column without a source.
    """
    try:
        mapping = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MappingError(f"{path}: {error}") from error
    if strange := sorted(set(mapping) - _KEYS):
        raise MappingError(f"{path}: unknown: {', '.join(strange)}; there are {', '.join(sorted(_KEYS))}.")
    sources = {**mapping.get("columns", {}), **mapping.get("constants", {})}
    if missing := [name for name in GIVEN if name not in sources]:
        raise MappingError(f"{path}: no column and no constant for {', '.join(missing)}.")
    return mapping


def apply(mapping: Mapping[str, Any], rows: Iterable[Mapping[str, str]]) -> list[Row]:
    """Returns one's own rows with the generator's columns, in the order of time.

    Raises:
        MappingError: a column is missing, or a value cannot be read; names the row.
    """
    taken = [_take(mapping, number, row) for number, row in enumerate(rows, 2)]
    taken.sort(key=lambda row: row["time"])
    return list(_with_history(taken))


def _take(mapping: Mapping[str, Any], line: int, row: Mapping[str, str]) -> Row:
    found = {name: str(value) for name, value in mapping.get("constants", {}).items()}
    values = mapping.get("values", {})
    for ours, theirs in mapping.get("columns", {}).items():
        if row.get(theirs) is None:
            raise MappingError(f"line {line}: there is no column {theirs}.")
        value = row[theirs]
        if ours in values and value not in values[ours]:
            raise MappingError(f"line {line}: {theirs} is {value!r}, and [values.{ours}] does not say what that is.")
        found[ours] = str(values[ours][value]) if ours in values else value
    for name in ("id", "card", "merchant", "category"):
        found[name] = _UNFIT.sub("-", found[name])[:64]
    try:
        found["time"] = _time(found["time"], mapping.get("time", {}))
        found |= {name: str(float(found[name])) for name in ("latitude", "longitude") if name in found}
        found["amount"] = f"{float(found['amount']) / float(mapping.get('amount', {}).get('divide_by', 1)):.2f}"
    except (ValueError, KeyError) as error:
        raise MappingError(f"line {line}: {error}") from error
    return found


def _time(text: str, settings: Mapping[str, str]) -> str:
    form = settings.get("format")
    time = datetime.strptime(text, form) if form else datetime.fromisoformat(text)
    if time.tzinfo is None:
        time = time.replace(tzinfo=ZoneInfo(settings["zone"]) if "zone" in settings else UTC)
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _with_history(rows: list[Row]) -> Iterator[Row]:
    history = History()
    home: dict[str, str] = {}
    place: dict[str, tuple[float, float]] = {}
    for row in rows:
        card = row["card"]
        known = history.pay(card, datetime.fromisoformat(row["time"]), float(row["amount"]))
        counted = {
            "minutes_since_last": f"{known.minutes_since_last:.1f}",
            "count_24h": str(known.count_24h),
            "usual_amount": f"{known.usual_amount:.2f}",
            "card_country": home.setdefault(card, row["country"]),
            "distance_km": "0.0",
        }
        if "latitude" in row and "longitude" in row and "distance_km" not in row:
            here = (float(row.pop("latitude")), float(row.pop("longitude")))
            counted["distance_km"] = f"{distance_km(*place.get(card, here), *here):.1f}"
            place[card] = here
        yield {**counted, **row}
