"""Who may put metrics into one namespace puts them there and nowhere else."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from local import LocalAws
from tests.local_aws.conftest import Start

pytestmark = pytest.mark.local_aws


def scenario(aws: LocalAws) -> None:
    iam = aws.client("iam")
    iam.create_user(UserName="meter")
    allowed = {
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": "own"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="meter", PolicyName="measure", PolicyDocument=document)
    key = iam.create_access_key(UserName="meter")["AccessKey"]
    meter = boto3.client(
        "cloudwatch",
        endpoint_url=aws.url,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    meter.put_metric_data(Namespace="own", MetricData=[{"MetricName": "m", "Value": 1}])
    found = aws.client("cloudwatch").list_metrics(Namespace="own")["Metrics"]
    assert [metric["MetricName"] for metric in found] == ["m"]
    with pytest.raises(ClientError, match="not authorized"):
        meter.put_metric_data(Namespace="other", MetricData=[{"MetricName": "m", "Value": 1}])


def test_a_permission_is_bound_to_a_namespace(start: Start) -> None:
    scenario(start())


def test_the_emulator_alone_refuses_it_everywhere(start: Start) -> None:
    with pytest.raises(ClientError, match="not authorized"):
        scenario(start(without=["metric_namespaces"]))
