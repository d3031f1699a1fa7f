"""Glue crawlers read the lake and make tables and partitions of it.

The pinned emulator lets a crawler wait for some seconds, reports SUCCEEDED and leaves the catalogue as it was.

What does not hold: a crawler here makes one table of a folder that has files or `key=value` folders in it and goes
into other folders, while AWS also compares schemas to tell folders that are partitions from folders that are tables.
"""

import contextvars
import logging
import re
import threading
import time
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from ministack.services import glue

from local.emulator import catalogue, schema
from local.emulator.surroundings import Surroundings

_log = logging.getLogger("glue.crawler")


def fill(aws: Surroundings) -> None:
    """Lets crawlers crawl."""

    def start(data: dict[str, Any]) -> Any:
        crawler = glue._crawlers.get(data.get("Name"))
        if crawler is None:
            message = f"Crawler with name {data.get('Name')} does not exist"
            return glue.error_response_json("EntityNotFoundException", message, 400)
        if crawler["State"] != "READY":
            message = f"Crawler with name {crawler['Name']} has already started"
            return glue.error_response_json("CrawlerRunningException", message, 400)
        crawler["State"] = "RUNNING"
        # A thread knows the account and Region of the request only when it is given them.
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(_crawl, aws, crawler), daemon=True).start()
        return glue.json_response({})

    load = glue.load_persisted_state

    def loaded(data: Any) -> Any:
        result = load(data)
        for crawler in glue._crawlers.all_values():
            # One that was at work when the emulator ended is not at work any more.
            crawler["State"] = "READY"
        return result

    glue._start_crawler, glue.load_persisted_state = start, loaded


def _crawl(aws: Surroundings, crawler: dict[str, Any]) -> None:
    """Crawls all targets and writes down how it went."""
    began, status, message = time.time(), "SUCCEEDED", ""
    try:
        if crawler["DatabaseName"] not in glue._databases:
            raise ValueError(f"Database {crawler['DatabaseName']} does not exist")
        for target in (crawler.get("Targets") or {}).get("S3Targets") or ():
            _crawl_target(aws, crawler, target)
    except Exception as error:
        _log.exception("crawler %s", crawler["Name"])
        status, message = "FAILED", str(error)
    crawler["LastCrawl"] = {"Status": status, "ErrorMessage": message, "StartTime": int(began)}
    crawler["CrawlElapsedTime"] = int((time.time() - began) * 1000)
    crawler["State"] = "READY"


def _crawl_target(aws: Surroundings, crawler: dict[str, Any], target: dict[str, Any]) -> None:
    place = urlparse(target["Path"])
    prefix = place.path.strip("/")
    start = len(prefix) + 1 if prefix else 0
    keys = [
        key
        for key in catalogue.keys_below(target["Path"])
        if not any(part.startswith(("_", ".")) for part in key[start:].split("/"))
        and not any(fnmatch(key[start:], pattern) for pattern in target.get("Exclusions") or ())
    ]
    for folder, held in _tables(prefix, keys):
        name = (crawler.get("TablePrefix") or "") + re.sub(
            r"\W", "_", folder.rpartition("/")[2] or place.netloc
        ).lower()
        location = f"s3://{place.netloc}/{folder}/" if folder else f"s3://{place.netloc}/"
        files = [aws.lake / place.netloc / key for key in held]
        try:
            _put_table(crawler, name, location, _partition_keys(folder, held[0]), files)
        except ValueError as error:
            raise ValueError(f"{location}: {error}") from error


def _tables(folder: str, keys: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yields each folder that is a table, with its keys."""
    if not keys:
        return
    start = len(folder) + 1 if folder else 0
    first = {key[start:].partition("/")[0] for key in keys if "/" in key[start:]}
    if len(first) == 0 or any("/" not in key[start:] for key in keys) or all("=" in name for name in first):
        yield folder, keys
        return
    for name in sorted(first):
        below = f"{folder}/{name}" if folder else name
        yield from _tables(below, [key for key in keys if key.startswith(f"{below}/")])


def _partition_keys(folder: str, key: str) -> list[str]:
    parts = key[len(folder) :].strip("/").split("/")[:-1]
    return [part.partition("=")[0].lower() for part in parts if "=" in part]


def _put_table(crawler: Mapping[str, Any], name: str, location: str, keys: list[str], files: list[Path]) -> None:
    """Creates or updates a table, and registers its partitions."""
    database = crawler["DatabaseName"]
    known = f"{database}/{name}" in glue._tables
    updates = (crawler.get("SchemaChangePolicy") or {}).get("UpdateBehavior", "UPDATE_IN_DATABASE")
    if not known or updates == "UPDATE_IN_DATABASE":
        found = schema.infer(files)
        columns = [column for column in found.columns if column["Name"] not in keys]
        storage = catalogue.storage(found.format, columns, location, found.serde or None)
        if found.serialiser:
            storage["SerdeInfo"]["SerializationLibrary"] = found.serialiser
        table = {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {
                "classification": found.format,
                "objectCount": str(len(files)),
                "sizeKey": str(sum(file.stat().st_size for file in files)),
                "UPDATED_BY_CRAWLER": crawler["Name"],
                **found.properties,
            },
            "PartitionKeys": [{"Name": key, "Type": "string"} for key in keys],
            "StorageDescriptor": storage,
        }
        change = glue._update_table if known else glue._create_table
        catalogue.answer(change({"DatabaseName": database, "TableInput": table}))
    if keys:
        catalogue.register_folders(database, name)
