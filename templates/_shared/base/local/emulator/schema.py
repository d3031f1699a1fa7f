"""The schema of files, as a crawler finds it: format, columns, how to read them."""

import gzip
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.emulator import catalogue, duck
from local.emulator.hive_types import literal, to_hive

_SAMPLE = 32  # files that are looked into


@dataclass(frozen=True)
class Schema:
    """What a table over the files needs."""

    format: str
    columns: list[catalogue.Column]
    serde: dict[str, str] = field(default_factory=dict)
    serialiser: str | None = None
    properties: dict[str, str] = field(default_factory=dict)


def infer(files: Sequence[Path]) -> Schema:
    """Returns the schema of files that belong to one table.

    Raises:
        ValueError: their formats differ, or one cannot be read.
    """
    sample = [files[position * len(files) // _SAMPLE] for position in range(_SAMPLE)] if len(files) > _SAMPLE else files
    filled = [file for file in sample if file.stat().st_size]
    if not filled:
        raise ValueError("all files are empty")
    formats = {_format(file) for file in filled}
    if len(formats) > 1:
        raise ValueError(f"files of several formats lie together: {', '.join(sorted(formats))}")
    found = formats.pop()
    if found == "csv":
        return _csv(filled)
    return Schema(found, _columns(filled, found))


def _packed(file: Path) -> bool:
    """Returns whether a file is gzip; its name need not say so."""
    with file.open("rb") as raw:
        return raw.read(2) == b"\x1f\x8b"


def _head(file: Path) -> bytes:
    """Returns how the content of a file begins."""
    with gzip.open(file) if _packed(file) else file.open("rb") as opened:
        return opened.read(65536)


def _format(file: Path) -> str:
    head = _head(file)
    if head[:4] == b"PAR1":
        return "parquet"
    for mark, name in ((b"ORC", "ORC"), (b"Obj\x01", "Avro")):
        if head.startswith(mark):
            raise ValueError(f"{file.name} is {name}, which the local crawler does not read")
    return "json" if head.lstrip()[:1] in (b"{", b"[") else "csv"


def _columns(files: Sequence[Path], format_: str) -> list[catalogue.Column]:
    reader = "read_parquet" if format_ == "parquet" else "read_json"
    listed = ", ".join(literal(str(file)) for file in files)
    options = "union_by_name = true, hive_partitioning = false"
    if format_ == "json":
        packed = "gzip" if _packed(files[0]) else "none"
        options += f", compression = '{packed}'"
    with duck.connect() as connection:
        found = connection.execute(f"DESCRIBE SELECT * FROM {reader}([{listed}], {options})").fetchall()
    return [{"Name": name.lower(), "Type": _without_dates(kind, format_)} for name, kind, *_ in found]


def _csv(files: Sequence[Path]) -> Schema:
    """Returns the schema of CSV files: with quotes, another serialiser reads them."""
    packed = "gzip" if _packed(files[0]) else "none"
    with duck.connect() as connection:
        sniffed = connection.execute(
            f"SELECT Delimiter, HasHeader, Columns FROM sniff_csv({literal(str(files[0]))}, compression = '{packed}')"
        ).fetchone()
    if sniffed is None:
        raise ValueError(f"{files[0].name} is no CSV")
    delimiter, header, columns = sniffed
    named = [
        {"Name": column["name"].lower() if header else f"col{position}", "Type": _without_dates(column["type"], "csv")}
        for position, column in enumerate(columns)
    ]
    properties = {"skip.header.line.count": "1"} if header else {}
    if b'"' in _head(files[0]):
        quoted = {"separatorChar": delimiter, "quoteChar": '"', "escapeChar": "\\"}
        return Schema("csv", named, quoted, "org.apache.hadoop.hive.serde2.OpenCSVSerde", properties)
    return Schema("csv", named, {"field.delim": delimiter, "serialization.format": delimiter}, None, properties)


def _without_dates(kind: str, format_: str) -> str:
    """Returns the catalogue's type; in JSON and CSV a date is text, to a crawler and to Athena."""
    hive = to_hive(kind)
    return hive if format_ == "parquet" else re.sub(r"\b(date|timestamp)(?=[,>]|$)", "string", hive)
