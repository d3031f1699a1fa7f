"""Athena reads a table's registered or projected partitions, with the types that the catalogue declares.

The pinned emulator reads every file below the table's location, so that a partition which nobody has registered is
found all the same; values of a partition are known only where a folder is called `key=value`, so that a projected
location such as `${day}/` has none; JSON has the types that DuckDB guesses from the files, columns that no file has
are errors, thousands of small JSON files exhaust the memory, since each is sampled, and of `FROM a, b` it sees only a.
"""

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from ministack.services import athena, glue, s3
from sqlglot import exp, parse_one

from local.emulator import catalogue, projection, trino
from local.emulator.hive_types import literal, quote, to_duckdb
from local.emulator.surroundings import Surroundings

Values = dict[str, str]
Pieces = list[tuple[Values, list[str]]]


def fill(aws: Surroundings) -> None:
    """Lets Athena find the files of a table through the catalogue."""
    athena._rewrite_data_paths = functools.partial(_rewrite, aws.lake, athena._table_relation)


async def _rewrite(
    lake: Path, read: Callable[..., str], query: str, database: str, _catalog: str | None = None
) -> tuple[str, dict[str, str], list[str]]:
    """Returns a query in DuckDB's words with the files of its tables in place of their names.

    Raises:
        ValueError: a table is not in the catalogue.
    """
    relations: dict[str, str] = {}
    named: set[tuple[str, str]] = set()

    def change(table: exp.Table) -> exp.Expression | None:
        if not isinstance(table.this, exp.Identifier):
            return None  # a function such as unnest
        schema, name = (table.db or database or "default").lower(), table.name.lower()
        if schema == "information_schema":
            raise ValueError("NOT_SUPPORTED: the local Athena has no information_schema; use SHOW TABLES and DESCRIBE")
        mark = f"__relation_{len(relations)}__"
        named.add((schema, name))
        relations[mark] = _relation_of(lake, catalogue.table(schema, name), read)
        changed = table.copy()
        changed.set("this", exp.to_identifier(mark))
        changed.set("db", None)
        changed.set("catalog", None)
        if not table.alias:
            changed.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
        return changed

    tree = trino.tables_without(parse_one(query, read="duckdb"), change)
    for column in tree.find_all(exp.Column):
        # `database.table.column`: DuckDB has no such database. `alias.column.field` looks the same, and stays.
        if (column.db.lower(), column.table.lower()) in named:
            column.set("db", None)
            column.set("catalog", None)
    sql = tree.sql(dialect="duckdb")
    return re.sub(r"__relation_\d+__", lambda mark: relations[mark[0]], sql), {}, []


def _relation_of(lake: Path, table: dict[str, Any], read: Callable[..., str]) -> str:
    if str((table.get("Parameters") or {}).get("table_type", "")).upper() == "ICEBERG":
        raise ValueError(f"NOT_SUPPORTED: the local Athena does not read Iceberg tables ({table['Name']})")
    pieces = [(values, files) for values, files in _pieces(lake, table) if files]
    return _union(table, pieces, read) if pieces else _empty(table)


def _empty(table: dict[str, Any]) -> str:
    """Returns a relation without rows that has the table's columns."""
    columns = [*(table["StorageDescriptor"].get("Columns") or ()), *(table.get("PartitionKeys") or ())]
    shown = [f"CAST(NULL AS {to_duckdb(column['Type'])}) AS {quote(column['Name'])}" for column in columns]
    return f"(SELECT {', '.join(shown) or 'NULL'} WHERE FALSE)"


def _pieces(lake: Path, table: dict[str, Any]) -> Pieces:
    """Returns the files of a table by the values of their partition."""
    keys = [key["Name"] for key in table.get("PartitionKeys") or ()]
    location = table["StorageDescriptor"]["Location"]
    if not keys:
        return [({}, files(lake, location))]
    properties = table.get("Parameters") or {}
    if projection.enabled(properties):
        return _projected(lake, table, keys)
    registered = glue._partitions.get(f"{table['DatabaseName']}/{table['Name']}", [])
    return [
        (
            dict(zip(keys, partition["Values"], strict=True)),
            files(lake, (partition.get("StorageDescriptor") or {}).get("Location") or location),
        )
        for partition in registered
    ]


def _projected(lake: Path, table: dict[str, Any], keys: list[str]) -> Pieces:
    properties, location = table["Parameters"], table["StorageDescriptor"]["Location"]
    template = properties.get("storage.location.template") or location
    bucket = urlparse(template).netloc
    place = projection.placement(properties, location, keys)
    found: dict[tuple[str, ...], list[str]] = {}
    for file in files(lake, template.partition("${")[0].rpartition("/")[0]):
        values = place(Path(file).relative_to(lake / bucket).as_posix())
        if values is not None:
            found.setdefault(tuple(values[key] for key in keys), []).append(file)
    return [(dict(zip(keys, values, strict=True)), names) for values, names in found.items()]


