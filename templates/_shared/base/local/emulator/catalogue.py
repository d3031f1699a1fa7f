"""The Glue catalogue inside the emulator, as Athena and the crawlers use it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlparse

from ministack.services import glue, s3

Column = dict[str, str]

# How Hive reads and writes the formats that are made here: input, output, (de)serialiser.
_FORMATS = {
    "parquet": (
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    ),
    "json": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.openx.data.jsonserde.JsonSerDe",
    ),
    "csv": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    ),
}


def answer(response: tuple[int, Any, Any]) -> dict[str, Any]:
    """Returns what a call of the emulator answers.

    Raises:
        ValueError: it answers with an error.
    """
    status, _, body = response
    content: dict[str, Any] = json.loads(body or b"{}")
    if status >= 300:
        raise ValueError(content.get("message") or content.get("Message") or f"status {status}")
    return content


def table(database: str, name: str) -> dict[str, Any]:
    """Returns a table.

    Raises:
        ValueError: there is none.
    """
    found: dict[str, Any] | None = glue._tables.get(f"{database}/{name}")
    if found is None:
        raise ValueError(f"TABLE_NOT_FOUND: Table '{database}.{name}' does not exist")
    return found


def storage(
    format_: str, columns: Sequence[Column], location: str, parameters: dict[str, str] | None = None
) -> dict[str, Any]:
    """Returns how a table in one of the formats is stored."""
    reader, writer, serialiser = _FORMATS[format_]
    return {
        "Columns": list(columns),
        "Location": location,
        "InputFormat": reader,
        "OutputFormat": writer,
        "SerdeInfo": {"SerializationLibrary": serialiser, "Parameters": parameters or {"serialization.format": "1"}},
    }


def keys_below(location: str) -> list[str]:
    """Returns the keys of the objects below a location, without those of folders."""
    place = urlparse(location)
    bucket = s3._buckets.get(place.netloc)
    if bucket is None:
        return []
    prefix = place.path.strip("/")
    prefix = f"{prefix}/" if prefix else ""
    return sorted(key for key in list(bucket["objects"]) if key.startswith(prefix) and not key.endswith("/"))


def add_partitions(database: str, name: str, wanted: Sequence[tuple[Sequence[str], str]]) -> None:
    """Registers partitions, values and location each; those that are known stay as they are."""
    found = table(database, name)
    known = {tuple(partition["Values"]) for partition in glue._partitions.get(f"{database}/{name}", [])}
    inputs = [
        {"Values": list(values), "StorageDescriptor": {**found["StorageDescriptor"], "Location": location}}
        for values, location in wanted
        if tuple(values) not in known
    ]
    if inputs:
        answer(
            glue._batch_create_partition({"DatabaseName": database, "TableName": name, "PartitionInputList": inputs})
        )


def register_folders(database: str, name: str) -> int:
    """Registers the partitions whose folders below the table are called `key=value`, and returns how many there are."""
    found = table(database, name)
    names = [key["Name"] for key in found.get("PartitionKeys") or ()]
    location = found["StorageDescriptor"]["Location"].rstrip("/")
    depth = len(Path(urlparse(location).path.strip("/")).parts)
    wanted: dict[tuple[str, ...], str] = {}
    for key in keys_below(location):
        folders = [part.partition("=") for part in key.split("/")[depth : depth + len(names)]]
        if [folder[0] for folder in folders] == names and len(key.split("/")) > depth + len(names):
            values = tuple(unquote(folder[2]) for folder in folders)
            wanted[values] = "/".join([location, *("".join(folder) for folder in folders)]) + "/"
    if names:
        add_partitions(database, name, list(wanted.items()))
    return len(wanted)


def folder_of(names: Sequence[str], values: Sequence[str]) -> str:
    """Returns the folders of a partition, `day=2026-01-01/hour=7`."""
    return "/".join(f"{name}={quote(value, safe=' -_.~')}" for name, value in zip(names, values, strict=True))
