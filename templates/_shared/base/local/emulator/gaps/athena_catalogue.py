"""Athena's statements about the catalogue: MSCK REPAIR, SHOW, DESCRIBE, partitions, databases.

The pinned emulator hands them to DuckDB, which does not know them, or creates a schema that it forgets at once.
"""

import re
from collections.abc import Callable
from typing import Any

from ministack.services import athena, glue

from local.emulator import catalogue
from local.emulator.surroundings import Surroundings

Result = dict[str, Any]

_NAME = r"(?:[`\"]?(?P<database>\w+)[`\"]?\.)?[`\"]?(?P<table>\w+)[`\"]?"


def fill(_: Surroundings) -> None:
    """Lets Athena read and change the catalogue."""
    run = athena._run_duckdb

    async def with_catalogue(query: str, database: str, catalog: str | None = None) -> Result:
        statement = query.strip().rstrip(";").strip()
        for pattern, act in _STATEMENTS:
            match = re.fullmatch(pattern, statement, re.IGNORECASE | re.DOTALL)
            if match:
                return act(match, match.groupdict().get("database") or database or "default")
        return dict(await run(query, database, catalog))

    athena._run_duckdb = with_catalogue


def _result(columns: list[str], rows: list[list[str]]) -> Result:
    return {"columns": columns, "column_types": ["string"] * len(columns), "rows": rows}


def _repair(match: re.Match[str], database: str) -> Result:
    catalogue.register_folders(database, match["table"].lower())
    return _result([], [])


def _show_partitions(match: re.Match[str], database: str) -> Result:
    name = match["table"].lower()
    keys = [key["Name"] for key in catalogue.table(database, name).get("PartitionKeys") or ()]
    if not keys:
        raise ValueError(f"Table {database}.{name} is not a partitioned table")
    partitions = glue._partitions.get(f"{database}/{name}", [])
    return _result(["partition"], sorted([catalogue.folder_of(keys, found["Values"])] for found in partitions))


def _show_tables(match: re.Match[str], database: str) -> Result:
    names = (key.split("/", 1) for key in glue._tables)
    wanted = re.compile((match["like"] or "*").replace("*", ".*"))
    return _result(
        ["tab_name"], sorted([name] for owner, name in names if owner == database and wanted.fullmatch(name))
    )


def _show_databases(_: re.Match[str], __: str) -> Result:
    return _result(["database_name"], sorted([name] for name in glue._databases))


def _describe(match: re.Match[str], database: str) -> Result:
    found = catalogue.table(database, match["table"].lower())
    columns = [*found["StorageDescriptor"].get("Columns", ()), *(found.get("PartitionKeys") or ())]
    return _result(
        ["col_name", "data_type", "comment"], [[c["Name"], c["Type"], c.get("Comment") or ""] for c in columns]
    )


def _add_partitions(match: re.Match[str], database: str) -> Result:
    name = match["table"].lower()
    found = catalogue.table(database, name)
    keys = [key["Name"] for key in found["PartitionKeys"]]
    wanted = []
    for part in re.finditer(r"PARTITION\s*\(([^)]*)\)\s*(?:LOCATION\s*'([^']*)')?", match["parts"], re.IGNORECASE):
        values = _values(part[1], keys)
        location = (
            part[2] or f"{found['StorageDescriptor']['Location'].rstrip('/')}/{catalogue.folder_of(keys, values)}/"
        )
        wanted.append((values, location))
    known = {tuple(partition["Values"]) for partition in glue._partitions.get(f"{database}/{name}", [])}
    double = [values for values, _ in wanted if tuple(values) in known]
    if double and not match["exists"]:
        raise ValueError(f"Partition already exists: {catalogue.folder_of(keys, double[0])}")
    catalogue.add_partitions(database, name, wanted)
    return _result([], [])


def _drop_partitions(match: re.Match[str], database: str) -> Result:
    name = match["table"].lower()
    keys = [key["Name"] for key in catalogue.table(database, name)["PartitionKeys"]]
    for part in re.finditer(r"PARTITION\s*\(([^)]*)\)", match["parts"], re.IGNORECASE):
        request = {"DatabaseName": database, "TableName": name, "PartitionValues": _values(part[1], keys)}
        status, _, _ = glue._delete_partition(request)
        if status >= 300 and not match["exists"]:
            raise ValueError(f"Partition not found: {part[1]}")
    return _result([], [])


def _values(specification: str, keys: list[str]) -> list[str]:
    given = dict(re.findall(r"[`\"]?(\w+)[`\"]?\s*=\s*'?([^',]*)'?", specification))
    if sorted(given) != sorted(keys):
        raise ValueError(f"Partition ({specification}) does not name the keys {', '.join(keys)}")
    return [given[key].strip() for key in keys]


def _create_database(match: re.Match[str], _: str) -> Result:
    name = match["name"].lower()
    if name not in glue._databases or not match["exists"]:
        given = {"Name": name, **({"LocationUri": match["location"]} if match["location"] else {})}
        catalogue.answer(glue._create_database({"DatabaseInput": given}))
    return _result([], [])


def _drop_database(match: re.Match[str], _: str) -> Result:
    name = match["name"].lower()
    if any(key.startswith(f"{name}/") for key in glue._tables) and not match["cascade"]:
        raise ValueError(f"Database {name} is not empty. One or more tables exist.")
    if name in glue._databases or not match["exists"]:
        catalogue.answer(glue._delete_database({"Name": name}))
    return _result([], [])


_STATEMENTS: tuple[tuple[str, Callable[[re.Match[str], str], Result]], ...] = (
    (rf"MSCK\s+REPAIR\s+TABLE\s+{_NAME}", _repair),
    (rf"SHOW\s+PARTITIONS\s+{_NAME}", _show_partitions),
    (r"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+[`\"]?(?P<database>\w+)[`\"]?)?(?:\s+'(?P<like>[^']*)')?", _show_tables),
    (r"SHOW\s+(?:DATABASES|SCHEMAS)", _show_databases),
    (rf"DESC(?:RIBE)?\s+(?:FORMATTED\s+|EXTENDED\s+)?{_NAME}", _describe),
    (rf"ALTER\s+TABLE\s+{_NAME}\s+ADD\s+(?P<exists>IF\s+NOT\s+EXISTS\s+)?(?P<parts>PARTITION\b.*)", _add_partitions),
    (rf"ALTER\s+TABLE\s+{_NAME}\s+DROP\s+(?P<exists>IF\s+EXISTS\s+)?(?P<parts>PARTITION\b.*)", _drop_partitions),
    (
        r"CREATE\s+(?:DATABASE|SCHEMA)\s+(?P<exists>IF\s+NOT\s+EXISTS\s+)?[`\"]?(?P<name>\w+)[`\"]?"
        r"(?:\s+COMMENT\s+'[^']*')?(?:\s+LOCATION\s+'(?P<location>[^']*)')?(?:\s+WITH\s+DBPROPERTIES\s*\([^)]*\))?",
        _create_database,
    ),
    (
        r"DROP\s+(?:DATABASE|SCHEMA)\s+(?P<exists>IF\s+EXISTS\s+)?[`\"]?(?P<name>\w+)[`\"]?"
        r"(?:\s+RESTRICT|\s+(?P<cascade>CASCADE))?",
        _drop_database,
    ),
)
