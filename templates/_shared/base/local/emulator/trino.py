"""Athena's SQL (that of Trino) in the words of DuckDB."""

import re
from collections.abc import Callable

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, UnsupportedError

# Functions of Trino that sqlglot hands on and DuckDB lacks; where DuckDB can say them, that is how.
MACROS = (
    "to_iso8601(moment) AS CASE WHEN typeof(moment) = 'DATE' THEN strftime(moment, '%Y-%m-%d')"
    " WHEN typeof(moment) LIKE '%ZONE%' THEN strftime(moment, '%Y-%m-%dT%H:%M:%S.%gZ')"
    " ELSE strftime(moment, '%Y-%m-%dT%H:%M:%S.%g') END",
    "map_agg(name, item) AS map(list(name), list(item))",
    "zip(one, two) AS list_zip(one, two)",
    "at_timezone(moment, zone) AS timezone(zone, moment)",
    "nan() AS CAST('nan' AS DOUBLE)",
    "infinity() AS CAST('inf' AS DOUBLE)",
    "width_bucket(x, low, high, n) AS CAST(CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1"
    " ELSE floor((x - low) / CAST(high - low AS DOUBLE) * n) + 1 END AS BIGINT)",
    "url_extract_protocol(url) AS regexp_extract(url, '^([a-zA-Z][a-zA-Z0-9+.-]*)://', 1)",
    "url_extract_host(url) AS regexp_extract(url, '^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/@]*@)?([^/:?#]+)', 1)",
    "url_extract_path(url) AS regexp_extract(url, '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*([^?#]*)', 1)",
    "url_extract_query(url) AS regexp_extract(url, '\\?([^#]*)', 1)",
)

# The letters of Joda's date patterns (format_datetime, parse_datetime), the longest first.
_JODA = {
    "yyyy": "%Y",
    "MMMM": "%B",
    "EEEE": "%A",
    "SSS": "%g",
    "MMM": "%b",
    "EEE": "%a",
    "yy": "%y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "hh": "%I",
    "mm": "%M",
    "ss": "%S",
    "M": "%-m",
    "d": "%-d",
    "H": "%-H",
    "a": "%p",
}

_MATCHES = {"ANY_MATCH": "{found} > 0", "ALL_MATCH": "{found} = len({list})", "NONE_MATCH": "{found} = 0"}


def parse(sql: str) -> exp.Expression:
    """Returns the tree of one statement.

    Raises:
        ValueError: it is not SQL that Athena would take, with the place of the error.
    """
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="trino") if tree is not None]
    except ParseError as error:
        first = error.errors[0]
        raise ValueError(
            f"SYNTAX_ERROR: line {first['line']}:{first['col']}: {first['description']} near '{first['highlight']}'"
        ) from None
    if len(trees) != 1:
        raise ValueError("SYNTAX_ERROR: Only one sql statement is allowed.")
    return trees[0]


def to_duckdb(tree: exp.Expression) -> str:
    """Returns the statement in DuckDB's SQL.

    Raises:
        ValueError: something in it has no counterpart; it is refused rather than left out.
    """
    if isinstance(tree, exp.Command):
        raise ValueError(f"NOT_SUPPORTED: the local Athena does not know {tree.name.upper()} statements of this form")
    try:
        return str(tree.transform(_translate).sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE))
    except UnsupportedError as error:
        raise ValueError(f"NOT_SUPPORTED: the local Athena cannot say this in DuckDB's SQL: {error}") from None


def name_columns(tree: exp.Expression) -> exp.Expression:
    """Returns a query whose nameless columns have Athena's names, _col0 and so on."""
    if not isinstance(tree, exp.Query):
        return tree
    select: exp.Expression = tree
    while isinstance(select, exp.SetOperation):
        select = select.this
    if isinstance(select, exp.Subquery):
        select = select.unnest()
    for position, column in enumerate(select.expressions if isinstance(select, exp.Select) else ()):
        if not isinstance(column, exp.Alias | exp.Column | exp.Dot) and not column.is_star:
            column.replace(exp.alias_(column.copy(), f"_col{position}", quoted=True))
    return tree


def _translate(node: exp.Expression) -> exp.Expression:
    """Says a node differently where sqlglot's words are wrong in DuckDB, or none."""
    if isinstance(node, exp.ArraySlice) and node.args.get("end"):
        # Trino's third argument is a length, DuckDB's the last position.
        last = exp.Sub(
            this=exp.Add(this=node.args["start"].copy(), expression=node.args["end"].copy()), expression=_ONE
        )
        return exp.ArraySlice(this=node.this, start=node.args["start"], end=last)
    if isinstance(node, exp.Format):
        return exp.Anonymous(this="printf", expressions=[node.this, *node.expressions])
    if isinstance(node, exp.Anonymous):
        name = node.name.upper()
        if name in _MATCHES:
            listed = node.expressions[0].sql("duckdb")
            found = f"len(list_filter({listed}, {node.expressions[1].sql('duckdb')}))"
            return sqlglot.parse_one(f"({_MATCHES[name].format(found=found, list=listed)})", read="duckdb")
        if name == "FORMAT_DATETIME":
            return exp.Anonymous(this="strftime", expressions=[node.expressions[0], _pattern(node.expressions[1])])
    if isinstance(node, exp.ParseDatetime) and node.args.get("format"):
        return exp.Anonymous(this="strptime", expressions=[node.this, _pattern(node.args["format"])])
    return node


_ONE = exp.Literal.number(1)


def _pattern(literal: exp.Expression) -> exp.Expression:
    """Returns Joda's date pattern as that of DuckDB."""
    if not isinstance(literal, exp.Literal):
        raise ValueError("NOT_SUPPORTED: the local Athena needs a date pattern that is written out")
    letters = "|".join(_JODA)

    def word(match: re.Match[str]) -> str:
        if match["quoted"] is not None:
            return match["quoted"] or "'"
        return _JODA.get(match[0], match[0])

    return exp.Literal.string(re.sub(rf"'(?P<quoted>[^']*)'|{letters}", word, literal.name))


def tables_without(tree: exp.Expression, change: Callable[[exp.Table], exp.Expression | None]) -> exp.Expression:
    """Returns the statement with each table that is not a name of its own WITH clause changed, where `change` does."""
    own = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    for table in list(tree.find_all(exp.Table)):
        if table.name and (table.db or table.name.lower() not in own):
            changed = change(table)
            if changed is not None:
                table.replace(changed)
    return tree