def files(lake: Path, location: str) -> list[str]:
    """Returns the files below a location that a table is read from: hidden ones and those of other keys are not."""
    place = urlparse(location)
    prefix = place.path.strip("/")
    bucket = s3._buckets.get(place.netloc)
    if bucket is None:
        return []
    prefix = f"{prefix}/" if prefix else ""
    objects = bucket["objects"]
    keys = (key for key in objects.below(prefix) if not key.endswith("/") and not athena._hidden(key[len(prefix) :]))
    return [str(lake / place.netloc / key) for key in sorted(keys)]


def _union(table: dict[str, Any], pieces: Pieces, read: Callable[..., str]) -> str:
    """Returns a relation over all pieces, in the order of the declared columns and the partition keys."""
    kind = athena._data_format(table)
    if all(_named(values, file) for values, names in pieces for file in names):
        return _relation(table, kind, None, [file for _, names in pieces for file in names], read)
    parts = [_relation(table, kind, values, names, read) for values, names in pieces]
    return "(" + " UNION ALL ".join(f"SELECT * FROM {part}" for part in parts) + ")"


def _named(values: Values, file: str) -> bool:
    """Returns whether the folders of a file say the values of its partition."""
    folders = set(file.split("/"))
    return all(
        f"{key}={value}" in folders or f"{key}={value}" in map(unquote, folders) for key, value in values.items()
    )


def _relation(
    table: dict[str, Any], kind: str, values: Values | None, names: list[str], read: Callable[..., str]
) -> str:
    """Returns a relation over files of the same partition, or of partitions that their folders name (`values` None)."""
    keys = table.get("PartitionKeys") or []
    columns = {column["Name"]: to_duckdb(column["Type"]) for column in table["StorageDescriptor"].get("Columns") or ()}
    types = {key["Name"]: to_duckdb(key["Type"]) for key in keys}
    reader = _reader(table, kind, columns, types if values is None else {}, names)
    if reader is None or not columns:
        whole = read(table if values is None else {**table, "PartitionKeys": []}, names)
        reader = f"(SELECT {', '.join(map(quote, columns)) or '*'} FROM {whole})" if values is not None else whole
        if values is None:
            return reader
    shown = [f"CAST({quote(name)} AS {kind_}) AS {quote(name)}" for name, kind_ in columns.items()] or ["*"]
    for name, kind_ in types.items():
        value = quote(name) if values is None else literal(values[name])
        shown.append(f"CAST({value} AS {kind_}) AS {quote(name)}")
    return f"(SELECT {', '.join(shown)} FROM {reader})"


def _reader(
    table: dict[str, Any], kind: str, columns: dict[str, str], types: dict[str, str], names: list[str]
) -> str | None:
    """Returns DuckDB's reader of Parquet or JSON with the declared columns; None for the formats of the emulator."""
    listed = "[" + ", ".join(map(literal, names)) + "]"
    hive = "hive_partitioning = false"
    if types:
        kinds = ", ".join(f"{literal(name)}: {literal(kind_)}" for name, kind_ in types.items())
        hive = f"hive_partitioning = true, hive_types = {{{kinds}}}"
    if kind == "parquet":
        # Columns that older files lack are NULL; so are those that no file has.
        none = ", ".join(f"CAST(NULL AS {kind_}) AS {quote(name)}" for name, kind_ in columns.items())
        return (
            f"(SELECT * FROM read_parquet({listed}, union_by_name = true, {hive}) "
            f"UNION ALL BY NAME SELECT {none or 'NULL'} WHERE FALSE)"
        )
    if kind == "json" and columns:
        serde = (table["StorageDescriptor"].get("SerdeInfo") or {}).get("Parameters") or {}
        tolerant = str(serde.get("ignore.malformed.json", "false")).lower()
        # A key of another name, or with capital letters; DuckDB then finds the column by its name in any case.
        keys = {name: serde.get(f"mapping.{name}", name) for name in columns}
        if any(key.lower() != name.lower() for name, key in keys.items()):
            raise ValueError("NOT_SUPPORTED: here a column maps to a key of another case, not of another name")
        declared = ", ".join(f"{literal(keys[name])}: {literal(kind_)}" for name, kind_ in columns.items())
        return (
            f"read_json({listed}, format = 'newline_delimited', ignore_errors = {tolerant}, "
            f"columns = {{{declared}}}, {hive})"
        )
    return None
