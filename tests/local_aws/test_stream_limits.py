"""A shard takes a thousand records a second; what is more is refused, and whoever writes is told which."""

import time
import uuid
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local import LocalAws
from tests.local_aws.conftest import Start

pytestmark = pytest.mark.local_aws


class Stream:
    """A stream, and a client that does not try again by itself."""

    def __init__(self, aws: LocalAws, shards: int = 1) -> None:
        self.name = f"s{uuid.uuid4().hex[:8]}"
        names = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        once = Config(retries={"total_max_attempts": 1})
        self.client = boto3.client("kinesis", endpoint_url=aws.url, config=once, **names)
        self.client.create_stream(StreamName=self.name, ShardCount=shards)

    def put(self, count: int, key: str = "k", size: int = 10) -> list[dict[str, Any]]:
        records = [{"Data": b"x" * size, "PartitionKey": key} for _ in range(count)]
        found: list[dict[str, Any]] = self.client.put_records(StreamName=self.name, Records=records)["Records"]
        return found

    def stored(self) -> int:
        total = 0
        for shard in self.client.list_shards(StreamName=self.name)["Shards"]:
            iterator = self.client.get_shard_iterator(
                StreamName=self.name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            total += len(self.client.get_records(ShardIterator=iterator, Limit=10_000)["Records"])
        return total


def begin_of_a_second() -> None:
    time.sleep(1.02 - time.monotonic() % 1)


def test_a_shard_refuses_the_records_of_a_second_that_are_too_many_and_takes_those_of_the_next(aws: LocalAws) -> None:
    stream = Stream(aws)
    begin_of_a_second()
    said = [one for _ in range(3) for one in stream.put(500)]
    refused = [one for one in said if one.get("ErrorCode") == "ProvisionedThroughputExceededException"]
    assert len(refused) == 500
    with pytest.raises(ClientError, match="ProvisionedThroughputExceeded"):
        stream.client.put_record(StreamName=stream.name, Data=b"x", PartitionKey="k")
    begin_of_a_second()
    assert not any("ErrorCode" in one for one in stream.put(10))
    assert stream.stored() == 1010


def test_a_shard_refuses_more_than_a_mebibyte_a_second(aws: LocalAws) -> None:
    stream = Stream(aws)
    begin_of_a_second()
    said = stream.put(4, size=300_000)
    assert ["ErrorCode" in one for one in said] == [False, False, False, True]


def test_another_shard_takes_what_one_refuses(aws: LocalAws) -> None:
    stream = Stream(aws, shards=4)
    begin_of_a_second()
    for _ in range(3):
        stream.put(500)
    keys = [f"key{number}" for number in range(40)]
    assert any("ErrorCode" not in stream.put(1, key)[0] for key in keys)


def test_without_it_a_stream_takes_everything(start: Start) -> None:
    stream = Stream(start(without=["stream_limits"]))
    begin_of_a_second()
    assert not any("ErrorCode" in one for _ in range(3) for one in stream.put(500))
