"""A role that may use one workgroup of Athena sees its own queries, and no others."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from local import LocalAws

from .conftest import Start
from .services import role

pytestmark = pytest.mark.local_aws


def scenario(aws: LocalAws) -> None:
    athena = aws.client("athena")
    aws.client("s3").create_bucket(Bucket="results")
    place = {"ResultConfiguration": {"OutputLocation": "s3://results/"}}
    for name in ("mine", "theirs"):
        athena.create_work_group(Name=name, Configuration=place)
    queries = {
        name: athena.start_query_execution(QueryString="SELECT 1 AS one", WorkGroup=name)["QueryExecutionId"]
        for name in ("mine", "theirs")
    }
    allowed = [
        {
            "Effect": "Allow",
            "Action": "athena:GetQueryExecution",
            "Resource": "arn:aws:athena:us-east-1:000000000000:workgroup/mine",
        }
    ]
    arn = role(aws, "asker", "lambda.amazonaws.com", allowed)
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    aws.client("iam").update_assume_role_policy(
        RoleName="asker", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    lent = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="asker")["Credentials"]
    own = boto3.client(
        "athena",
        region_name="us-east-1",
        endpoint_url=aws.url,
        aws_access_key_id=lent["AccessKeyId"],
        aws_secret_access_key=lent["SecretAccessKey"],
        aws_session_token=lent["SessionToken"],
    )
    assert own.get_query_execution(QueryExecutionId=queries["mine"])["QueryExecution"]["WorkGroup"] == "mine"
    with pytest.raises(ClientError, match="AccessDenied"):
        own.get_query_execution(QueryExecutionId=queries["theirs"])


def test_a_role_sees_the_queries_of_its_workgroup(start: Start) -> None:
    scenario(start())


def test_it_sees_none_without_the_gap_filled(start: Start) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        scenario(start(without=["athena_workgroups"]))
