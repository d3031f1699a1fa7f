"""A bad record in a Kinesis stream is put aside with its reason, and every other record is worked on."""

import base64
import io
import json
import time
import zipfile
from typing import Any

import pytest

from local import LocalAws
from tests.local_aws.conftest import Start
from tests.local_aws.services import objects, role, until

pytestmark = pytest.mark.local_aws

# Stores the ids of the records that it has worked on; fails at "bad", once at "flaky".
HANDLER = """
import base64, json, os, uuid
import boto3
s3 = boto3.client("s3")
BUCKET, REPORTS = os.environ["BUCKET"], os.environ["REPORTS"]
def handler(event, context):
    done = []
    def store():
        if done:
            s3.put_object(Bucket=BUCKET, Key=f"done/{uuid.uuid4()}", Body=json.dumps(done))
    for record in event["Records"]:
        document = json.loads(base64.b64decode(record["kinesis"]["data"]))
        if document["id"] == "bad":
            if REPORTS:
                store()
                return {"batchItemFailures": [{"itemIdentifier": record["kinesis"]["sequenceNumber"]}]}
            raise ValueError("bad record")
        done.append(document["id"])
    store()
    return {"batchItemFailures": []}
"""


def consumer(aws: LocalAws, name: str, *, reports: bool = False, permissions: bool = True, **mapping: Any) -> None:
    """Makes a stream, a bucket and a function of one name, and lets the function read the stream."""
    kinesis, functions, s3 = aws.client("kinesis"), aws.client("lambda"), aws.client("s3")
    s3.create_bucket(Bucket=name)
    kinesis.create_stream(StreamName=name, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("app.py", HANDLER)
    stream = f"arn:aws:kinesis:us-east-1:000000000000:stream/{name}"
    allowed: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}*/*"},
        {"Effect": "Allow", "Action": ["sqs:SendMessage", "sns:Publish"], "Resource": "*"},
    ]
    if permissions:
        allowed.append({"Effect": "Allow", "Action": "kinesis:Get*", "Resource": stream})
    functions.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="app.handler",
        Role=role(aws, f"{name}-consumer", "lambda.amazonaws.com", allowed),
        Code={"ZipFile": content.getvalue()},
        Timeout=30,
        Environment={"Variables": {"BUCKET": name, "REPORTS": "1" if reports else ""}},
    )
    functions.create_event_source_mapping(
        EventSourceArn=stream,
        FunctionName=name,
        **{"StartingPosition": "LATEST", "BatchSize": 100, **mapping},
        **({"FunctionResponseTypes": ["ReportBatchItemFailures"]} if reports else {}),
    )


def send(aws: LocalAws, name: str, ids: list[Any]) -> None:
    aws.client("kinesis").put_records(
        StreamName=name, Records=[{"Data": json.dumps({"id": one}), "PartitionKey": "one"} for one in ids]
    )


def done(aws: LocalAws, name: str) -> set[int]:
    return {one for content in objects(aws, name, "done/").values() for one in json.loads(content)}


def queue(aws: LocalAws, name: str) -> tuple[str, str]:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def words(aws: LocalAws, url: str) -> list[dict[str, Any]]:
    got = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
    return [json.loads(message["Body"]) for message in got.get("Messages", [])]


IDS = [*range(8), "bad", *range(8, 20)]


def scenario(aws: LocalAws, patience: float = 60) -> None:
    """One of 21 records is bad; the function is halved towards it."""
    url, arn = queue(aws, "halved-failed")
    consumer(
        aws,
        "halved",
        MaximumRetryAttempts=2,
        BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    send(aws, "halved", IDS)
    until(lambda: done(aws, "halved"), lambda found: found == set(range(20)), patience)
    said = until(lambda: words(aws, url), bool)
    assert len(said) == 1
    assert said[0]["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert said[0]["requestContext"]["approximateInvokeCount"] == 3
    information = said[0]["KinesisBatchInfo"]
    assert information["batchSize"] == 1
    kinesis = aws.client("kinesis")
    iterator = kinesis.get_shard_iterator(
        StreamName="halved",
        ShardId=information["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        StartingSequenceNumber=information["startSequenceNumber"],
    )["ShardIterator"]
    record = kinesis.get_records(ShardIterator=iterator, Limit=1)["Records"][0]
    assert json.loads(record["Data"]) == {"id": "bad"}


def test_a_bad_record_is_found_by_halving(aws: LocalAws) -> None:
    scenario(aws)


def test_the_emulator_alone_is_stuck_at_a_bad_record(start: Start) -> None:
    with pytest.raises(AssertionError):
        scenario(start(without=["stream_consumers"]), patience=8)


def test_only_the_rest_is_tried_again_when_the_function_names_what_failed(aws: LocalAws) -> None:
    consumer(
        aws,
        "reported",
        reports=True,
        MaximumRetryAttempts=1,
        BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::reported-failed"}},
    )
    aws.client("s3").create_bucket(Bucket="reported-failed")
    send(aws, "reported", IDS)
    until(lambda: done(aws, "reported"), lambda found: found == set(range(20)))
    # Nothing was worked on twice.
    assert sum(len(json.loads(content)) for content in objects(aws, "reported", "done/").values()) == 20
    kept = until(lambda: objects(aws, "reported-failed", "aws/lambda/"), bool)
    said = json.loads(next(iter(kept.values())))
    failed = json.loads(said["payload"])["Records"]
    assert [json.loads(base64.b64decode(record["kinesis"]["data"]))["id"] for record in failed] == ["bad"]


def test_a_batch_is_given_up_as_a_whole_without_halving(aws: LocalAws) -> None:
    url, arn = queue(aws, "whole-failed")
    consumer(aws, "whole", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}})
    send(aws, "whole", [1, "bad", 2])
    said = until(lambda: words(aws, url), bool)
    assert said[0]["KinesisBatchInfo"]["batchSize"] == 3
    send(aws, "whole", [3, 4])
    until(lambda: done(aws, "whole"), lambda found: found == {3, 4})


def test_an_old_record_is_given_up(aws: LocalAws) -> None:
    topic = aws.client("sns").create_topic(Name="aged-failed")["TopicArn"]
    url, arn = queue(aws, "aged-failed")
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    # AWS asks for at least a minute; the test does not.
    consumer(aws, "aged", DestinationConfig={"OnFailure": {"Destination": topic}}, MaximumRecordAgeInSeconds=60)
    mapping = aws.client("lambda").list_event_source_mappings(FunctionName="aged")["EventSourceMappings"][0]
    aws.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], MaximumRecordAgeInSeconds=2)
    started = time.monotonic()
    send(aws, "aged", ["bad"])
    said = until(lambda: words(aws, url), bool)
    assert json.loads(said[0]["Message"])["requestContext"]["condition"] == "RecordAgeExceeded"
    assert time.monotonic() - started >= 2
    send(aws, "aged", [1])
    until(lambda: done(aws, "aged"), lambda found: found == {1})


def test_a_function_without_the_permission_reads_nothing(aws: LocalAws) -> None:
    consumer(aws, "blind", permissions=False)
    send(aws, "blind", [1])
    functions = aws.client("lambda")
    said = until(
        lambda: functions.list_event_source_mappings(FunctionName="blind")["EventSourceMappings"][0],
        lambda found: found["LastProcessingResult"] != "No records processed",
    )
    assert "not authorized to perform: kinesis:GetRecords" in said["LastProcessingResult"]
    assert done(aws, "blind") == set()
    resource = "arn:aws:kinesis:us-east-1:000000000000:stream/blind"
    statement = {"Effect": "Allow", "Action": "kinesis:GetRecords", "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("iam").put_role_policy(RoleName="blind-consumer", PolicyName="read", PolicyDocument=document)
    until(lambda: done(aws, "blind"), lambda found: found == {1})


def test_records_are_worked_on_in_batches(aws: LocalAws) -> None:
    consumer(aws, "plenty")
    send(aws, "plenty", list(range(400)))
    until(lambda: done(aws, "plenty"), lambda found: found == set(range(400)))
