"""What the functions tell the lake: records of engagement, in the one form that the table has."""

import hashlib
import json
import os
from collections.abc import Iterable
from typing import Any

import boto3
import store

firehose = boto3.client("firehose", config=store.PATIENCE)
_MOST = 500  # records in one call


class NotStored(Exception):
    """A stream did not take a record."""


def engagement(message: dict[str, Any], type: str, reason: str | None = None) -> dict[str, Any]:
    """Returns the record of something that happened to a message here: intended, suppressed, failed, control."""
    return {
        "event_id": event_id(message["id"], type, ""),
        "type": type,
        "at": store.now(),
        "message": message["id"],
        "campaign": message["campaign"],
        "customer": message["customer"],
        "channel": message["channel"],
        "kind": message["kind"],
        "reason": reason,
        "link": None,
        "sent_at": None,
    }


def event_id(message: str, type: str, distinct: str) -> str:
    """Returns the same id for the same event, however often it comes.

    >>> event_id("m", "open", "2026-01-01") == event_id("m", "open", "2026-01-01")
    True
    """
    return hashlib.sha256(f"{message}|{type}|{distinct}".encode()).hexdigest()[:32]


def tell(stream: str, records: Iterable[dict[str, Any]]) -> None:
    """Puts records into a delivery stream, again where it takes a part of them only.

    Raises:
        NotStored: after three tries.
    """
    left = [{"Data": f"{json.dumps(one)}\n".encode()} for one in records]
    for _ in range(3):
        refused = []
        for start in range(0, len(left), _MOST):
            batch = left[start : start + _MOST]
            answer = firehose.put_record_batch(DeliveryStreamName=stream, Records=batch)
            pairs = zip(batch, answer["RequestResponses"], strict=True)
            refused += [record for record, said in pairs if said.get("ErrorCode")]
        if not refused:
            return
        left = refused
    raise NotStored(f"{stream} did not take {len(left)} records")


def tell_engagement(*records: dict[str, Any]) -> None:
    """Puts records of engagement on their way to the lake."""
    if records:
        tell(os.environ["EVENTS_STREAM"], records)


def log(level: str, message: str, **fields: object) -> None:
    """Prints a line for the log; never an address."""
    print(json.dumps({"level": level, "message": message, **fields}))
