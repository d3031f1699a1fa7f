"""Records as a function sees them, and its answer as the mapping reads it."""

import base64
import json
from typing import Any

from ministack.core.responses import get_account_id, get_region


def record_event(shard: str, record: dict[str, Any], stream: str) -> dict[str, Any]:
    """Returns a record of a shard as it stands in the event of a function."""
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record["PartitionKey"],
            "sequenceNumber": record["SequenceNumber"],
            "data": encoded(record["Data"]),
            "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"],
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard}:{record['SequenceNumber']}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": f"arn:aws:iam::{get_account_id()}:role/lambda-role",
        "awsRegion": get_region(),
        "eventSourceARN": stream,
    }


def encoded(data: bytes | str) -> str:
    """Returns the data in base64; the emulator keeps text that is base64 already as it came."""
    if isinstance(data, str):
        try:
            base64.b64decode(data, validate=True)
        except ValueError:
            return base64.b64encode(data.encode()).decode()
        return data
    return base64.b64encode(data).decode()


def failed_from(result: dict[str, Any], events: list[dict[str, Any]], reports: bool) -> int | None:
    """Returns the number of the first record that failed, or None when none did.

    Args:
        result: what the emulator says of the call.
        events: the records of the batch, those that a filter left out as well.
        reports: whether the answer of the function names the records that failed.
    """
    if result.get("error"):
        return 0
    if not reports:
        return None
    body = result.get("body")
    try:
        answer = json.loads(body) if isinstance(body, str | bytes) else body
    except ValueError:
        return 0
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return None
    order = {event["kinesis"]["sequenceNumber"]: number for number, event in enumerate(events)}
    named = [failure.get("itemIdentifier") if isinstance(failure, dict) else None for failure in failures]
    # A name that is no record of the batch makes the whole batch a failure.
    return min(order.get(name, 0) for name in named)
