"""Buckets that refuse requests without TLS can be used."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from local import LocalAws

from .conftest import Start

pytestmark = pytest.mark.local_aws


def scenario(aws: LocalAws) -> None:
    """A role reads an object of a bucket that takes TLS only."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="sealed")
    s3.put_object(Bucket="sealed", Key="letter", Body=b"kept")
    resources = ["arn:aws:s3:::sealed", "arn:aws:s3:::sealed/*"]
    s3.put_bucket_policy(
        Bucket="sealed",
        Policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": resources,
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ],
            }
        ),
    )
    iam = aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="reader", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::sealed/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName="reader", PolicyName="read", PolicyDocument=document)
    lent = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="reader")["Credentials"]
    own = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=aws.url,
        aws_access_key_id=lent["AccessKeyId"],
        aws_secret_access_key=lent["SecretAccessKey"],
        aws_session_token=lent["SessionToken"],
    )
    assert own.get_object(Bucket="sealed", Key="letter")["Body"].read() == b"kept"


def test_a_bucket_that_takes_tls_only_is_read(start: Start) -> None:
    scenario(start())


def test_it_is_not_without_the_gap_filled(start: Start) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        scenario(start(without=["secure_transport"]))
