"""Athena writes: CREATE TABLE AS, INSERT INTO and UNLOAD put files into the lake and partitions into the catalogue.

The pinned emulator hands these statements to a DuckDB that it forgets at once: nothing is written, or the query fails.
"""

import asyncio
import contextvars
import re
import shutil
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from ministack.services import athena, glue, s3
from sqlglot import exp, parse_one

from local.emulator import catalogue, duck, trino
from local.emulator.hive_types import literal, quote, to_duckdb, to_hive
from local.emulator.surroundings import Surroundings

_FORMATS = {"PARQUET": "parquet", "JSON": "json", "TEXTFILE": "csv"}
_NOTHING: dict[str, Any] = {"columns": [], "column_types": [], "rows": []}
_execution: contextvars.ContextVar[str] = contextvars.ContextVar("execution", default="")


@dataclass(frozen=True)
class Target:
    """Where and how the rows of a query are written."""

    location: str
    format: str
    keys: tuple[str, ...] = ()
    delimiter: str = "\x01"


def fill(aws: Surroundings) -> None:
    """Lets Athena write."""
    run, execute = athena._run_duckdb, athena._execute_query

    async def with_writes(query: str, database: str, catalog: str | None = None) -> dict[str, Any]:
        first = query.split(None, 1)[0].upper() if query.strip() else ""
        if first == "UNLOAD":
            return await _unload(aws.work, query, database, catalog)
        tree = trino.parse(query) if first in ("CREATE", "INSERT", "DELETE", "UPDATE", "MERGE") else None
        if isinstance(tree, exp.Create) and tree.kind == "TABLE" and tree.expression is not None:
            return await _create(aws.work, tree, database or "default", catalog)
        if isinstance(tree, exp.Insert):
            return await _insert(aws.work, tree, database or "default", catalog)
        if isinstance(tree, exp.Delete | exp.Update | exp.Merge):
            raise ValueError("NOT_SUPPORTED: Modifying Hive table rows is only supported for transactional tables")
        return dict(await run(query, database, catalog))

    async def with_number(query_id: str, *rest: Any) -> None:
        _execution.set(query_id)
        await execute(query_id, *rest)

    athena._run_duckdb, athena._execute_query = with_writes, with_number


async def _create(work: Path, tree: exp.Create, database: str, catalog: str | None) -> dict[str, Any]:
    """Writes the rows of a query and puts the table over them into the catalogue."""
    table = tree.this.find(exp.Table)
    schema, name = table.db or database, table.name.lower()
    if f"{schema}/{name}" in glue._tables:
        if tree.args.get("exists"):
            return _NOTHING
        raise ValueError(f"TABLE_ALREADY_EXISTS: Table '{schema}.{name}' already exists")
    if schema not in glue._databases:
        raise ValueError(f"SCHEMA_NOT_FOUND: Schema '{schema}' does not exist")
    properties = _properties(tree)
    target = Target(
        location=(properties.get("external_location") or properties.get("location") or _default_location()).rstrip("/")
        + "/",
        format=_format(properties.get("format", "PARQUET")),
        keys=tuple(key.lower() for key in re.findall(r"'([^']+)'", properties.get("partitioned_by", ""))),
        delimiter=properties.get("field_delimiter", "\x01"),
    )
    if catalogue.keys_below(target.location):
        raise ValueError(
            f"HIVE_PATH_ALREADY_EXISTS: Target directory for table '{schema}.{name}' already exists: {target.location}"
        )
    columns = await _write(work, trino.to_duckdb(trino.name_columns(tree.expression)), database, catalog, target)
    names = [column["Name"] for column in columns]
    if target.keys and tuple(names[-len(target.keys) :]) != target.keys:
        raise ValueError(f"INVALID_TABLE_PROPERTY: Partition keys must be the last columns: {', '.join(target.keys)}")
    plain = [column for column in columns if column["Name"] not in target.keys]
    serde = (
        {"field.delim": target.delimiter, "serialization.format": target.delimiter} if target.format == "csv" else None
    )
    catalogue.answer(
        glue._create_table(
            {
                "DatabaseName": schema,
                "TableInput": {
                    "Name": name,
                    "TableType": "EXTERNAL_TABLE",
                    "Parameters": {"EXTERNAL": "TRUE", "classification": target.format},
                    "PartitionKeys": [column for column in columns if column["Name"] in target.keys],
                    "StorageDescriptor": catalogue.storage(target.format, plain, target.location, serde),
                },
            }
        )
    )
    catalogue.register_folders(schema, name)
    return _NOTHING


