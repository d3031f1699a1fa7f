"""Roles are enforced: a function does what its role allows and nothing else."""

import io
import json
import uuid
import zipfile
from typing import Any

import pytest

from local import LocalAws
from tests.local_aws.athena import Lake

pytestmark = pytest.mark.local_aws

CODE = """
import boto3
def handler(event, context):
    boto3.client("s3").put_object(Bucket=event["bucket"], Key=event["key"], Body=b"written")
    return "done"
"""


def function(aws: LocalAws, resource: str) -> str:
    """Makes a function that may put objects of the resource, and returns its name."""
    name = f"f{uuid.uuid4().hex[:8]}"
    iam = aws.client("iam")

    def statement(**words: Any) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **words}]})

    trust = statement(Principal={"Service": "lambda.amazonaws.com"}, Action="sts:AssumeRole")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    allowed = statement(Action="s3:PutObject", Resource=resource)
    iam.put_role_policy(RoleName=name, PolicyName="put", PolicyDocument=allowed)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", CODE)
    aws.client("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Role=role, Handler="app.handler", Code={"ZipFile": packed.getvalue()}
    )
    return name


def test_a_function_writes_where_its_role_allows_and_nowhere_else(aws: LocalAws) -> None:
    lake = Lake(aws)
    name = function(aws, f"arn:aws:s3:::{lake.bucket}/allowed/*")
    answers = {}
    for key in ("allowed/a", "denied/a"):
        event = json.dumps({"bucket": lake.bucket, "key": key})
        answer = aws.client("lambda").invoke(FunctionName=name, Payload=event)
        answers[key] = answer["Payload"].read().decode()
    assert answers["allowed/a"] == '"done"'
    assert "AccessDenied" in answers["denied/a"]
    assert [file.read_bytes() for file in (aws.lake / lake.bucket).rglob("a")] == [b"written"]
