"""Glue job: forgets one customer, in two halves around a refresh.

    --lake BUCKET --customer ID --half raw|rest

`raw` takes their lines out of every file of the raw zone and out of the labels, and notes the hashes of their records,
so that the next full load does not bring them back. A refresh then makes everything anew without them. `rest` deletes
the older versions that still hold them, and every result of a query; it fails when it finds them anywhere after that.

The lines of a customer are those of their records, and those that name an e-mail address or a phone number which no
other customer has. What the law makes you keep stays with the source; the lake is no archive for it.
"""

import csv
import gzip
import hashlib
import io
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import boto3
from awsglue.utils import getResolvedOptions
from tables import EVENTS, PERSONS, Table

ERASED, TASK = "state/erased.json", "state/erasures/{0}.json"
DERIVED = ("curated/", "quarantine/", "identity/", "insight/", "audiences/", "masked/", "graph/", "state/",
           "labels/", "query-results/")  # fmt: skip


def main() -> None:
    """Does one half, and says what it has done; never whose."""
    given = getResolvedOptions(sys.argv, ["lake", "customer", "half"])
    lake, task = Lake(given["lake"]), TASK.format(given["customer"])
    if given["half"] == "raw":
        # One whose erasure has failed on the way is known by it alone: run again, it goes on.
        begun = lake.read(task)
        person = json.loads(begun) if begun else known(lake, given["customer"])
        lake.write(task, json.dumps(person))
        erased = set(json.loads(lake.read(ERASED) or "[]")) | {hashed(record) for record in person["records"]}
        lake.write(ERASED, json.dumps(sorted(erased)))
        print(json.dumps({"lines": take_out(lake, person)}))
        return
    person = json.loads(lake.read(task) or "{}")
    if not person:
        raise SystemExit("There is nothing to finish: the first half has not run for this customer.")
    lake.delete(task)
    count = forget_versions(lake, person)
    left = list(leftovers(lake, person))
    if left:
        raise SystemExit(f"The customer is still in {len(left)} objects: {', '.join(left[:5])}")
    print(json.dumps({"versions": count, "left": 0}))


def hashed(record: str) -> str:
    """Returns what is remembered of a record that was erased."""
    return hashlib.sha256(record.encode()).hexdigest()


def known(lake: "Lake", customer: str) -> dict[str, list[str]]:
    """Returns the records of a customer, and the texts that name nobody else.

    Raises:
        SystemExit: there is no such customer.
    """
    rows = [json.loads(line) for line in (lake.read("identity/clusters/clusters.json") or "").splitlines()]
    records = sorted(row["record_id"] for row in rows if row["customer_id"] == customer)
    if not records:
        raise SystemExit(f"There is no customer {customer}.")
    own: set[str] = set()
    others: set[str] = set()
    for row in lake.persons():
        texts = {row[name] for name in ("email", "phone") if row[name]}
        (own if row["record_id"] in records else others).update(texts)
    return {"records": records, "texts": sorted(own - others)}


def take_out(lake: "Lake", person: dict[str, list[str]]) -> int:
    """Rewrites every raw file, and the labels, without the lines of a person; returns how many lines went."""
    gone = 0
    for key in [*lake.keys("raw/"), *lake.keys("labels/")]:
        body = lake.content(key)
        kept, lost = without(key, text(body), person)
        if lost:
            gone += lost
            content = kept.encode()
            lake.replace(key, gzip.compress(content, mtime=0) if body[:2] == b"\x1f\x8b" else content)
    return gone


def without(key: str, content: str, person: dict[str, list[str]]) -> tuple[str, int]:
    """Returns the lines of a file that are not of a person, and how many are."""
    table = "/".join(key.split("/")[1:3])
    readers = [one for one in (*PERSONS, *EVENTS) if one.path == table]
    records = set(person["records"])
    lines = content.splitlines(keepends=True)
    kept = [line for line in lines if not (records & {*of(line, readers), label(line)} or named(line, person))]
    return "".join(kept), len(lines) - len(kept)


def named(content: str, person: dict[str, list[str]]) -> bool:
    """Returns whether a text holds an address or number that is the person's alone, in whatever way it is written."""
    small, digits = content.lower(), re.sub(r"[^0-9a-z,;:\"]", "", content.lower())
    return any(said in small or (said.isdigit() and said[1:] in digits) for said in person["texts"])


