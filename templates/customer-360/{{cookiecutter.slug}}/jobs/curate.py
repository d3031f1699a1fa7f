"""Glue job: raw → curated. Every line becomes a typed row, or goes into quarantine with the reason.

    --lake BUCKET

Persons: a system's table is read whole when any of its files is new, the newest version of each record is kept, what
was deleted at the source is left out, and the system's partition is written anew. Events: each folder of files is a
partition, so that only folders with something new are read. What has been read is in `state/curated.json`, by the
hashes of the files: a run without news writes nothing and starts no Spark.

Change data are applied so, and not by MERGE: a table format that knows it (Iceberg) cannot be queried by the local AWS,
and what cannot be tried here is not used.
"""

import hashlib
import json
import sys
from functools import reduce
from typing import Any

import boto3
from awsglue.utils import getResolvedOptions
from tables import EVENT, EVENT_RULES, EVENTS, PERSON, PERSON_RULES, PERSONS, Table

STATE, ERASED = "state/curated.json", "state/erased.json"
Folders = dict[str, str]


def main() -> None:
    """Reads what is new, and says what became of it."""
    lake = getResolvedOptions(sys.argv, ["lake"])["lake"]
    s3 = boto3.client("s3")
    before, now = known(s3, lake), {table.path: folders(s3, lake, table.path) for table in (*PERSONS, *EVENTS)}
    persons = [table for table in PERSONS if now[table.path] != before.get(table.path, {})]
    events: dict[str, list[str]] = {}
    gone: dict[str, list[str]] = {}
    for table in EVENTS:
        was, is_now = before.get(table.path, {}), now[table.path]
        events[table.path] = [folder for folder, hashed in is_now.items() if was.get(folder) != hashed]
        gone[table.path] = [folder for folder in was if folder not in is_now]
    if not persons and not any(events.values()) and not any(gone.values()):
        print(json.dumps({"new": 0}))
        return

    for table in persons:
        clear(s3, lake, f"curated/persons/source={source(table)}/", f"quarantine/persons/origin={table.name}/")
    for table in EVENTS:
        for folder in (*events[table.path], *gone[table.path]):
            below = f"origin={table.name}/batch={batch(folder)}/"
            clear(s3, lake, f"curated/events/{below}", f"quarantine/events/{below}")
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.getOrCreate()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    forgotten = erased(s3, lake)
    rows = [
        judged(spark, lake, table, list(now[table.path]), PERSON, PERSON_RULES, forgotten)
        for table in persons
        if now[table.path]
    ]
    if rows:
        write(persons_of(rows), f"s3://{lake}/curated/persons/", "source")
        write(refused(rows), f"s3://{lake}/quarantine/persons/", "origin")
    rows = [
        judged(spark, lake, table, [folder], EVENT, EVENT_RULES, forgotten, batch(folder))
        for table in EVENTS
        for folder in events[table.path]
    ]
    if rows:
        write(events_of(rows), f"s3://{lake}/curated/events/", "origin", "batch")
        write(refused(rows, "batch"), f"s3://{lake}/quarantine/events/", "origin", "batch")
    s3.put_object(Bucket=lake, Key=STATE, Body=json.dumps(now, indent=1, sort_keys=True).encode())
    print(json.dumps({"persons": [table.path for table in persons], "events": sum(map(len, events.values()))}))


def known(s3: Any, lake: str) -> dict[str, Folders]:
    """Returns what earlier runs have read."""
    try:
        found: dict[str, Folders] = json.loads(s3.get_object(Bucket=lake, Key=STATE)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return {}
    return found


def erased(s3: Any, lake: str) -> list[str]:
    """Returns the hashes of the records that were erased."""
    try:
        found: list[str] = json.loads(s3.get_object(Bucket=lake, Key=ERASED)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return []
    return found


def folders(s3: Any, lake: str, path: str) -> Folders:
    """Returns the folders of a table of the raw zone, each with the hash of what is in it."""
    hashes: dict[str, Any] = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=lake, Prefix=f"raw/{path}/"):
        for item in page.get("Contents", []):
            if item["Size"]:
                hashed = hashes.setdefault(item["Key"].rpartition("/")[0], hashlib.sha256())
                hashed.update(f"{item['Key']} {item['ETag']}\n".encode())
    return {folder: hashed.hexdigest()[:16] for folder, hashed in hashes.items()}


def batch(folder: str) -> str:
    """Returns the name of a folder's partition."""
    return hashlib.sha256(folder.encode()).hexdigest()[:12]


def source(table: Table) -> str:
    """Returns the name of the system that a table of persons is of."""
    return table.columns["source"].strip("'")


def clear(s3: Any, lake: str, *prefixes: str) -> None:
    """Removes everything below some prefixes."""
    for prefix in prefixes:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=lake, Prefix=prefix):
            keys = [{"Key": item["Key"]} for item in page.get("Contents", [])]
            if keys:
                s3.delete_objects(Bucket=lake, Delete={"Objects": keys})


