"""Creates or updates a CloudFormation stack, waits for it, and says in sentences what failed."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from deploy.errors import DeployError

Say = Callable[[str], None]
Stack = dict[str, Any]

# A stack in these states has nothing worth keeping: its creation has failed.
_STILLBORN = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS", "DELETE_FAILED"}
_GOOD = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
_LONGEST_BODY = 51_200
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 3.0  # seconds; a local deployment takes less than one
_SILENCE = 30.0  # seconds; on AWS an endpoint takes minutes
# Reasons that only repeat that something else has failed.
_ECHOES = ("Resource creation cancelled", "Resource update cancelled", "The following resource(s) failed")


def deploy(
    name: str,
    template: str,
    parameters: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    *,
    cloudformation: Any = None,
    say: Say = print,
) -> dict[str, str]:
    """Brings a stack to what its template says and returns its outputs; can be run again after a failure.

    Args:
        name: of the stack.
        template: its text, or its https:// address.
        parameters: values by name; a parameter that is left out keeps its value, or takes its default.
        tags: of the stack and everything in it.
        cloudformation: a boto3 client.
        say: gets a line when there is nothing to do, and when there is something to wait for.

    Raises:
        DeployError: the stack failed; which resource, where and why.
    """
    client = cloudformation or boto3.client("cloudformation")
    found = _settled(client, name, say)
    if found and found["StackStatus"] in _STILLBORN:
        say(f"{name}: removing what a failed creation has left")
        _delete(client, found, say)
        found = None
    if found and found["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
        raise DeployError(
            f"{name} is stuck in a failed rollback; put right what its events name, then run "
            f"`aws cloudformation continue-update-rollback --stack-name {name}`."
        )
    request = {
        "StackName": name,
        "Parameters": _parameters(client, template, found, dict(parameters or {}), name),
        "Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
        **_source(template),
    }
    known = {event["EventId"] for event in _events(client, found["StackId"])} if found else set()
    try:
        identifier = (client.update_stack if found else client.create_stack)(**request)["StackId"]
    except ClientError as error:
        if found and "No updates are to be performed" in str(error):
            say(f"{name}: nothing has changed")
            return outputs(found)
        raise DeployError(f"{name}: {error.response['Error']['Message']}") from error
    ended = wait(client, identifier, say)
    if ended["StackStatus"] not in _GOOD:
        reasons = list(_failures(client, ended, known)) or [ended.get("StackStatusReason") or "no reason was given"]
        raise DeployError("\n".join([f"{name} was not deployed ({ended['StackStatus']}):", *reasons]))
    return outputs(ended)


def outputs(stack: Stack) -> dict[str, str]:
    """Returns the outputs of a stack as CloudFormation describes it."""
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _source(template: str) -> dict[str, str]:
    if template.startswith("https://"):
        return {"TemplateURL": template}
    if len(template.encode()) > _LONGEST_BODY:
        raise DeployError(f"A template of more than {_LONGEST_BODY} bytes must be uploaded first: `package.package`.")
    return {"TemplateBody": template}


def _describe(client: Any, name: str) -> Stack | None:
    try:
        found: Stack = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return None if found["StackStatus"] == "DELETE_COMPLETE" else found


def _settled(client: Any, name: str, say: Say) -> Stack | None:
    """Returns the stack once nobody changes it any more."""
    found = _describe(client, name)
    if found and found["StackStatus"].endswith("_IN_PROGRESS") and found["StackStatus"] != "REVIEW_IN_PROGRESS":
        say(f"{name}: another deployment is under way ({found['StackStatus']}); waiting for it")
        wait(client, found["StackId"], say)
        return _describe(client, name)
    return found


def wait(client: Any, identifier: str, say: Say) -> Stack:
    """Returns the stack once an operation on it has ended, and says now and then that it goes on."""
    pause = _FIRST_PAUSE
    began = said = time.monotonic()
    while True:
        found: Stack = client.describe_stacks(StackName=identifier)["Stacks"][0]
        if not found["StackStatus"].endswith("_IN_PROGRESS"):
            return found
        now = time.monotonic()
        if now - said >= _SILENCE:
            said = now
            say(f"{found['StackName']}: {found['StackStatus']} for {now - began:.0f} s")
        time.sleep(pause)
        pause = min(pause * 1.3, _LONGEST_PAUSE)


def _delete(client: Any, stack: Stack, say: Say) -> None:
    client.delete_stack(StackName=stack["StackId"])
    ended = wait(client, stack["StackId"], say)
    if ended["StackStatus"] != "DELETE_COMPLETE":
        reasons = list(_failures(client, ended, set())) or [ended.get("StackStatusReason") or "no reason was given"]
        raise DeployError("\n".join([f"{stack['StackName']} could not be removed:", *reasons]))


def _parameters(
    client: Any, template: str, stack: Stack | None, given: dict[str, str], name: str
) -> list[dict[str, Any]]:
    """Returns the parameters of a request: what is given, and for the rest what the stack has."""
    try:
        summary = client.get_template_summary(**_source(template))
    except ClientError as error:
        raise DeployError(f"{name}: {error.response['Error']['Message']}") from error
    wanted = {parameter["ParameterKey"]: parameter for parameter in summary.get("Parameters", [])}
    unknown = sorted(set(given) - set(wanted))
    if unknown:
        raise DeployError(f"{name}: the template has no parameter {', '.join(unknown)}.")
    kept = {parameter["ParameterKey"] for parameter in (stack or {}).get("Parameters", [])}
    without = {key for key, parameter in wanted.items() if "DefaultValue" not in parameter}
    missing = sorted(without - set(given) - kept)
    if missing:
        raise DeployError(f"{name}: the template needs a value for {', '.join(missing)}.")
    return [
        {"ParameterKey": key, "ParameterValue": given[key]}
        if key in given
        else {"ParameterKey": key, "UsePreviousValue": True}
        for key in wanted
        if key in given or key in kept
    ]


def _events(client: Any, identifier: str) -> list[dict[str, Any]]:
    try:
        pages = client.get_paginator("describe_stack_events").paginate(StackName=identifier)
        return [event for page in pages for event in page["StackEvents"]]
    except ClientError:
        return []


def _failures(client: Any, stack: Stack, known: set[str]) -> Iterator[str]:
    """Yields a sentence for each resource that failed, those of nested stacks where they stand."""
    identifier = stack["StackId"]
    for event in reversed(_events(client, identifier)):
        if event["EventId"] in known or not event["ResourceStatus"].endswith("_FAILED"):
            continue
        reason = event.get("ResourceStatusReason", "")
        own = event.get("PhysicalResourceId") == identifier or event["LogicalResourceId"] == stack["StackName"]
        if own or reason.startswith(_ECHOES):
            continue
        if event["ResourceType"] == "AWS::CloudFormation::Stack":
            inner = list(_nested(client, stack, event))
            if inner:
                yield from inner
                continue
        yield f"- {event['LogicalResourceId']} ({event['ResourceType']}) in {stack['StackName']}: {reason}"


def _nested(client: Any, stack: Stack, event: dict[str, Any]) -> Iterator[str]:
    """Yields the failures of the nested stack that an event is about."""
    physical = event.get("PhysicalResourceId") or ""
    pages = client.get_paginator("describe_stacks").paginate(**({"StackName": physical} if physical else {}))
    try:
        for inner in (one for page in pages for one in page["Stacks"]):
            named = f"{stack['StackName']}-{event['LogicalResourceId']}-"
            if inner["StackId"] == physical or (not physical and inner["StackName"].startswith(named)):
                yield from _failures(client, inner, set())
    except ClientError:
        return
