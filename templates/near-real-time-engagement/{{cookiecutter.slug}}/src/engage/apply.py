"""Gives the audience what the model says of it: a score and a segment for each customer, by which campaigns choose."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import boto3
import record
import store
from botocore.exceptions import ClientError

s3 = boto3.client("s3", config=store.PATIENCE)
_MOST = 100  # items in one look

Line = list[str]


def handler(event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Takes `{"bucket", "prefix"}` of the lines of a transform job, and says how many customers there were."""
    counts = {"applied": 0, "unknown": 0}
    batch: list[Line] = []
    for line in _lines(event["bucket"], event["prefix"]):
        batch.append(line)
        if len(batch) == _MOST:
            _apply(batch, counts)
            batch = []
    if batch:
        _apply(batch, counts)
    record.log("INFO", "scores applied", **counts)
    return counts


def _lines(bucket: str, prefix: str) -> Iterator[Line]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for entry in (entry for page in pages for entry in page.get("Contents", [])):
        body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read().decode()
        yield from (line for line in csv.reader(io.StringIO(body)) if line)


def _apply(batch: list[Line], counts: dict[str, int]) -> None:
    """Notes scores and segments of those whom the audience knows."""
    known = _known([line[0] for line in batch])
    for customer, score, segment in batch:
        done = customer in known and _note(customer, score, segment)
        counts["applied" if done else "unknown"] += 1


def _known(customers: list[str]) -> set[str]:
    wanted: dict[str, Any] = {
        store.audience.name: {
            "Keys": [{"customer": customer, "entry": "profile"} for customer in customers],
            "ProjectionExpression": "customer",
        }
    }
    found: set[str] = set()
    while wanted:
        answer = store.resource.batch_get_item(RequestItems=wanted)
        found |= {str(item["customer"]) for item in answer["Responses"].get(store.audience.name, [])}
        wanted = answer.get("UnprocessedKeys") or {}
    return found


def _note(customer: str, score: str, segment: str) -> bool:
    """Whether the customer is still there."""
    try:
        store.audience.update_item(
            Key={"customer": customer, "entry": "profile"},
            UpdateExpression="SET churn_score = :score, #segment = :segment, scored_at = :now",
            ConditionExpression="attribute_exists(customer)",
            ExpressionAttributeNames={"#segment": "segment"},
            ExpressionAttributeValues={":score": Decimal(score), ":segment": segment, ":now": store.now()},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True
