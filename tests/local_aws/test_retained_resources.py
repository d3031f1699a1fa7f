"""What a nested stack is to leave behind outlives it."""

import json

import pytest
from botocore.exceptions import ClientError

from local import LocalAws

from .conftest import Start

pytestmark = pytest.mark.local_aws

CHILD = {
    "Resources": {
        "Kept": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": "kept"}},
        "Left": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "left"}},
    }
}


def scenario(aws: LocalAws) -> None:
    """A stack with a nested one is deleted: its queue goes, its bucket stays with what is in it."""
    s3, formation, sqs = aws.client("s3"), aws.client("cloudformation"), aws.client("sqs")
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key="child.json", Body=json.dumps(CHILD))
    address = "https://s3.us-east-1.amazonaws.com/templates/child.json"
    root = {"Resources": {"Child": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": address}}}}
    formation.create_stack(StackName="root", TemplateBody=json.dumps(root))
    formation.get_waiter("stack_create_complete").wait(StackName="root", WaiterConfig={"Delay": 1})
    s3.put_object(Bucket="kept", Key="data", Body=b"1")
    assert sqs.list_queues()["QueueUrls"]
    formation.delete_stack(StackName="root")
    formation.get_waiter("stack_delete_complete").wait(StackName="root", WaiterConfig={"Delay": 1})
    assert not sqs.list_queues().get("QueueUrls")
    assert s3.get_object(Bucket="kept", Key="data")["Body"].read() == b"1"


def test_a_retained_bucket_of_a_nested_stack_stays(start: Start) -> None:
    scenario(start())


def test_it_is_gone_without_the_gap_filled(start: Start) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        scenario(start(without=["retained_resources"]))
