"""Starts a campaign: everyone in a segment is a message that is to be sent, or a member of the control group.

Resumes one, too, that was paused since its messages came back or were complained about.

The id of a message is made of campaign and customer, so that starting twice makes no second message.
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator
from typing import Any

import boto3
import record
import store
from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

sqs = boto3.client("sqs", config=store.PATIENCE)
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


def handler(event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Takes `{"campaign", "template", "channel", "segment", "control", "data"}`; says how many got what.

    `segment` is one of the model, or how its name begins, or `all`; `control` the share that gets nothing, 0 to 1.
    `{"resume", "because"}` lets a campaign run again.
    """
    if "resume" in event:
        return resume(event["resume"], str(event["because"]))
    campaign, channel = event["campaign"], event["channel"]
    if not _NAME.fullmatch(campaign):
        raise ValueError(f"{campaign!r} is no name for a campaign: small letters, digits and -.")
    _make(event)
    counts = {"intended": 0, "control": 0, "known": 0}
    told, queued = [], []
    for customer in members(event["segment"]):
        message = {
            "id": f"{campaign}_{customer}",
            "campaign": campaign,
            "customer": customer,
            "channel": channel,
            "kind": "marketing",
            "template": event["template"],
            "data": event.get("data", {}),
            "token": secrets.token_urlsafe(16),
        }
        if in_control(campaign, customer, float(event.get("control", 0))):
            counts["control"] += 1
            told.append(record.engagement(message, "control"))
            continue
        new = store.intend(message)
        counts["intended" if new else "known"] += 1
        told.append(record.engagement(message, "intended"))
        queued.append(message["id"])
    enqueue(queued)
    record.tell_engagement(*told)
    return counts


def resume(campaign: str, because: str) -> dict[str, int]:
    """Lets a paused campaign run again, and says so; what was suppressed meanwhile stays so."""
    if not store.resume(campaign, because):
        raise ValueError(f"The campaign {campaign!r} is not paused.")
    record.log("INFO", "campaign resumed", campaign=campaign, because=because)
    return {"resumed": 1}


def in_control(campaign: str, customer: str, share: float) -> bool:
    """Whether a customer belongs to the control group of a campaign: by chance, and always the same.

    >>> sum(in_control("spring", f"c{number}", 0.5) for number in range(1000)) in range(440, 560)
    True
    """
    number = int.from_bytes(hashlib.sha256(f"{campaign}|{customer}".encode()).digest()[:4], "big")
    return number / 2**32 < share


def members(segment: str) -> Iterator[str]:
    """Yields the customers of a segment."""
    request: dict[str, Any] = {"IndexName": "by-segment", "KeyConditionExpression": Key("audience").eq("everyone")}
    if segment != "all":
        request["KeyConditionExpression"] &= Key("segment").begins_with(segment)
    while True:
        answer = store.audience.query(**request)
        yield from (str(item["customer"]) for item in answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def enqueue(ids: list[str]) -> None:
    """Hands messages to the senders. What the queue does not take is found by the sweep."""
    for start in range(0, len(ids), 10):
        entries = [
            {"Id": str(number), "MessageBody": json.dumps({"message": id})}
            for number, id in enumerate(ids[start : start + 10])
        ]
        sqs.send_message_batch(QueueUrl=os.environ["SEND_QUEUE"], Entries=entries)


def _make(event: dict[str, Any]) -> None:
    """Writes the campaign down; one that is there, and perhaps paused, stays as it is."""
    item = {
        "name": event["campaign"],
        "status": "running",
        "template": event["template"],
        "channel": event["channel"],
        "segment": event["segment"],
        "control": str(event.get("control", 0)),
        "created_at": store.now(),
    }
    try:
        store.campaigns.put_item(
            Item=item, ConditionExpression="attribute_not_exists(#n)", ExpressionAttributeNames={"#n": "name"}
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
