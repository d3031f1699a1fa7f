"""Transactions cut by time into what the model may learn from and what it is judged on.

A random split would let the model see the same theft from both sides; a later day is what it will really meet.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data import mapping
from data.generate import COLUMNS, as_csv

# Shares of the rows in the order of time. Training ends before validation begins, and so on.
TRAIN, VALIDATION, TEST = 0.60, 0.15, 0.15
NUMBERS = ("amount", "distance_km", "minutes_since_last", "count_24h", "usual_amount")


class DataError(Exception):
    """A file of transactions that cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Parts:
    """Four stretches of time, each later than the one before."""

    train: list[dict[str, str]]
    validation: list[dict[str, str]]
    test: list[dict[str, str]]
    live: list[dict[str, str]]

    @property
    def channels(self) -> dict[str, str]:
        """What a training job reads, as CSV by the name of its channel."""
        return {"train": as_csv(self.train), "validation": as_csv(self.validation), "test": as_csv(self.test)}


def by_time(rows: Iterable[dict[str, str]], least: int = 5) -> Parts:
    """Returns the rows in four parts: to learn, to choose the threshold, to judge, and to send to the API.

    Raises:
        DataError: one of the first three knows fewer than `least` frauds, or nothing at all.
    """
    ordered = sorted(rows, key=lambda row: row["time"])
    ends = [round(len(ordered) * share) for share in (TRAIN, TRAIN + VALIDATION, TRAIN + VALIDATION + TEST)]
    parts = Parts(ordered[: ends[0]], ordered[ends[0] : ends[1]], ordered[ends[1] : ends[2]], ordered[ends[2] :])
    for name, part in (("training", parts.train), ("validation", parts.validation), ("test", parts.test)):
        frauds = sum(row["is_fraud"] == "1" for row in part)
        if not part:
            raise DataError(f"The {name} part has no transactions. Give more data.")
        if frauds < least:
            raise DataError(
                f"The {name} part has {frauds} frauds among {len(part)} transactions; at least {least} are needed. "
                "Give more data or more labels."
            )
    return parts


def read(path: Path) -> list[dict[str, str]]:
    """Returns the rows of a CSV file with the COLUMNS of the generator, or by the mapping that lies beside it.

    Raises:
        DataError: the file is missing, a column is missing, or a value cannot be read; names the line.
    """
    beside = path.with_suffix(".toml")
    try:
        file = path.open(newline="", encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}.") from error
    with file:
        reader = csv.DictReader(file)
        if beside.is_file():
            return _mapped(beside, reader)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or [])]
        if missing:
            raise DataError(f"{path}: these columns are missing: {', '.join(missing)}.")
        try:
            rows = [{column: row[column] for column in COLUMNS} for row in reader]
        except (csv.Error, UnicodeDecodeError) as error:
            raise DataError(f"{path}:{reader.line_num}: {error}.") from error
    for line, row in enumerate(rows, start=2):
        _check(row, path, line)
    return rows


def _mapped(beside: Path, reader: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    try:
        found = mapping.apply(mapping.read(beside), reader)
    except (mapping.MappingError, csv.Error, UnicodeDecodeError) as error:
        raise DataError(str(error)) from error
    rows = [{column: row[column] for column in COLUMNS} for row in found]
    for place, row in enumerate(rows, start=1):
        _check(row, beside, place)
    return rows


def _check(row: dict[str, str], path: Path, line: int) -> None:
    for column in NUMBERS:
        try:
            float(row[column])
        except (TypeError, ValueError):
            raise DataError(f"{path}:{line}: {column} is {row[column]!r}, not a number.") from None
    if row["is_fraud"] not in {"0", "1"}:
        raise DataError(f"{path}:{line}: is_fraud is {row['is_fraud']!r}, not 0 or 1.")
    try:
        if datetime.fromisoformat(row["time"]).tzinfo is None:
            raise ValueError
    except (TypeError, ValueError):
        raise DataError(f"{path}:{line}: time is {row['time']!r}, not like 2026-01-31T12:00:00Z.") from None
