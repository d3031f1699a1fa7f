"""Firehose delivers batches, partitioned, converted and compressed, and loses nothing."""

import base64
import gzip
import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local import LocalAws
from tests.local_aws.conftest import Start
from tests.local_aws.services import objects, role, until

pytestmark = pytest.mark.local_aws


def stream(aws: LocalAws, name: str, **configuration: Any) -> None:
    """Makes a stream into the bucket of its name."""
    aws.client("s3").create_bucket(Bucket=name)
    allowed = [
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*"},
        {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"},
    ]
    arn = configuration.pop("RoleARN", None) or role(aws, f"{name}-delivery", "firehose.amazonaws.com", allowed)
    aws.client("firehose").create_delivery_stream(
        DeliveryStreamName=name,
        DeliveryStreamType="DirectPut",
        ExtendedS3DestinationConfiguration={"RoleARN": arn, "BucketARN": f"arn:aws:s3:::{name}", **configuration},
    )


def put(aws: LocalAws, name: str, records: list[Any]) -> None:
    answer = aws.client("firehose").put_record_batch(
        DeliveryStreamName=name,
        Records=[{"Data": record if isinstance(record, bytes) else json.dumps(record) + "\n"} for record in records],
    )
    assert answer["FailedPutCount"] == 0


def rows(content: bytes) -> list[Any]:
    text = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    return [json.loads(line) for line in text.splitlines()]


HINTS = {"SizeInMBs": 64, "IntervalInSeconds": 60}


def scenario(aws: LocalAws) -> None:
    """Many records, one compressed object for each partition."""
    stream(
        aws,
        "batches",
        BufferingHints=HINTS,
        CompressionFormat="GZIP",
        Prefix="country=!{partitionKeyFromQuery:country}/",
        ErrorOutputPrefix="errors/!{firehose:error-output-type}/",
        DynamicPartitioningConfiguration={"Enabled": True},
        ProcessingConfiguration={
            "Enabled": True,
            "Processors": [
                {
                    "Type": "MetadataExtraction",
                    "Parameters": [
                        {"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{country: .country}"},
                        {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"},
                    ],
                }
            ],
        },
    )
    put(aws, "batches", [{"id": number, "country": "AT" if number % 2 else "CH"} for number in range(300)])
    put(aws, "batches", [b"no json"])
    found = until(lambda: objects(aws, "batches"), lambda found: len(found) >= 3)
    assert len(found) == 3
    parts = {key.split("/")[0]: rows(content) for key, content in found.items() if key.endswith(".gz")}
    assert sorted(row["id"] for row in parts["country=AT"]) == list(range(1, 300, 2))
    assert sorted(row["id"] for row in parts["country=CH"]) == list(range(0, 300, 2))
    error = next(rows(content) for key, content in found.items() if key.startswith("errors/"))[0]
    assert base64.b64decode(error["rawData"]) == b"no json"
    assert "Metadata extraction failed" in error["errorMessage"]


def test_records_are_delivered_in_batches(aws: LocalAws) -> None:
    scenario(aws)


def test_the_emulator_alone_writes_an_object_for_each_record(start: Start) -> None:
    with pytest.raises(AssertionError):
        scenario(start(without=["firehose_buffer"]))


def test_a_full_buffer_does_not_wait(aws: LocalAws) -> None:
    stream(aws, "full", BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 60})
    filler = "x" * 1000
    put(aws, "full", [{"id": number, "filler": filler} for number in range(500)])
    put(aws, "full", [{"id": number, "filler": filler} for number in range(500, 1000)])
    put(aws, "full", [{"id": number, "filler": filler} for number in range(1000, 1100)])
    found = until(lambda: objects(aws, "full"), lambda found: sum(map(len, found.values())) > 1100 * 1000)
    ids = [row["id"] for content in found.values() for row in rows(content)]
    assert sorted(ids) == list(range(1100))
    assert len(found) <= 3


TRANSFORM = """
import base64, json
def handler(event, context):
    answers = []
    for record in event["records"]:
        document = json.loads(base64.b64decode(record["data"]))
        result = document.get("result", "Ok")
        document["seen_with"] = len(event["records"])
        data = base64.b64encode((json.dumps(document) + "\\n").encode()).decode()
        answers.append({"recordId": record["recordId"], "result": result, "data": data})
    return {"records": answers}
"""


def function(aws: LocalAws, name: str, code: str) -> str:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("app.py", code)
    arn: str = aws.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="app.handler",
        Role=role(aws, f"{name}-function", "lambda.amazonaws.com", []),
        Code={"ZipFile": content.getvalue()},
        Timeout=30,
    )["FunctionArn"]
    return arn


