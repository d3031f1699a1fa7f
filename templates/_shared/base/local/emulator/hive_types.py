"""Column types: those of the Glue catalogue (Hive's) and those of DuckDB."""

import re

_TO_DUCKDB = {
    "string": "VARCHAR",
    "char": "VARCHAR",
    "varchar": "VARCHAR",
    "int": "INTEGER",
    "integer": "INTEGER",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "real": "FLOAT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "binary": "BLOB",
    "decimal": "DECIMAL(10,0)",
}

_TO_HIVE = {
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "int",
    "BIGINT": "bigint",
    "HUGEINT": "decimal(38,0)",
    "UTINYINT": "smallint",
    "USMALLINT": "int",
    "UINTEGER": "bigint",
    "UBIGINT": "decimal(20,0)",
    "FLOAT": "float",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "BLOB": "binary",
}


def to_duckdb(hive: str) -> str:
    """Returns DuckDB's type for one of the catalogue.

    >>> to_duckdb("array<struct<id:bigint,price:decimal(10,2)>>")
    'STRUCT("id" BIGINT, "price" DECIMAL(10,2))[]'

    Raises:
        ValueError: no such type.
    """
    name = hive.strip().lower()
    if name.startswith("array<"):
        return f"{to_duckdb(name[6:-1])}[]"
    if name.startswith("map<"):
        key, value = _split(name[4:-1])
        return f"MAP({to_duckdb(key)}, {to_duckdb(value)})"
    if name.startswith("struct<"):
        fields = [field.partition(":") for field in _split(name[7:-1])]
        return "STRUCT(" + ", ".join(f"{quote(field.strip())} {to_duckdb(kind)}" for field, _, kind in fields) + ")"
    if re.fullmatch(r"decimal\s*\(\s*\d+\s*(,\s*\d+\s*)?\)", name):
        return name.upper().replace(" ", "")
    try:
        return _TO_DUCKDB[name.partition("(")[0].strip()]
    except KeyError:
        raise ValueError(f"INVALID_COLUMN_TYPE: {hive} is no type of the Glue catalogue") from None


def to_hive(duckdb: str) -> str:
    """Returns the catalogue's type for one of DuckDB; what the catalogue lacks is text.

    >>> to_hive('STRUCT(id BIGINT, seen TIMESTAMP WITH TIME ZONE)[]')
    'array<struct<id:bigint,seen:timestamp>>'
    """
    name = duckdb.strip()
    if name.endswith("[]"):
        return f"array<{to_hive(name[:-2])}>"
    if name.startswith("MAP("):
        key, value = _split(name[4:-1])
        return f"map<{to_hive(key)},{to_hive(value)}>"
    if name.startswith("STRUCT("):
        fields = [re.fullmatch(r'\s*("(?:[^"]|"")*"|\S+)\s+(.*)', field) for field in _split(name[7:-1])]
        return "struct<" + ",".join(f"{f[1].strip(chr(34)).lower()}:{to_hive(f[2])}" for f in fields if f) + ">"
    if name.startswith("DECIMAL("):
        return name.lower().replace(" ", "")
    if name.startswith("TIMESTAMP"):
        return "timestamp"
    return _TO_HIVE.get(name, "string")


def quote(name: str) -> str:
    """Returns a name as DuckDB takes it literally."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Returns a text as SQL takes it literally."""
    return "'" + text.replace("'", "''") + "'"


def _split(fields: str) -> list[str]:
    """Splits at the commas that stand in no brackets."""
    parts, depth = [""], 0
    for letter in fields:
        depth += (letter in "<(") - (letter in ">)")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
