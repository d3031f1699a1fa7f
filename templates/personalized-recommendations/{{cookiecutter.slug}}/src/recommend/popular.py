"""The list of popular items, as the last training run has left it in the lake."""

import csv
import io
import os
import time
from typing import NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

s3 = boto3.client("s3", config=Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 2}))

_FRESH = 60.0  # seconds


class Popular(NamedTuple):
    """An item of the list."""

    item: str
    score: float
    min_age: int
    available: bool


_read: tuple[float, list[Popular]] = (0.0, [])


def items() -> list[Popular]:
    """Returns the list, read again after a minute; the last one that could be read where S3 does not answer."""
    global _read  # noqa: PLW0603
    if time.monotonic() < _read[0]:
        return _read[1]
    try:
        body = s3.get_object(Bucket=os.environ["LAKE"], Key=os.environ["POPULAR_KEY"])["Body"].read().decode()
        found = [parse(row) for row in csv.DictReader(io.StringIO(body))]
    except (BotoCoreError, ClientError) as error:
        print(f"the list of popular items cannot be read: {error}")
        found = _read[1]
    _read = (time.monotonic() + _FRESH, found)
    return found


def parse(row: dict[str, str]) -> Popular:
    """Returns an item of the list; a limit that is missing is none.

    >>> parse({"item_id": "i1", "score": "2.5", "min_age": "", "available": "yes"})
    Popular(item='i1', score=2.5, min_age=0, available=True)
    """
    return Popular(row["item_id"], float(row["score"]), int(row["min_age"] or 0), row["available"] != "no")