def processing(arn: str) -> dict[str, Any]:
    parameters = [{"ParameterName": "LambdaArn", "ParameterValue": arn}]
    return {"Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": parameters}]}


def test_a_record_that_the_transformation_rejects_is_kept_with_its_reason(aws: LocalAws) -> None:
    stream(
        aws,
        "rejected",
        BufferingHints=HINTS,
        Prefix="good/",
        ErrorOutputPrefix="errors/!{firehose:error-output-type}/",
        ProcessingConfiguration=processing(function(aws, "transform", TRANSFORM)),
    )
    sent: list[dict[str, Any]] = [{"id": number} for number in range(10)]
    sent += [{"id": 10, "result": "ProcessingFailed"}, {"id": 11, "result": "Dropped"}]
    put(aws, "rejected", sent)
    found = until(lambda: objects(aws, "rejected"), lambda found: len(found) >= 2)
    good = [row for key, content in found.items() if key.startswith("good/") for row in rows(content)]
    assert [row["id"] for row in good] == list(range(10))
    assert {row["seen_with"] for row in good} == {12}
    errors = [
        row for key, content in found.items() if key.startswith("errors/processing-failed/") for row in rows(content)
    ]
    assert [json.loads(base64.b64decode(error["rawData"]))["id"] for error in errors] == [10]
    assert errors[0]["errorCode"] == "Lambda.ProcessingFailedStatus"


def test_a_transformation_that_fails_loses_nothing(aws: LocalAws) -> None:
    arn = function(aws, "failing", "def handler(event, context): raise KeyError('x')")
    stream(
        aws,
        "failing",
        BufferingHints=HINTS,
        ErrorOutputPrefix="errors/!{firehose:error-output-type}/",
        ProcessingConfiguration=processing(arn),
    )
    put(aws, "failing", [{"id": 1}, {"id": 2}])
    found = until(lambda: objects(aws, "failing"), bool)
    errors = [row for content in found.values() for row in rows(content)]
    assert all(key.startswith("errors/processing-failed/") for key in found)
    assert [json.loads(base64.b64decode(error["rawData"]))["id"] for error in errors] == [1, 2]
    assert errors[0]["errorCode"] == "Lambda.FunctionError"
    assert errors[0]["attemptsMade"] == 4


