"""Hands records over to Firehose, all of them or not at all as far as the caller can tell."""

import json
import time
from collections.abc import Sequence
from typing import Any

_MOST, _TRIES = 400, 4


class NotStored(Exception):
    """A delivery stream did not take everything."""


def deliver(firehose: Any, stream: str, records: Sequence[dict[str, Any]]) -> None:
    """Returns when the stream has taken all the records; those that it refuses are given again, a little later.

    Raises:
        NotStored: some were refused to the end. Those that were taken are there, so the batch comes twice when it is
            tried again: whoever reads takes one row for each id.
    """
    entries = [{"Data": f"{json.dumps(record)}\n".encode()} for record in records]
    for first in range(0, len(entries), _MOST):
        left = entries[first : first + _MOST]
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(0.1 * 2**attempt)
            answer = firehose.put_record_batch(DeliveryStreamName=stream, Records=left)
            said = answer["RequestResponses"]
            left = [entry for entry, one in zip(left, said, strict=True) if one.get("ErrorCode")]
            if not left:
                break
        else:
            raise NotStored(f"{stream} did not take {len(left)} records")