def judged(
    spark: Any,
    lake: str,
    table: Table,
    parts: list[str],
    columns: dict[str, str],
    rules: tuple[tuple[str, str], ...],
    forgotten: list[str],
    number: str = "",
) -> Any:
    """Returns every line of some folders as typed columns, with `reason` where a rule is broken.

    Lines of a record that was erased are dropped, not quarantined: nothing of them is to be kept.
    """
    lines = spark.read.text([f"s3://{lake}/{folder}/" for folder in parts]).where("trim(value) <> ''")
    schema = ", ".join(f"`{field}` string" for field in table.fields) + ", broken string"
    options = {"columnNameOfCorruptRecord": "broken", "mode": "PERMISSIVE"}
    if table.separator:
        header = table.separator.join(table.fields)
        lines = lines.where(f"value <> '{header}'")
        parsed = f"from_csv(value, '{schema}', map({_map(options | {'sep': table.separator})}))"
    else:
        parsed = f"from_json(value, '{schema}', map({_map(options)}))"
    read = lines.selectExpr("value AS line", f"{parsed} AS read").select("line", "read.*")
    # An empty text says no more than a missing one; a line that cannot be read belongs to no kind and is kept once.
    read = read.selectExpr("line", "broken", *(f"nullif(trim(`{field}`), '') AS `{field}`" for field in table.fields))
    typed = read.where(table.only).selectExpr(
        f"'{table.name}' AS origin",
        f"'{number}' AS batch",
        "line",
        "broken",
        *(f"CAST({table.columns.get(name, 'NULL')} AS {kind}) AS {name}" for name, kind in columns.items()),
    )
    typed = typed.fillna(False, ["deleted"])
    texts = [name for name, kind in columns.items() if kind == "string"]
    typed = typed.selectExpr(
        *(f"nullif({name}, '') AS {name}" if name in texts else name for name in typed.columns)
    )
    if forgotten:
        record = "source, ':', source_id" if "source" in columns else "person_source, ':', person_id"
        typed = typed.where(f"NOT coalesce(sha2(concat({record}), 256) IN ({', '.join(map(repr, forgotten))}), false)")
    cases = " ".join(f"WHEN {broken} THEN '{reason}'" for reason, broken in rules)
    return typed.selectExpr("*", f"CASE {cases} END AS reason")


def _map(options: dict[str, str]) -> str:
    return ", ".join(f"'{name}', '{value}'" for name, value in options.items())


def persons_of(rows: list[Any]) -> Any:
    """Returns the newest version of each record that is not deleted at its source."""
    order = "PARTITION BY source, source_id ORDER BY changed_at DESC, deleted DESC, line"
    good = union(rows).where("reason IS NULL").selectExpr("*", f"row_number() OVER ({order}) AS place")
    kept = good.where("place = 1 AND NOT deleted")
    wanted = [name for name in PERSON if name not in ("birth_text", "deleted")]
    return kept.selectExpr("concat(source, ':', source_id) AS record_id", *wanted)


def events_of(rows: list[Any]) -> Any:
    """Returns the events of each folder, every id once; the newest of several folders is a matter of the view."""
    order = "PARTITION BY origin, batch, event_id ORDER BY changed_at DESC, deleted DESC, line"
    good = union(rows).where("reason IS NULL").selectExpr("*", f"row_number() OVER ({order}) AS place")
    kept = good.where("place = 1")
    record = "concat(person_source, ':', person_id) AS record_id"
    wanted = [name for name in EVENT if name not in ("person_source", "person_id")]
    return kept.selectExpr("origin", "batch", record, *wanted)


def refused(rows: list[Any], *more: str) -> Any:
    """Returns the lines that broke a rule, as they came, with the reason and the id if one can be made out."""
    id = "source_id" if "source_id" in rows[0].columns else "event_id"
    return union(rows).where("reason IS NOT NULL").selectExpr("origin", *more, f"{id} AS id", "reason", "line")


def union(rows: list[Any]) -> Any:
    """Returns all rows of several frames with the same columns."""
    return reduce(lambda one, other: one.unionByName(other), rows)


def write(frame: Any, address: str, *partitions: str) -> None:
    """Adds rows to partitions that have been cleared, one file for each."""
    frame.repartition(2, *partitions).write.mode("append").partitionBy(*partitions).parquet(address)


if __name__ == "__main__":
    main()
