"""Rules of IoT Core hand messages over to Kinesis, Firehose and S3, with the permissions of their role."""

import base64
import gzip
import json
import time
import uuid
from typing import Any

import pytest

from local import LocalAws
from tests.local_aws.conftest import Start
from tests.local_aws.services import objects, role, until

pytestmark = pytest.mark.local_aws


class Plant:
    """A stream, a bucket with a delivery stream into it, and a rule from a topic to an action."""

    def __init__(self, aws: LocalAws, *allowed: str) -> None:
        self.aws, self.name = aws, f"plant{uuid.uuid4().hex[:8]}"
        aws.client("kinesis").create_stream(StreamName=self.name, ShardCount=2)
        aws.client("s3").create_bucket(Bucket=self.name)
        everything = [{"Effect": "Allow", "Action": list(allowed), "Resource": "*"}] if allowed else []
        self.role = role(aws, f"{self.name}-rule", "iot.amazonaws.com", everything)
        write = [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]
        aws.client("firehose").create_delivery_stream(
            DeliveryStreamName=self.name,
            ExtendedS3DestinationConfiguration={
                "RoleARN": role(aws, f"{self.name}-firehose", "firehose.amazonaws.com", write),
                "BucketARN": f"arn:aws:s3:::{self.name}",
                "Prefix": "kept/",
                "CompressionFormat": "GZIP",
            },
        )

    def rule(self, action: dict[str, Any], sql: str = "SELECT *", error: dict[str, Any] | None = None) -> None:
        payload = {"sql": f"{sql} FROM '{self.name}/+'", "actions": [action], "awsIotSqlVersion": "2016-03-23"}
        self.aws.client("iot").create_topic_rule(
            ruleName=self.name, topicRulePayload=payload | ({"errorAction": error} if error else {})
        )

    def kinesis(self, stream: str = "") -> dict[str, Any]:
        given = {"roleArn": self.role, "streamName": stream or self.name, "partitionKey": "${topic(2)}"}
        return {"kinesis": given}

    def firehose(self) -> dict[str, Any]:
        return {"firehose": {"roleArn": self.role, "deliveryStreamName": self.name, "separator": "\n"}}

    def send(self, device: str, body: bytes) -> None:
        self.aws.client("iot-data").publish(topic=f"{self.name}/{device}", qos=1, payload=body)

    def records(self) -> list[dict[str, Any]]:
        kinesis = self.aws.client("kinesis")
        found = []
        for shard in kinesis.list_shards(StreamName=self.name)["Shards"]:
            iterator = kinesis.get_shard_iterator(
                StreamName=self.name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            found += kinesis.get_records(ShardIterator=iterator)["Records"]
        return found

    def lines(self) -> list[dict[str, Any]]:
        stored = objects(self.aws, self.name, "kept/").values()
        return [json.loads(line) for content in stored for line in gzip.decompress(content).splitlines()]


def test_a_message_of_any_kind_reaches_the_stream_under_the_key_of_its_device(aws: LocalAws) -> None:
    plant = Plant(aws, "kinesis:PutRecord")
    plant.rule(plant.kinesis(), "SELECT topic(2) AS device, encode(*, 'base64') AS body")
    bodies = [b'{"value": 1}', b"no json", b"\xff\xfe"]
    for body in bodies:
        plant.send("d1", body)
    found = until(plant.records, lambda found: len(found) == 3)
    assert {record["PartitionKey"] for record in found} == {"d1"}
    read = [json.loads(record["Data"]) for record in found]
    assert [base64.b64decode(one["body"]) for one in read] == bodies
    assert {one["device"] for one in read} == {"d1"}


def test_what_is_passed_on_as_it_is_keeps_its_bytes(aws: LocalAws) -> None:
    plant = Plant(aws, "kinesis:PutRecord")
    plant.rule(plant.kinesis())
    plant.send("d1", b'{"value": 1}')
    assert [json.loads(one["Data"]) for one in until(plant.records, bool)] == [{"value": 1}]


def test_a_message_reaches_firehose_as_a_line(aws: LocalAws) -> None:
    plant = Plant(aws, "firehose:PutRecord")
    plant.rule(plant.firehose())
    for value in range(3):
        plant.send("d1", json.dumps({"value": value}).encode())
    assert until(plant.lines, lambda found: len(found) == 3) == [{"value": 0}, {"value": 1}, {"value": 2}]


def test_a_message_reaches_a_bucket_under_a_key_made_of_it(aws: LocalAws) -> None:
    plant = Plant(aws, "s3:PutObject")
    plant.rule({"s3": {"roleArn": plant.role, "bucketName": plant.name, "key": "${topic(2)}/${value}.json"}})
    plant.send("d1", b'{"value": 7}')
    found = until(lambda: objects(aws, plant.name), bool)
    assert {key: json.loads(body) for key, body in found.items()} == {"d1/7.json": {"value": 7}}


def test_a_role_that_may_not_write_leads_to_the_error_action_with_the_message(aws: LocalAws) -> None:
    plant = Plant(aws, "firehose:PutRecord")
    plant.rule(plant.kinesis(), error=plant.firehose())
    plant.send("d1", b'{"value": 1}')
    (kept,) = until(plant.lines, bool)
    assert base64.b64decode(kept["base64OriginalPayload"]) == b'{"value": 1}'
    assert kept["topic"] == f"{plant.name}/d1"
    (failure,) = kept["failures"]
    assert failure["failedAction"] == "KinesisAction"
    assert failure["failedResource"] == plant.name
    assert "kinesis:PutRecord" in failure["errorMessage"]
    assert plant.records() == []


def test_a_stream_that_is_not_there_leads_to_the_error_action(aws: LocalAws) -> None:
    plant = Plant(aws, "kinesis:PutRecord", "firehose:PutRecord")
    plant.rule(plant.kinesis("nowhere"), error=plant.firehose())
    plant.send("d1", b"{}")
    (kept,) = until(plant.lines, bool)
    assert "nowhere" in kept["failures"][0]["errorMessage"]


def test_a_role_that_does_not_trust_iot_is_refused(aws: LocalAws) -> None:
    plant = Plant(aws, "firehose:PutRecord")
    other = role(aws, f"{plant.name}-other", "lambda.amazonaws.com", [])
    action = {"kinesis": {**plant.kinesis()["kinesis"], "roleArn": other}}
    plant.rule(action, error=plant.firehose())
    plant.send("d1", b"{}")
    (kept,) = until(plant.lines, bool)
    assert "Could not assume role" in kept["failures"][0]["errorMessage"]


def test_without_it_messages_are_dropped_in_silence(start: Start) -> None:
    plant = Plant(start(without=["iot_rules"]), "kinesis:PutRecord", "firehose:PutRecord")
    plant.rule(plant.kinesis("nowhere"), error=plant.firehose())
    plant.send("d1", b"{}")
    time.sleep(1.5)
    assert plant.lines() == []
