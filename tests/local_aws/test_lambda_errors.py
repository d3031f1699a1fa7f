"""A function that fails says with which exception, so that a state machine can tell one from another."""

import io
import json
import zipfile
from typing import Any

import pytest

from local import LocalAws
from tests.local_aws.conftest import Start
from tests.local_aws.services import role, until

pytestmark = pytest.mark.local_aws

CODE = """
import pathlib
class NotYet(Exception):
    pass
def handler(event, context):
    if event["wanted"] == "key":
        return {}["nothing"]
    tried = pathlib.Path(event["file"])
    count = int(tried.read_text()) if tried.exists() else 0
    tried.write_text(str(count + 1))
    if count < 2:
        raise NotYet("wait\\nfor it")
    return count
"""
MACHINE = {
    "StartAt": "Work",
    "States": {
        "Work": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "work", "Payload.$": "$"},
            "Retry": [{"ErrorEquals": ["NotYet"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 5}],
            "OutputPath": "$.Payload",
            "End": True,
        }
    },
}


def scenario(aws: LocalAws, **event: str) -> dict[str, Any]:
    """The end of an execution whose task is a function that fails twice before it succeeds, or for ever."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("handler.py", CODE)
    aws.client("lambda").create_function(
        FunctionName="work",
        Runtime="python3.12",
        Handler="handler.handler",
        Role=role(aws, "work", "lambda.amazonaws.com", []),
        Code={"ZipFile": content.getvalue()},
    )
    machines = aws.client("stepfunctions")
    arn = machines.create_state_machine(
        name="work", definition=json.dumps(MACHINE), roleArn=role(aws, "machine", "states.amazonaws.com", [])
    )["stateMachineArn"]
    execution = machines.start_execution(stateMachineArn=arn, input=json.dumps(event))["executionArn"]
    found: dict[str, Any] = until(
        lambda: machines.describe_execution(executionArn=execution), lambda one: one["status"] != "RUNNING"
    )
    return found


def test_an_exception_that_is_named_is_tried_again(start: Start) -> None:
    aws = start()
    ended = scenario(aws, wanted="patience", file=str(aws.folders.work / "tried"))
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", "2")


def test_another_exception_ends_the_execution_with_its_name(start: Start) -> None:
    ended = scenario(start(), wanted="key", file="")
    assert (ended["status"], ended["error"]) == ("FAILED", "KeyError")


def test_without_it_no_exception_has_a_name(start: Start) -> None:
    aws = start(without=["lambda_errors"])
    ended = scenario(aws, wanted="patience", file=str(aws.folders.work / "tried"))
    assert (ended["status"], ended["error"]) == ("FAILED", "Runtime.HandlerError")
