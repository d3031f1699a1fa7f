"""What is known of messages, campaigns and contact points: three DynamoDB tables.

A message has one state at a time, and every change of it is a conditional write:

    intended -> claimed -> sent | failed | uncertain      deferred -> intended      intended -> suppressed | failed

`claimed` is a message that a sender has in its hands. One that stays so has met a crash: nobody knows whether it left,
until an event of it comes. `sent` means that the channel took it.
"""

import os
import random
import time
import zlib
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

PATIENCE = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})

resource = boto3.resource("dynamodb", config=PATIENCE)
messages = resource.Table(os.environ["MESSAGES_TABLE"])
campaigns = resource.Table(os.environ["CAMPAIGNS_TABLE"])
audience = resource.Table(os.environ["AUDIENCE_TABLE"])

Item = dict[str, Any]

COUNTERS = 8
"""Items over which the counters of a campaign are spread: two transactions on one item are in each other's way."""

COUNTED = ("sent", "bounced", "complained")


class Busy(Exception):
    """Others are at work on the same items."""


def now() -> str:
    """Returns the time, in the form in which all tables hold it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def item(table: Any, **key: str) -> Item | None:
    """Returns an item as it is now, or None."""
    found: Item | None = table.get_item(Key=key, ConsistentRead=True).get("Item")
    return found


def intend(message: Item) -> bool:
    """Writes a message down that is to be sent; whether it was not there before."""
    try:
        messages.put_item(
            Item={"status": "intended", "attempts": 0, "created_at": now(), "due": now(), **message},
            ConditionExpression="attribute_not_exists(id)",
        )
    except ClientError as error:
        if _failed(error):
            return False
        raise
    return True


def move(id: str, before: tuple[str, ...], after: str, **fields: Any) -> bool:
    """Changes a message's state if it has one of those before; whether it had."""
    values: Item = {":after": after, **{f":f_{name}": value for name, value in fields.items()}}
    values |= {f":b{number}": state for number, state in enumerate(before)}
    sets = ["#s = :after", *(f"#f_{name} = :f_{name}" for name in fields)]
    names = {"#s": "status", **{f"#f_{name}": name for name in fields}}
    states = ", ".join(f":b{number}" for number in range(len(before)))
    try:
        messages.update_item(
            Key={"id": id},
            UpdateExpression="SET " + ", ".join(sets),
            ConditionExpression=f"#s IN ({states})",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )
    except ClientError as error:
        if _failed(error):
            return False
        raise
    return True


def note(id: str, field: str, value: str) -> bool:
    """Notes when something happened to a message; whether it is known and this was the first time."""
    try:
        messages.update_item(
            Key={"id": id},
            UpdateExpression="SET #f = :v",
            ConditionExpression="attribute_exists(id) AND attribute_not_exists(#f)",
            ExpressionAttributeNames={"#f": field},
            ExpressionAttributeValues={":v": value},
        )
    except ClientError as error:
        if _failed(error):
            return False
        raise
    return True


def close_point(customer: str, channel: str, reason: str) -> None:
    """Lets nothing more go to a contact point; the first reason stays."""
    audience.update_item(
        Key={"customer": customer, "entry": channel},
        UpdateExpression="SET closed = if_not_exists(closed, :r), closed_at = if_not_exists(closed_at, :t)",
        ExpressionAttributeValues={":r": reason, ":t": now()},
    )


def count_once(message: str, field: str, at: str, campaign: str, what: str) -> None:
    """Notes when something happened to a message and adds one to a counter of its campaign: both, once, or neither.

    Raises:
        Busy: neither; it has to be tried again.
    """
    note_it = {
        "TableName": messages.name,
        "Key": {"id": message},
        "UpdateExpression": "SET #f = :v",
        "ConditionExpression": "attribute_exists(id) AND attribute_not_exists(#f)",
        "ExpressionAttributeNames": {"#f": field},
        "ExpressionAttributeValues": {":v": at},
    }
    count_it = {
        "TableName": campaigns.name,
        "Key": {"name": f"{campaign}#{zlib.crc32(message.encode()) % COUNTERS}"},
        "UpdateExpression": "ADD #w :one",
        "ExpressionAttributeNames": {"#w": what},
        "ExpressionAttributeValues": {":one": 1},
    }
    reasons = transact([{"Update": note_it}, {"Update": count_it}])
    if reasons and reasons[0].get("Code") != "ConditionalCheckFailed":
        raise Busy(str([why.get("Code") for why in reasons]))


def counts(campaign: str) -> Counter[str]:
    """Returns the counters of a campaign."""
    found: Counter[str] = Counter()
    for number in range(COUNTERS):
        one = item(campaigns, name=f"{campaign}#{number}") or {}
        found.update({what: int(value) for what, value in one.items() if what != "name"})
    return found


def transact(steps: list[Item]) -> list[Item]:
    """Writes all of it or nothing: returns an empty list, or why not for each step.

    What another transaction was in the way of is tried again.
    """
    reasons: list[Item] = []
    for pause in (0.05, 0.2, 0.8, 0):
        try:
            messages.meta.client.transact_write_items(TransactItems=steps)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            reasons = error.response.get("CancellationReasons") or [{"Code": "Unknown"}]
        else:
            return []
        if any(why.get("Code") == "ConditionalCheckFailed" for why in reasons):
            break
        time.sleep(random.uniform(0, pause))
    return reasons


def pause(campaign: str, reason: str) -> bool:
    """Stops a campaign that runs; whether it ran."""
    try:
        campaigns.update_item(
            Key={"name": campaign},
            UpdateExpression="SET #s = :paused, pause_reason = :r, paused_at = :t",
            ConditionExpression="#s = :running",
            ExpressionAttributeNames={"#s": "status"},
            ExpressionAttributeValues={":paused": "paused", ":running": "running", ":r": reason, ":t": now()},
        )
    except ClientError as error:
        if _failed(error):
            return False
        raise
    return True


def resume(campaign: str, because: str) -> bool:
    """Lets a paused campaign run again, with counters that begin anew; whether it was paused."""
    run_it = {
        "TableName": campaigns.name,
        "Key": {"name": campaign},
        "UpdateExpression": "SET #s = :running, resumed_at = :t, resumed_because = :b",
        "ConditionExpression": "#s = :paused",
        "ExpressionAttributeNames": {"#s": "status"},
        "ExpressionAttributeValues": {":running": "running", ":paused": "paused", ":t": now(), ":b": because},
    }
    forget_them: list[Item] = [
        {
            "Update": {
                "TableName": campaigns.name,
                "Key": {"name": f"{campaign}#{number}"},
                "UpdateExpression": f"REMOVE {', '.join(COUNTED)}",
            }
        }
        for number in range(COUNTERS)
    ]
    reasons = transact([{"Update": run_it}, *forget_them])
    if reasons and reasons[0].get("Code") != "ConditionalCheckFailed":
        raise Busy(str([why.get("Code") for why in reasons]))
    return not reasons


def expires(days: int) -> Decimal:
    """Returns when a counter may be forgotten, as DynamoDB takes it."""
    return Decimal(int(time.time()) + days * 86_400)


def _failed(error: ClientError) -> bool:
    code: str = error.response["Error"]["Code"]
    return code == "ConditionalCheckFailedException"
