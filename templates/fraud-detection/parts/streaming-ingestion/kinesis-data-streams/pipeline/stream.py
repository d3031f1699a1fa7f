"""Puts transactions into the stream, as a system does that does not wait for their scores."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import boto3
from botocore.config import Config

from deploy.errors import DeployError
from pipeline.reconciliation import Sent
from pipeline.steps import request

MOST = 500  # records of one call
AGAIN = 50  # of so many transactions one is put a second time, as a writer does that got no answer
PATIENCE = 60.0  # seconds without one record taken, after which the writer gives up


def send(
    name: str, rows: Sequence[Mapping[str, str]], malformed: Sequence[Mapping[str, object] | str] = ()
) -> Sent:
    """Puts rows, some of them again, and malformed ones; returns what has to be found again."""
    sent, records = Sent(), []
    for row in [*rows, *rows[: len(rows) // AGAIN]]:
        records.append(record(row["card"], request(row)))
    sent.unanswered = {row["id"] for row in rows}
    sent.again = len(records) - len(rows)
    for number, wrong in enumerate(malformed):
        id = f"streamed-malformed-{number}"
        if isinstance(wrong, str):
            records.append({"PartitionKey": id, "Data": wrong.encode()})
            sent.nameless += 1
        else:
            records.append(record(id, request(rows[0]) | {"id": id} | dict(wrong)))
            sent.rejected.add(id)
    put(name, records)
    return sent


def record(key: str, content: Mapping[str, object]) -> dict[str, Any]:
    """Returns a record; those of one key, which is the card, stay in their order."""
    return {"PartitionKey": key, "Data": json.dumps(content).encode()}


def put(name: str, records: Sequence[dict[str, Any]]) -> int:
    """Puts all records; what the stream refuses is put again, and nothing else is. Returns how often one was refused.

    Raises:
        DeployError: the stream has taken nothing for a while.
    """
    client = boto3.client("kinesis", config=Config(retries={"total_max_attempts": 3, "mode": "standard"}))
    left, refused, pause, progress = list(records), 0, 0.05, time.monotonic()
    while left:
        batch, rest = left[:MOST], left[MOST:]
        said = client.put_records(StreamName=name, Records=batch)["Records"]
        failed = [one for one, answer in zip(batch, said, strict=True) if "ErrorCode" in answer]
        refused += len(failed)
        left = [*failed, *rest]
        if len(failed) < len(batch):
            pause, progress = 0.05, time.monotonic()
        elif time.monotonic() - progress > PATIENCE:
            raise DeployError(f"The stream {name} has taken nothing for {PATIENCE:.0f} s.")
        if failed:
            time.sleep(pause)
            pause = min(2 * pause, 2.0)
    return refused