async def _insert(work: Path, tree: exp.Insert, database: str, catalog: str | None) -> dict[str, Any]:
    """Adds the rows of a query to a table, with the table's types."""
    into = tree.this.find(exp.Table)
    schema, name = into.db or database, into.name.lower()
    table = catalogue.table(schema, name)
    declared = [*table["StorageDescriptor"].get("Columns", ()), *(table.get("PartitionKeys") or ())]
    types = {column["Name"]: to_duckdb(column["Type"]) for column in declared}
    named = [c.name.lower() for c in tree.this.expressions] if isinstance(tree.this, exp.Schema) else list(types)
    unknown = [column for column in named if column not in types]
    if unknown:
        raise ValueError(f"COLUMN_NOT_FOUND: Insert column name does not exist in target table: {unknown[0]}")
    rows = tree.expression
    if isinstance(rows, exp.Values):
        rows = parse_one(f"SELECT * FROM {rows.sql(dialect='trino')}", read="trino")
    given = f"SELECT * FROM ({trino.to_duckdb(rows)}) AS given({', '.join(map(quote, named))})"
    chosen = ", ".join(
        f"CAST({quote(column) if column in named else 'NULL'} AS {kind}) AS {quote(column)}"
        for column, kind in types.items()
    )
    properties = table.get("Parameters") or {}
    if athena._data_format(table) == "csv" and properties.get("skip.header.line.count", "0") != "0":
        raise ValueError("NOT_SUPPORTED: Inserting into Hive table with skip.header.line.count property not supported")
    serde = (table["StorageDescriptor"].get("SerdeInfo") or {}).get("Parameters") or {}
    target = Target(
        location=table["StorageDescriptor"]["Location"].rstrip("/") + "/",
        format=_format({"csv": "TEXTFILE"}.get(athena._data_format(table), athena._data_format(table))),
        keys=tuple(key["Name"] for key in table.get("PartitionKeys") or ()),
        delimiter=serde.get("field.delim", "\x01"),
    )
    await _write(work, f"SELECT {chosen} FROM ({given})", database, catalog, target)
    if (table.get("Parameters") or {}).get("projection.enabled") != "true":
        catalogue.register_folders(schema, name)
    return _NOTHING


async def _unload(work: Path, query: str, database: str, catalog: str | None) -> dict[str, Any]:
    """Writes the rows of a query to a location, without a table."""
    match = re.fullmatch(
        r"\s*UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'(?P<location>[^']+)'\s*WITH\s*\((?P<properties>.*)\)\s*;?\s*",
        query,
        re.IGNORECASE | re.DOTALL,
    )
    if not match:
        raise ValueError("SYNTAX_ERROR: UNLOAD (query) TO 's3://…' WITH (format = '…') is expected")
    properties = {name.lower(): value for name, value in re.findall(r"(\w+)\s*=\s*'([^']*)'", match["properties"])}
    keys = re.search(r"partitioned_by\s*=\s*ARRAY\s*\[([^\]]*)\]", match["properties"], re.IGNORECASE)
    target = Target(
        location=match["location"].rstrip("/") + "/",
        format=_format(properties.get("format", "")),
        keys=tuple(re.findall(r"'([^']+)'", keys[1])) if keys else (),
        delimiter=properties.get("field_delimiter", ","),
    )
    if catalogue.keys_below(target.location):
        raise ValueError(f"HIVE_PATH_ALREADY_EXISTS: The location {target.location} is not empty")
    sql = trino.to_duckdb(trino.name_columns(trino.parse(match["query"])))
    await _write(work, sql, database, catalog, target)
    return _NOTHING


