"""Where the three files come from: the generator, MovieLens, or a folder of one's own.

A folder holds `interactions.csv` (event_id, user_id, item_id, event_type, event_time) and, where there are any,
`items.csv` (item_id, category, price, min_age, available, added_on) and `users.csv` (user_id, age).
"""

import csv
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from data import movielens
from data.generate import Row, Shop, generate

INTERACTIONS = ("event_id", "user_id", "item_id", "event_type", "event_time")
ITEMS = {"item_id": None, "category": "", "price": "0", "min_age": "0", "available": "yes", "added_on": "2000-01-01"}
USERS = {"user_id": None, "age": "0"}
TYPES = ("view", "cart", "purchase")
PATTERNS = {
    "price": r"\d+(\.\d+)?",
    "min_age": r"\d{1,3}",
    "age": r"\d{1,3}",
    "available": "yes|no",
    "added_on": r"\d{4}-\d\d-\d\d",
}


class DataError(Exception):
    """A file that cannot be used; the message says where and why."""


def load(data: Path | None, told: Callable[[str], None] = print, seed: int = 7) -> Shop:
    """Returns the shop of a folder, MovieLens for `real`, or a generated one.

    Raises:
        DataError: a file is missing or cannot be used; names the line.
    """
    if data is None:
        return generate(seed=seed)
    if str(data) == "real":
        try:
            return movielens.read(told)
        except movielens.NotThere as error:
            raise DataError(str(error)) from error
    return read(data)


def read(folder: Path) -> Shop:
    """Returns the shop of a folder; users and items that have no file are those of the interactions."""
    rows = _rows(folder / "interactions.csv", INTERACTIONS)
    for line, row in enumerate(rows, start=2):
        _check(row, folder / "interactions.csv", line)
    items = _optional(folder / "items.csv", ITEMS, {row["item_id"] for row in rows})
    users = _optional(folder / "users.csv", USERS, {row["user_id"] for row in rows})
    return Shop(rows, items, users)


def _optional(path: Path, columns: dict[str, str | None], ids: set[str]) -> list[Row]:
    """Returns the rows of a file, what is missing in them as if nothing were known."""
    usual = {name: value for name, value in columns.items() if value is not None}
    key = next(name for name, value in columns.items() if value is None)
    if not path.exists():
        return [{key: id, **usual} for id in sorted(ids)]
    found = [{name: row.get(name) or usual.get(name, "") for name in columns} for row in _rows(path, (key,))]
    for line, row in enumerate(found, start=2):
        for name, pattern in PATTERNS.items():
            if name in row and not re.fullmatch(pattern, row[name]):
                raise DataError(f"{path}:{line}: {name} is {row[name]!r}, not like {pattern}.")
    return found


def _rows(path: Path, columns: tuple[str, ...]) -> list[Row]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = [column for column in columns if column not in (reader.fieldnames or [])]
            if missing:
                raise DataError(f"{path}: these columns are missing: {', '.join(missing)}.")
            return [{name: value or "" for name, value in row.items() if name} for row in reader]
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}.") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path}: {error}.") from error


def _check(row: Row, path: Path, line: int) -> None:
    empty = [name for name in INTERACTIONS if not row[name]]
    if empty:
        raise DataError(f"{path}:{line}: {empty[0]} is empty.")
    if row["event_type"] not in TYPES:
        raise DataError(f"{path}:{line}: event_type is {row['event_type']!r}, not one of {', '.join(TYPES)}.")
    try:
        if datetime.fromisoformat(row["event_time"]).tzinfo is None:
            raise ValueError
    except ValueError:
        raise DataError(f"{path}:{line}: event_time is {row['event_time']!r}, not like 2026-01-31T12:00:00Z.") from None
