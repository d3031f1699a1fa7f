"""A permission on a workgroup of Athena holds for the queries in it."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local import LocalAws
from tests.local_aws.conftest import Start
from tests.local_aws.services import until

pytestmark = pytest.mark.local_aws

ACTIONS = ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"]


def analyst(aws: LocalAws, name: str, workgroup: str) -> Any:
    """A client of a user who may use one workgroup."""
    iam = aws.client("iam")
    iam.create_user(UserName=name)
    allowed = {"Effect": "Allow", "Action": ACTIONS, "Resource": f"arn:aws:athena:*:*:workgroup/{workgroup}"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName=name, PolicyName="query", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return boto3.client(
        "athena",
        endpoint_url=aws.url,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def scenario(aws: LocalAws) -> None:
    """Who may use a workgroup sees the end of a query in it, and nobody else does."""
    aws.client("s3").create_bucket(Bucket="answers")
    for name in ("own", "other"):
        settings = {"ResultConfiguration": {"OutputLocation": "s3://answers/"}}
        aws.client("athena").create_work_group(Name=name, Configuration=settings)
    one, stranger = analyst(aws, "one", "own"), analyst(aws, "stranger", "other")
    query = one.start_query_execution(QueryString="SELECT 1 AS n", WorkGroup="own")["QueryExecutionId"]
    until(
        lambda: one.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"],
        lambda state: state == "SUCCEEDED",
    )
    assert len(one.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]) == 2
    with pytest.raises(ClientError, match="not authorized"):
        stranger.get_query_results(QueryExecutionId=query)


def test_a_query_belongs_to_its_workgroup(start: Start) -> None:
    scenario(start())


def test_without_it_nobody_sees_the_end_of_a_query(start: Start) -> None:
    with pytest.raises(ClientError, match="athena:GetQueryExecution"):
        scenario(start(without=["athena_permissions"]))
