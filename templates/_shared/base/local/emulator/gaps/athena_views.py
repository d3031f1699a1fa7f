"""Athena's views: created in the catalogue as on AWS, expanded where a query names one.

The pinned emulator hands `CREATE VIEW` to a DuckDB that it forgets at once, and reports success.
"""

import base64
import json
from typing import Any

from ministack.services import athena, glue
from sqlglot import exp, parse_one

from local.emulator import duck, trino
from local.emulator.hive_types import to_hive
from local.emulator.surroundings import Surroundings

_MARK = "/* Presto View: {} */"
_NOTHING: dict[str, Any] = {"columns": [], "column_types": [], "rows": []}


def fill(_: Surroundings) -> None:
    """Keeps views in the catalogue and expands them."""
    run, rewrite = athena._run_duckdb, athena._rewrite_data_paths

    async def with_views(query: str, database: str, catalog: str | None = None) -> dict[str, Any]:
        tree = trino.parse(query) if "view" in query.lower() else None
        if isinstance(tree, exp.Create) and tree.kind == "VIEW":
            return await _create(tree, database or "default", catalog)
        if isinstance(tree, exp.Drop) and tree.kind == "VIEW":
            return _drop(tree, database or "default")
        return dict(await run(query, database, catalog))

    async def with_expansion(query: str, database: str, catalog: str | None = None) -> Any:
        return await rewrite(_expanded(query, database or "default"), database, catalog)

    athena._run_duckdb, athena._rewrite_data_paths = with_views, with_expansion


async def _create(tree: exp.Create, database: str, catalog: str | None) -> dict[str, Any]:
    """Puts a view into the catalogue, with the columns that its query has now."""
    table = tree.this.find(exp.Table)
    schema = table.db or database
    found = glue._tables.get(f"{schema}/{table.name}")
    if found and not (tree.args.get("replace") and found.get("TableType") == "VIRTUAL_VIEW"):
        raise ValueError(f"TABLE_ALREADY_EXISTS: {schema}.{table.name} already exists")
    if schema not in glue._databases:
        raise ValueError(f"SCHEMA_NOT_FOUND: Schema '{schema}' does not exist")
    query = trino.name_columns(tree.expression)
    sql, _, _ = await athena._rewrite_data_paths(trino.to_duckdb(query), database, catalog)
    with duck.connect() as connection:
        columns = [
            {"Name": name.lower(), "Type": to_hive(kind)}
            for name, kind, *_ in connection.execute(f"DESCRIBE {sql}").fetchall()
        ]
    kept = {"originalSql": query.sql(dialect="trino"), "catalog": catalog or "awsdatacatalog", "schema": database}
    given = {
        "Name": table.name,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "StorageDescriptor": {"Columns": columns, "Location": ""},
        "ViewOriginalText": _MARK.format(base64.b64encode(json.dumps({**kept, "columns": columns}).encode()).decode()),
        "ViewExpandedText": "/* Presto View */",
    }
    change = glue._update_table if found else glue._create_table
    change({"DatabaseName": schema, "TableInput": given})
    return _NOTHING


def _drop(tree: exp.Drop, database: str) -> dict[str, Any]:
    table = tree.find(exp.Table)
    schema = table.db or database
    if (glue._tables.get(f"{schema}/{table.name}") or {}).get("TableType") == "VIRTUAL_VIEW":
        glue._delete_table({"DatabaseName": schema, "Name": table.name})
    elif not tree.args.get("exists"):
        raise ValueError(f"TABLE_NOT_FOUND: View '{schema}.{table.name}' does not exist")
    return _NOTHING


def _query_of(database: str, name: str) -> dict[str, str] | None:
    table = glue._tables.get(f"{database}/{name}") or {}
    text = table.get("ViewOriginalText") or ""
    if table.get("TableType") != "VIRTUAL_VIEW" or not text.startswith(_MARK[:16]):
        return None
    kept: dict[str, str] = json.loads(base64.b64decode(text.split()[3]))
    return kept


def _expanded(query: str, database: str) -> str:
    """Returns a query in DuckDB's words with views in place of their names; views of views, too."""
    names = {(ref.database or database, ref.table) for ref in athena._table_references(query)}
    if not any(_query_of(*name) for name in names):
        return query

    def change(table: exp.Table) -> exp.Expression | None:
        kept = _query_of(table.db or database, table.name)
        if kept is None:
            return None
        inner = trino.tables_without(trino.parse(kept["originalSql"]), lambda t: _qualified(t, kept["schema"]))
        sql = _expanded(trino.to_duckdb(inner), kept["schema"])
        alias = table.alias or table.name
        return exp.Subquery(this=parse_one(sql, read="duckdb"), alias=exp.TableAlias(this=exp.to_identifier(alias)))

    return str(trino.tables_without(parse_one(query, read="duckdb"), change).sql(dialect="duckdb"))


def _qualified(table: exp.Table, schema: str) -> exp.Table | None:
    """Returns a table with its database; a query elsewhere means the same one."""
    if table.db:
        return None
    copy = table.copy()
    copy.set("db", exp.to_identifier(schema))
    return copy
