"""A shard of Kinesis takes 1,000 records and 1 MiB a second, and refuses what is more.

The pinned emulator takes everything, so that nothing shows what becomes of a record that a stream refuses. Here
PutRecord fails, and PutRecords names the records that were not taken, with ProvisionedThroughputExceededException.
https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
"""

import base64
import json
import time
from collections.abc import Sequence
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import kinesis

from local.emulator.surroundings import Surroundings

RECORDS, BYTES = 1000, 1024 * 1024
_CODE = "ProvisionedThroughputExceededException"

Answer = tuple[int, Any, Any]


class Meter:
    """What each shard has taken in this second."""

    def __init__(self) -> None:
        """Starts with nothing."""
        self.second = 0
        self.taken: dict[tuple[str, str], tuple[int, int]] = {}

    def takes(self, stream: dict[str, Any], record: dict[str, Any]) -> bool:
        """Whether the record's shard has room for it; then it is counted."""
        now = int(time.monotonic())
        if now != self.second:
            self.second, self.taken = now, {}
        key = record.get("PartitionKey", "")
        given = record.get("ExplicitHashKey")
        shard = kinesis._route_to_shard(int(given) if given else kinesis._partition_key_to_hash(key), stream)
        count, size = self.taken.get((stream["StreamARN"], shard), (0, 0))
        more = len(base64.b64decode(record.get("Data", "") or "", validate=False)) + len(key.encode())
        if count + 1 > RECORDS or size + more > BYTES:
            return False
        self.taken[stream["StreamARN"], shard] = (count + 1, size + more)
        return True


def fill(_aws: Surroundings) -> None:
    """Puts the meter before the two calls that write."""
    meter, put, put_many = Meter(), kinesis._put_record, kinesis._put_records

    def put_record(data: dict[str, Any]) -> Answer:
        name, stream = kinesis._resolve_stream(data)
        if stream and data.get("PartitionKey") and not meter.takes(stream, data):
            return _refusal(name)
        answer: Answer = put(data)
        return answer

    def put_records(data: dict[str, Any]) -> Answer:
        name, stream = kinesis._resolve_stream(data)
        records: Sequence[dict[str, Any]] = data.get("Records", [])
        if not stream or not 0 < len(records) <= 500:
            answer: Answer = put_many(data)
            return answer
        taken = [meter.takes(stream, record) for record in records]
        kept = [record for record, yes in zip(records, taken, strict=True) if yes]
        status, headers, body = put_many({**data, "Records": kept})
        if status != 200:
            return status, headers, body
        said = json.loads(body)
        results = iter(said["Records"])
        failure = {"ErrorCode": _CODE, "ErrorMessage": f"Rate exceeded for a shard in stream {name}."}
        said["Records"] = [next(results) if yes else failure for yes in taken]
        said["FailedRecordCount"] = said.get("FailedRecordCount", 0) + taken.count(False)
        return status, headers, json.dumps(said).encode()

    kinesis._put_record, kinesis._put_records = put_record, put_records


def _refusal(name: str) -> Answer:
    refused: Answer = error_response_json(_CODE, f"Rate exceeded for a shard in stream {name}.", 400)
    return refused
