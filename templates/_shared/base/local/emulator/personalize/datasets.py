"""Schemas, dataset groups, data sets and import jobs."""

import csv
import io
import json
import time
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError
from ministack.core.concurrency import spawn_background

from local.emulator import roles
from local.emulator.clients import client
from local.emulator.personalize.errors import Refused, in_use, invalid
from local.emulator.personalize.shelf import ACTIVE, FAILED, PENDING, WORKING, Json, Shelf

SERVICE = "personalize.amazonaws.com"
LEAST_INCREMENT = 1000  # records of an incremental import of interactions
# The columns that Personalize asks of each data set; of items and users one more, of any name.
NEEDED = {"interactions": {"USER_ID", "ITEM_ID", "TIMESTAMP"}, "items": {"ITEM_ID"}, "users": {"USER_ID"}}
KEYS = {"items": "ITEM_ID", "users": "USER_ID"}


class Datasets:
    """What there is to learn from."""

    def __init__(self, shelf: Shelf) -> None:
        """Works on a shelf."""
        self.shelf = shelf

    def create_schema(self, request: Json) -> Json:
        """CreateSchema."""
        try:
            fields = json.loads(request["schema"])["fields"]
            names = {field["name"] for field in fields}
        except (ValueError, KeyError, TypeError) as error:
            raise invalid(f"The schema is no Avro record with named fields: {error}") from error
        if not any(needed <= names for needed in NEEDED.values()):
            raise invalid(f"The schema has none of the columns that a data set needs: {sorted(names)}")
        thing = self.shelf.add(f"schema/{request['name']}", "schemaArn", request, None)
        return {"schemaArn": thing["schemaArn"]}

    def create_group(self, request: Json) -> Json:
        """CreateDatasetGroup."""
        thing = self.shelf.add(f"dataset-group/{request['name']}", "datasetGroupArn", request)
        return {"datasetGroupArn": thing["datasetGroupArn"]}

    def create_dataset(self, request: Json) -> Json:
        """CreateDataset; the name of its ARN is that of its group and type."""
        group, kind = self.shelf.find(request["datasetGroupArn"]), request["datasetType"].lower()
        if kind not in NEEDED:
            raise invalid(f"The local AWS knows data sets of interactions, items and users, not of {kind}.")
        columns = self._columns(request["schemaArn"])
        if not NEEDED[kind] <= columns or (kind in KEYS and len(columns) < 2):
            raise invalid(f"The schema lacks columns of {kind}: it has {sorted(columns)}")
        ending = f"dataset/{group['name']}/{kind.upper()}"
        thing = self.shelf.add(ending, "datasetArn", {**request, "datasetType": kind})
        return {"datasetArn": thing["datasetArn"]}

    def delete_group(self, request: Json) -> None:
        """DeleteDatasetGroup; what is in it goes first, as on AWS."""
        name = request["datasetGroupArn"]
        for kind in ("dataset", "solution", "filter", "event-tracker"):
            if inside := next(self.shelf.of(kind, datasetGroupArn=name), None):
                raise in_use(f"The dataset group still has {inside['name']}.")
        self.shelf.remove(name)

    def create_import(self, request: Json) -> Json:
        """CreateDatasetImportJob."""
        dataset = self.shelf.find(request["datasetArn"])
        for job in self.shelf.of("dataset-import-job", datasetArn=dataset["datasetArn"]):
            if job["status"] in {PENDING, WORKING}:
                raise in_use(f"Another import into the data set is under way: {job['jobName']}")
        ending = f"dataset-import-job/{request['jobName']}"
        job = self.shelf.add(ending, "datasetImportJobArn", {"importMode": "FULL", **request}, PENDING)
        name = job["datasetImportJobArn"]
        spawn_background(self._import, name, thread_name=f"import {request['jobName']}")
        return {"datasetImportJobArn": name}

    def _import(self, name: str) -> None:
        job = self.shelf.find(name)
        self.shelf.note(name, WORKING)
        try:
            self._take(job, list(self._rows(job)))
        except (Refused, roles.RoleError, ClientError, ValueError) as error:
            self.shelf.note(name, FAILED, failureReason=str(error)[:1000])
        else:
            self.shelf.note(name, ACTIVE)

    def _rows(self, job: Json) -> Iterator[Json]:
        """Yields the rows of the objects that a job names, read with the permissions of its role."""
        bucket, _, key = job["dataSource"]["dataLocation"].removeprefix("s3://").partition("/")
        session = roles.credentials(job.get("roleArn", ""), SERVICE, f"Personalize-{job['jobName']}")
        s3 = client("s3", self.shelf.aws, session)
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
        found = [one["Key"] for page in pages for one in page.get("Contents", [])]
        files = [one for one in found if one == key or (key.endswith("/") and one.endswith(".csv"))]
        if not files:
            raise invalid(f"No CSV file was found at {job['dataSource']['dataLocation']}")
        fields = self._fields(self.shelf.find(job["datasetArn"])["schemaArn"])
        for file in files:
            text = s3.get_object(Bucket=bucket, Key=file)["Body"].read().decode("utf-8")
            reader = csv.DictReader(io.StringIO(text, newline=""))
            lacking = fields.keys() - set(reader.fieldnames or ())
            if lacking:
                raise invalid(f"The file lacks columns of the schema: {', '.join(sorted(lacking))}")
            for row in reader:
                yield {column: _checked(row[column], column, fields[column], reader.line_num) for column in fields}

    def _take(self, job: Json, rows: list[Json]) -> None:
        """Puts rows in place of those imported before, or after them, or, of items and users, over those of one key."""
        dataset = self.shelf.find(job["datasetArn"])
        kind, name = dataset["datasetType"], dataset["datasetArn"]
        if job["importMode"] == "INCREMENTAL":
            if kind == "interactions" and len(rows) < LEAST_INCREMENT:
                raise invalid(f"An incremental import needs {LEAST_INCREMENT} records, and there are {len(rows)}.")
            rows = [*self.shelf.bulk(name), *rows]
        if kind in KEYS:
            rows = list({row[KEYS[kind]]: row for row in rows}.values())
        path = self.shelf.place(name) / "bulk.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(self._fields(dataset["schemaArn"])))
            writer.writeheader()
            writer.writerows(rows)
        part.replace(path)

    def rows(self, group: str, kind: str) -> list[Json]:
        """Returns everything there is of a kind in a group: what was imported, then what was recorded."""
        dataset = next(self.shelf.of("dataset", datasetGroupArn=group, datasetType=kind), None)
        if dataset is None:
            return []
        found = [*self.shelf.bulk(dataset["datasetArn"]), *self.shelf.rows(dataset["datasetArn"], "recorded.jsonl")]
        return list({row[KEYS[kind]]: row for row in found}.values()) if kind in KEYS else found

    def recorded(self, group: str) -> dict[str, int]:
        """Returns how many rows have been recorded in each data set of a group."""
        names = [one["datasetArn"] for one in self.shelf.of("dataset", datasetGroupArn=group)]
        return {name: len(self.shelf.rows(name, "recorded.jsonl")) for name in names}

    def _columns(self, schema: str) -> set[str]:
        return set(self._fields(schema))

    def _fields(self, schema: str) -> dict[str, Any]:
        read = json.loads(self.shelf.find(schema)["schema"])
        return {field["name"]: field["type"] for field in read["fields"]}


def _checked(value: str | None, column: str, kind: Any, line: int) -> str:
    """Returns a value that is of the type of its column, in Avro's names; an empty one where null is allowed."""
    kinds = kind if isinstance(kind, list) else [kind]
    if value is None or value == "":
        if "null" in kinds:
            return ""
        raise invalid(f"Line {line}: {column} is empty")
    try:
        if "string" not in kinds:
            int(value) if {"int", "long"} & set(kinds) else float(value)
    except ValueError:
        raise invalid(f"Line {line}: {column} is {value!r}, not {kind}") from None
    return value


def now_row(event: Json, user: str) -> Json:
    """Returns a recorded event as a row of interactions."""
    sent = event.get("sentAt", time.time())
    row = {"USER_ID": user, "ITEM_ID": event["itemId"], "TIMESTAMP": str(int(float(sent)))}
    return row | {"EVENT_TYPE": event["eventType"]}