def of(line: str, readers: list[Table]) -> Iterator[str]:
    """Yields the record ids that a line of a table may be of."""
    for table in readers:
        source = table.columns.get("source", table.columns.get("person_source", "")).strip("'")
        field = table.columns.get("person_id", table.columns.get("source_id", "")).strip("`")
        try:
            if table.separator:
                cells = next(csv.reader([line.rstrip("\n")], delimiter=table.separator))
                values = dict(zip(table.fields, cells, strict=False))
            else:
                values = json.loads(line)
        except (ValueError, StopIteration):
            continue
        if isinstance(values, dict) and values.get(field):
            yield f"{source}:{str(values[field]).strip()}"


def label(line: str) -> str | None:
    """Returns the record of a label."""
    try:
        read = json.loads(line)
    except ValueError:
        return None
    return str(read["record_id"]) if isinstance(read, dict) and "record_id" in read else None


def text(body: bytes) -> str:
    """Returns the text of a file, packed or not."""
    return (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode(errors="replace")


def forget_versions(lake: "Lake", person: dict[str, list[str]]) -> int:
    """Deletes what is no longer current: all of what is derived, and of the raw zone what holds the person."""
    count = 0
    for key in lake.keys("query-results/"):
        lake.delete(key)
    for version in lake.noncurrent():
        derived = version["Key"].startswith(DERIVED)
        if derived or (version["Key"].startswith("raw/") and holds(version["Key"], lake.content(**version), person)):
            lake.s3.delete_object(Bucket=lake.bucket, **version)
            count += 1
    return count


def holds(key: str, body: bytes, person: dict[str, list[str]]) -> bool:
    """Returns whether an object of the lake holds a person."""
    if key.endswith(".parquet"):
        import pyarrow.parquet

        rows = pyarrow.parquet.ParquetFile(io.BytesIO(body)).read().to_pylist()
        values = {str(value) for row in rows for value in row.values() if value is not None}
        return bool(values & {*person["records"], *person["texts"]})
    if key.startswith("raw/"):
        return without(key, text(body), person)[1] > 0
    content = text(body)
    return named(content, person) or any(mentions(content, record) for record in person["records"])


def mentions(content: str, record: str) -> bool:
    """Returns whether a text names a record, and not only one whose id begins or ends alike.

    >>> mentions('{"record_id": "shop:12"}', "shop:12"), mentions("shop:123,workshop:12", "shop:12")
    (True, False)
    """
    return re.search(rf"(?<![\w-]){re.escape(record)}(?![\w-])", content) is not None


def leftovers(lake: "Lake", person: dict[str, list[str]]) -> Iterator[str]:
    """Yields every object, in any version, that still holds a person."""
    for key in lake.keys(""):
        if holds(key, lake.content(key), person):
            yield key
    for version in lake.noncurrent():
        if holds(version["Key"], lake.content(**version), person):
            yield f"{version['Key']} ({version['VersionId']})"


class Lake:
    """The bucket with its versions, by boto3."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        self.s3: Any = boto3.client("s3")

    def keys(self, prefix: str) -> list[str]:
        """Returns the keys of current objects."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def noncurrent(self) -> Iterator[dict[str, str]]:
        """Yields older versions, each as the arguments that name it; delete markers hold nothing."""
        for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket):
            for item in page.get("Versions", []):
                if not item["IsLatest"]:
                    yield {"Key": item["Key"], "VersionId": item["VersionId"]}

    def content(self, Key: str, VersionId: str | None = None) -> bytes:  # noqa: N803  # S3's names
        """Returns the content of an object."""
        version = {"VersionId": VersionId} if VersionId else {}
        body: bytes = self.s3.get_object(Bucket=self.bucket, Key=Key, **version)["Body"].read()
        return body

    def read(self, key: str) -> str | None:
        """Returns an object as text, or None."""
        try:
            return self.content(key).decode()
        except self.s3.exceptions.NoSuchKey:
            return None

    def write(self, key: str, content: str) -> None:
        """Writes an object."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=content.encode())

    def replace(self, key: str, body: bytes) -> None:
        """Writes an object, or deletes it where nothing is left to write."""
        if body and text(body):
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        else:
            self.delete(key)

    def delete(self, key: str) -> None:
        """Deletes an object; its versions stay until they are forgotten."""
        self.s3.delete_object(Bucket=self.bucket, Key=key)

    def persons(self) -> Iterator[dict[str, Any]]:
        """Yields the curated persons."""
        import pyarrow.parquet

        for key in self.keys("curated/persons/"):
            if key.endswith(".parquet"):
                yield from pyarrow.parquet.ParquetFile(io.BytesIO(self.content(key))).read().to_pylist()


if __name__ == "__main__":
    main()
