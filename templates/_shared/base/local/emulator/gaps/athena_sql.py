"""Athena takes the functions and names columns as it does on AWS.

The pinned emulator hands Trino's SQL to DuckDB as it stands: functions that DuckDB calls otherwise fail, a division of
whole numbers gives a fraction, a column without a name is called `count_star()` instead of `_col0`, and values are
written as Python writes them (`True`, a timestamp without milliseconds).
"""

import asyncio
import shutil
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from ministack.services import athena
from sqlglot import exp

from local.emulator import duck, trino
from local.emulator.surroundings import Surroundings


def fill(_: Surroundings) -> None:
    """Lets Athena run Trino's SQL."""
    athena._run_duckdb = run


async def run(query: str, database: str, catalog: str | None = None) -> dict[str, Any]:
    """Returns the columns, types and rows of a query."""
    tree = trino.parse(query)
    if not isinstance(tree, exp.Query | exp.Values | exp.Command):
        raise ValueError(f"NOT_SUPPORTED: the local Athena does not run {tree.key.upper()} statements")
    sql = trino.to_duckdb(trino.name_columns(tree))
    rewritten, table_buckets, folders = await athena._rewrite_data_paths(sql, database, catalog)
    if table_buckets:
        raise ValueError("NOT_SUPPORTED: the local Athena does not query S3 table buckets")
    try:
        return await asyncio.to_thread(_execute, rewritten)
    finally:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


def _execute(sql: str) -> dict[str, Any]:
    with duck.connect() as connection:
        result = connection.execute(sql)
        described = result.description or []
        return {
            "columns": [column[0] for column in described],
            "column_types": [_type(str(column[1])) for column in described],
            "rows": [[text(value) for value in row] for row in result.fetchall()],
        }


def _type(duckdb_type: str) -> str:
    name = duckdb_type.upper()
    if name.endswith("]"):
        return "array"
    if name == "TIMESTAMP WITH TIME ZONE":
        return "timestamp with time zone"
    return str(athena._DUCKDB_TYPE_MAP.get(name.split("(")[0].strip(), "varchar"))


def text(value: Any) -> str | None:
    """Returns a value as Athena writes it in results.

    >>> text({"x": 1, "y": [True, None]})
    '{x=1, y=[true, null]}'
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        moment = f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
        return f"{moment} UTC" if value.tzinfo else moment
    if isinstance(value, date | time | Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.hex(" ")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={text(item) or 'null'}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(text(item) or "null" for item in value) + "]"
    return str(value)
