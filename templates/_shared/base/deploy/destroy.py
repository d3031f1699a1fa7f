"""Takes a deployment down and names what it leaves: data, and the key without which it cannot be read."""

import sys
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError

from deploy.errors import DeployError
from deploy.stack import wait


def destroy(stack: str) -> list[str]:
    """Deletes a root stack and returns what stays in the account, one sentence each."""
    cloudformation = boto3.client("cloudformation")
    kept = list(_kept(cloudformation, stack))
    try:
        identifier = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
    except ClientError as error:
        if "does not exist" in str(error):
            raise DeployError(f"There is no stack {stack} in this account and Region.") from error
        raise
    cloudformation.delete_stack(StackName=stack)
    ended = wait(cloudformation, identifier, print)
    if ended["StackStatus"] != "DELETE_COMPLETE":
        raise DeployError(f"{stack} was not deleted: {'; '.join(_failures(cloudformation, identifier))}")
    return kept


def confirmed(stack: str) -> bool:
    """Returns whether the one at the terminal has typed the stack's name."""
    if not sys.stdin.isatty():
        return False
    try:
        return input(f"This deletes {stack}: API, endpoint, streams, alarms. Type its name to go on: ") == stack
    except EOFError:
        return False


def _kept(cloudformation: Any, stack: str) -> Iterator[str]:
    """Yields the resources whose template says that they stay when their stack goes."""
    for name in (stack, f"{stack}-artifacts"):
        for logical, kind, physical in _resources(cloudformation, name):
            if kind == "AWS::S3::Bucket":
                yield f"Bucket {physical} ({logical}), with everything in it."
            if kind == "AWS::KMS::Key":
                yield f"Key {physical} ({logical}); whoever deletes it deletes what it has encrypted."
    yield f"Stack {stack}-artifacts, and the log groups /aws/sagemaker/*."


def _resources(cloudformation: Any, stack: str) -> Iterator[tuple[str, str, str]]:
    try:
        pages = list(cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack))
    except ClientError:
        return
    for resource in (resource for page in pages for resource in page["StackResourceSummaries"]):
        physical = resource.get("PhysicalResourceId", "")
        if resource["ResourceType"] == "AWS::CloudFormation::Stack":
            yield from _resources(cloudformation, physical)
        else:
            yield resource["LogicalResourceId"], resource["ResourceType"], physical


def _failures(cloudformation: Any, stack: str) -> Iterator[str]:
    for event in cloudformation.describe_stack_events(StackName=stack)["StackEvents"]:
        if event["ResourceStatus"] == "DELETE_FAILED":
            yield f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
