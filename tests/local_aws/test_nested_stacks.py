"""Nested stacks are updated, and what has not changed keeps its attributes."""

import json
from typing import Any

import pytest

from local import LocalAws
from tests.local_aws.conftest import Start
from tests.local_aws.services import until

pytestmark = pytest.mark.local_aws

CHILD = """
Parameters:
  Mode: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
  Queue:
    Type: AWS::SQS::Queue
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code:
        ZipFile: |
          import os
          def handler(event, context):
              return {"mode": os.environ["MODE"], "queue": os.environ["QUEUE"]}
      Environment:
        Variables: {MODE: !Ref Mode, QUEUE: !GetAtt Queue.Arn}
Outputs:
  Function: {Value: !Ref Function}
  Role: {Value: !GetAtt Role.Arn}
"""

ROOT = """
Parameters:
  Mode: {Type: String}
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: https://s3.amazonaws.com/nested-templates/child.yaml
      Parameters: {Mode: !Ref Mode}
Outputs:
  Function: {Value: !GetAtt Child.Outputs.Function}
  Role: {Value: !GetAtt Child.Outputs.Role}
"""


def deploy(aws: LocalAws, call: str, mode: str) -> dict[str, str]:
    client = aws.client("cloudformation")
    getattr(client, call)(
        StackName="nested",
        TemplateBody=ROOT,
        Parameters=[{"ParameterKey": "Mode", "ParameterValue": mode}],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    found: dict[str, Any] = until(
        lambda: client.describe_stacks(StackName="nested")["Stacks"][0],
        lambda found: not found["StackStatus"].endswith("IN_PROGRESS"),
    )
    assert found["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, found
    return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}


def scenario(aws: LocalAws) -> None:
    """A function in a nested stack is changed twice; its role and its queue are not."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="nested-templates")
    s3.put_object(Bucket="nested-templates", Key="child.yaml", Body=CHILD)
    made = deploy(aws, "create_stack", "first")
    functions = aws.client("lambda")

    def call() -> Any:
        return json.load(functions.invoke(FunctionName=made["Function"], Payload=b"{}")["Payload"])

    before = call()
    assert before["mode"] == "first"
    for mode in ("second", "third"):
        assert deploy(aws, "update_stack", mode) == made
        assert call() == {"mode": mode, "queue": before["queue"]}
    assert functions.get_function_configuration(FunctionName=made["Function"])["Role"] == made["Role"]


def test_a_nested_stack_is_updated(aws: LocalAws) -> None:
    scenario(aws)


def test_the_emulator_alone_fails_the_update(start: Start) -> None:
    with pytest.raises(AssertionError, match=r"ROLLBACK|FAILED"):
        scenario(start(without=["nested_stacks"]))