def _properties(tree: exp.Create) -> dict[str, str]:
    """Returns what stands in WITH, by its name in lower case."""
    found: dict[str, str] = {}
    for item in tree.args["properties"].expressions if tree.args.get("properties") else ():
        if isinstance(item, exp.FileFormatProperty):
            found["format"] = item.name
        elif isinstance(item, exp.PartitionedByProperty):
            found["partitioned_by"] = item.this.sql(dialect="trino")
        elif isinstance(item, exp.LocationProperty):
            found["location"] = item.name
        else:
            found[item.name.lower()] = item.args["value"].name if item.args.get("value") is not None else ""
    return found


def _format(name: str) -> str:
    try:
        return _FORMATS[name.upper()]
    except KeyError:
        raise ValueError(
            f"NOT_SUPPORTED: the local Athena writes {', '.join(_FORMATS)}, not {name or 'no format'}"
        ) from None


def _default_location() -> str:
    """Returns where AWS puts a table that names no location: beside the results of the query."""
    number = _execution.get()
    announced = str(athena._executions[number]["ResultConfiguration"]["OutputLocation"])
    return f"{announced.rpartition('/')[0]}/tables/{number}/"


async def _write(work: Path, sql: str, database: str, catalog: str | None, target: Target) -> list[catalogue.Column]:
    """Writes the rows of a query to its place in the lake and returns their columns."""
    rewritten, _, folders = await athena._rewrite_data_paths(sql, database, catalog)
    place = urlparse(target.location)
    if s3._buckets.get(place.netloc) is None:
        raise ValueError(f"The bucket of {target.location} does not exist")
    out = Path(tempfile.mkdtemp(prefix="write-", dir=work))
    try:
        columns = await asyncio.to_thread(_copy, rewritten, target, out)
        for file in sorted(path for path in out.rglob("*") if path.is_file()):
            key = f"{place.path.strip('/')}/{file.relative_to(out).as_posix()}".lstrip("/")
            s3._put_object(place.netloc, key, file.read_bytes(), {"content-type": "application/octet-stream"})
    finally:
        for folder in [out, *map(Path, folders)]:
            shutil.rmtree(folder, ignore_errors=True)
    return columns


def _copy(sql: str, target: Target, out: Path) -> list[catalogue.Column]:
    """Writes the rows of a query, in DuckDB's words, as files of a folder."""
    with duck.connect() as connection:
        described = connection.execute(f"DESCRIBE {sql}").fetchall()
        names = [name.lower() for name, *_ in described]
        options = {"parquet": "FORMAT parquet", "json": "FORMAT json"}.get(
            target.format, f"FORMAT csv, HEADER false, DELIMITER {literal(target.delimiter)}, QUOTE ''"
        )
        select = f"SELECT * FROM ({sql}) AS rows({', '.join(map(quote, names))})"
        if target.keys:
            keys = ", ".join(map(quote, target.keys))
            options += f", PARTITION_BY ({keys}), FILENAME_PATTERN '{uuid.uuid4().hex}_{{i}}', OVERWRITE_OR_IGNORE true"
            connection.execute(f"COPY ({select}) TO {literal(str(out))} ({options})")
        elif connection.execute(f"SELECT count(*) FROM (SELECT 1 FROM ({sql}) LIMIT 1)").fetchall() != [(0,)]:
            suffix = {"csv": "txt"}.get(target.format, target.format)
            connection.execute(f"COPY ({select}) TO {literal(str(out / f'{uuid.uuid4().hex}.{suffix}'))} ({options})")
    return [{"Name": name, "Type": to_hive(kind)} for name, (_, kind, *_) in zip(names, described, strict=True)]
