"""Campaigns: started by their function, followed through the table of messages."""

import json
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key

from deploy.errors import DeployError

OPEN = {"intended", "claimed"}


def launch(function: str, campaign: Mapping[str, Any]) -> dict[str, int]:
    """Starts a campaign and returns how many messages are intended, and how many customers are the control group.

    Raises:
        DeployError: the function refuses it.
    """
    said = _invoke(function, campaign, f"The campaign {campaign['campaign']} was not started")
    return {name: int(value) for name, value in said.items()}


def resume(function: str, campaign: str, because: str) -> None:
    """Lets a campaign that was paused run again.

    Raises:
        DeployError: it is not paused.
    """
    _invoke(function, {"resume": campaign, "because": because}, f"The campaign {campaign} was not resumed")


def _invoke(function: str, given: Mapping[str, Any], failure: str) -> dict[str, Any]:
    answer = boto3.client("lambda").invoke(FunctionName=function, Payload=json.dumps(dict(given)).encode())
    said: dict[str, Any] = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        raise DeployError(f"{failure}: {said.get('errorMessage', said)}")
    return said


def messages(table: str, campaign: str) -> list[dict[str, Any]]:
    """Returns every message of a campaign, as its sender and its events have left it."""
    found: list[dict[str, Any]] = []
    request: dict[str, Any] = {"IndexName": "by-campaign", "KeyConditionExpression": Key("campaign").eq(campaign)}
    client = boto3.resource("dynamodb").Table(table)
    while True:
        answer = client.query(**request)
        found += answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return found
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def wait(table: str, campaign: str, count: int, patience: float) -> Counter[str]:
    """Returns how many messages are in each state once none is under way, or when patience (seconds) has run out."""
    deadline = time.monotonic() + patience
    while True:
        found = Counter(str(message["status"]) for message in messages(table, campaign))
        if (found.total() >= count and not OPEN & found.keys()) or time.monotonic() > deadline:
            return found
        time.sleep(0.5)
