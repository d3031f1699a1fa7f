"""What a batch of the stream holds, and how a function says which of it failed."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Record(NamedTuple):
    """One record: its place in the stream, its key, its content, and when the stream took it (seconds since 1970)."""

    place: str
    key: str
    data: bytes
    arrived: float


def records(event: Mapping[str, Any]) -> Iterator[Record]:
    """Yields the records of a batch of Kinesis Data Streams in their order.

    >>> part = {"sequenceNumber": "7", "partitionKey": "d1", "data": "e30=", "approximateArrivalTimestamp": 5}
    >>> list(records({"Records": [{"kinesis": part}]}))
    [Record(place='7', key='d1', data=b'{}', arrived=5.0)]
    """
    for one in event["Records"]:
        found = one["kinesis"]
        yield Record(
            found["sequenceNumber"],
            found["partitionKey"],
            base64.b64decode(found["data"]),
            float(found["approximateArrivalTimestamp"]),
        )


def failed_from(record: Record | None) -> dict[str, Any]:
    """Returns the answer that lets the batch be given again from this record on; from none, it is done.

    >>> failed_from(None)
    {'batchItemFailures': []}
    """
    return {"batchItemFailures": [{"itemIdentifier": record.place}] if record else []}
