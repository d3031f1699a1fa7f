"""Queues that outlive a restart on another port, and batches that need no permission of their own."""

import json
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from local import LocalAws

from .conftest import Start
from .services import role

pytestmark = pytest.mark.local_aws


def restarted(start: Start, folder: Path, without: list[str]) -> bool:
    """Queues a message, comes back on another port, and returns whether the queue is found there by its address."""
    first = start(folder=folder, without=without)
    address = first.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    first.client("sqs").send_message(QueueUrl=address, MessageBody="one")
    port = first.url.rpartition(":")[2]
    first.stop()
    second = start(folder=folder, without=without)
    assert second.url.rpartition(":")[2] != port
    sqs = second.client("sqs")
    (found,) = sqs.list_queues()["QueueUrls"]
    named = sqs.get_queue_attributes(QueueUrl=found, AttributeNames=["ApproximateNumberOfMessages"])
    assert named["Attributes"]["ApproximateNumberOfMessages"] == "1"
    return bool(found.startswith(second.url))


def batch(aws: LocalAws) -> None:
    """Sends two messages at once as someone who may send messages."""
    queue = aws.client("sqs").create_queue(QueueName="batches")["QueueUrl"]
    allowed = [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]
    arn = role(aws, "sender", "lambda.amazonaws.com", allowed)
    iam = aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(
        RoleName="sender", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    lent = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="sender")["Credentials"]
    sqs = boto3.client(
        "sqs",
        region_name="us-east-1",
        endpoint_url=aws.url,
        aws_access_key_id=lent["AccessKeyId"],
        aws_secret_access_key=lent["SecretAccessKey"],
        aws_session_token=lent["SessionToken"],
    )
    entries = [{"Id": name, "MessageBody": name} for name in ("a", "b")]
    assert len(sqs.send_message_batch(QueueUrl=queue, Entries=entries)["Successful"]) == 2
    with pytest.raises(ClientError, match="AccessDenied"):
        sqs.delete_message_batch(QueueUrl=queue, Entries=[{"Id": "a", "ReceiptHandle": "x"}])


def test_a_queue_is_found_again_on_another_port(start: Start, tmp_path: Path) -> None:
    assert restarted(start, tmp_path / "aws", [])


def test_who_may_send_one_message_may_send_ten(start: Start) -> None:
    batch(start())


def test_neither_holds_without_the_gap_filled(start: Start, tmp_path: Path) -> None:
    with pytest.raises(ClientError):
        batch(start(without=["sqs_queues"]))
    assert not restarted(start, tmp_path / "aws", ["sqs_queues"])