def test_records_become_parquet_without_those_that_do_not_fit(aws: LocalAws) -> None:
    glue = aws.client("glue")
    glue.create_database(DatabaseInput={"Name": "converted"})
    serde = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}
    glue.create_table(
        DatabaseName="converted",
        TableInput={
            "Name": "payments",
            "TableType": "EXTERNAL_TABLE",
            "StorageDescriptor": {
                "Columns": [{"Name": "id", "Type": "bigint"}, {"Name": "amount", "Type": "double"}],
                "Location": "s3://converted/good/",
                "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                "SerdeInfo": serde,
            },
        },
    )
    stream(
        aws,
        "converted",
        BufferingHints=HINTS,
        Prefix="good/",
        ErrorOutputPrefix="errors/!{firehose:error-output-type}/",
        DataFormatConversionConfiguration={
            "Enabled": True,
            "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
            "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
            "SchemaConfiguration": {
                "DatabaseName": "converted",
                "TableName": "payments",
                "RoleARN": "arn:aws:iam::0:role/x",
            },
        },
    )
    put(aws, "converted", [{"id": number, "amount": number / 2} for number in range(400)])
    put(aws, "converted", [{"id": "abc", "amount": 1}, b"{broken"])
    found = until(lambda: objects(aws, "converted"), lambda found: len(found) >= 2)
    good = [content for key, content in found.items() if key.startswith("good/")]
    assert len(good) == 1
    assert good[0].startswith(b"PAR1")
    athena = aws.client("athena")
    query = athena.start_query_execution(
        QueryString="SELECT count(*) AS n, sum(amount) AS total FROM converted.payments",
        ResultConfiguration={"OutputLocation": "s3://converted/results/"},
    )["QueryExecutionId"]
    until(
        lambda: athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"],
        lambda status: status["State"] in {"SUCCEEDED", "FAILED"},
    )
    row = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"][1]["Data"]
    assert [float(cell["VarCharValue"]) for cell in row] == [400.0, 39900.0]
    errors = [row for key, content in found.items() if "format-conversion-failed" in key for row in rows(content)]
    assert len(errors) == 2
    assert {error["lastErrorCode"] for error in errors} == {
        "DataFormatConversion.MalformedData",
        "DataFormatConversion.ParseError",
    }


def test_a_role_that_may_not_write_delivers_later_when_it_may(aws: LocalAws) -> None:
    arn = role(aws, "may-not", "firehose.amazonaws.com", [])
    stream(
        aws,
        "delayed",
        RoleARN=arn,
        CloudWatchLoggingOptions={"Enabled": True, "LogGroupName": "/firehose/delayed", "LogStreamName": "s3"},
    )
    put(aws, "delayed", [{"id": 1}])
    logs = aws.client("logs")

    def said() -> list[str]:
        try:
            found = logs.filter_log_events(logGroupName="/firehose/delayed")["events"]
        except ClientError:
            return []
        return [event["message"] for event in found]

    messages = until(said, bool)
    assert "not authorized to perform: s3:PutObject" in messages[0]
    assert objects(aws, "delayed") == {}
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::delayed/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("iam").put_role_policy(RoleName="may-not", PolicyName="now", PolicyDocument=policy)
    found = until(lambda: objects(aws, "delayed"), bool)
    assert [row for content in found.values() for row in rows(content)] == [{"id": 1}]


def test_stopping_stores_what_is_left(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "stopped"
    aws = LocalAws(folder)
    with aws:
        stream(aws, "left", BufferingHints=HINTS)
        put(aws, "left", [{"id": number} for number in range(20)])
        lake = aws.lake
    ids = [row["id"] for file in (lake / "left").rglob("left-*") for row in rows(file.read_bytes())]
    assert sorted(ids) == list(range(20))


def test_delimiters_are_appended(aws: LocalAws) -> None:
    delimiter = [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}]
    stream(
        aws,
        "delimited",
        ProcessingConfiguration={
            "Enabled": True,
            "Processors": [{"Type": "AppendDelimiterToRecord", "Parameters": delimiter}],
        },
    )
    put(aws, "delimited", [b'{"id": 1}', b'{"id": 2}'])
    found = until(lambda: objects(aws, "delimited"), bool)
    assert list(found.values()) == [b'{"id": 1}\n{"id": 2}\n']


def test_thousands_of_records_are_delivered_once_each(aws: LocalAws) -> None:
    stream(aws, "many", BufferingHints=HINTS)
    started = time.monotonic()
    for first in range(0, 5000, 500):
        put(aws, "many", [{"id": number} for number in range(first, first + 500)])
    found = until(
        lambda: objects(aws, "many"), lambda found: sum(len(rows(content)) for content in found.values()) >= 5000
    )
    assert sorted(row["id"] for content in found.values() for row in rows(content)) == list(range(5000))
    assert len(found) <= 2 + (time.monotonic() - started)
