"""The one write after which a message may leave: it is claimed, and everything that forbids it is looked at again.

Who has opted out between targeting and sending gets nothing, since the contact point is a part of the transaction.
"""

import os
from typing import Any

import store
from store import Item

CAP = int(os.environ.get("CAP_PER_DAY", "3"))
"""Marketing messages to one contact point in a day."""

_PARTS = ("message", "point", "campaign", "cap")


class Again(Exception):
    """Another transaction was at work on the same items; the message is tried again."""


def claim(message: Item) -> str | None:
    """Claims a message; returns None when it may leave, else why not: `taken`, or the reason to suppress it.

    When it was claimed is noted in the message, too, by which `release` knows its own claim.

    Raises:
        Again: the items are being worked on.
    """
    now = store.now()
    reasons = store.transact(_transaction(message, now))
    if reasons:
        return _reason(reasons)
    message["claimed_at"] = now
    return None


def release(message: Item, reason: str) -> None:
    """Gives a claim back: the channel did not take the message, and it counts for the cap of no day.

    Raises:
        Again: the items are being worked on.
    """
    steps: list[dict[str, Any]] = [
        {
            "Update": {
                "TableName": store.messages.name,
                "Key": {"id": message["id"]},
                "UpdateExpression": "SET #s = :intended, last_error = :r",
                "ConditionExpression": "#s = :claimed AND claimed_at = :at",
                "ExpressionAttributeNames": {"#s": "status"},
                "ExpressionAttributeValues": {
                    ":intended": "intended",
                    ":claimed": "claimed",
                    ":at": message["claimed_at"],
                    ":r": reason,
                },
            }
        }
    ]
    if message["kind"] == "marketing":
        steps.append(
            {
                "Update": {
                    "TableName": store.audience.name,
                    "Key": _cap_key(message, message["claimed_at"]),
                    "UpdateExpression": "ADD sent :less",
                    "ExpressionAttributeValues": {":less": -1},
                }
            }
        )
    reasons = store.transact(steps)
    if reasons and reasons[0].get("Code") != "ConditionalCheckFailed":
        raise Again(str([why.get("Code") for why in reasons]))


def _transaction(message: Item, now: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = [
        {
            "Update": {
                "TableName": store.messages.name,
                "Key": {"id": message["id"]},
                "UpdateExpression": "SET #s = :claimed, claimed_at = :now, due = :now ADD attempts :one",
                "ConditionExpression": "#s = :intended",
                "ExpressionAttributeNames": {"#s": "status"},
                "ExpressionAttributeValues": {
                    ":claimed": "claimed",
                    ":intended": "intended",
                    ":now": now,
                    ":one": 1,
                },
            }
        },
        {
            "ConditionCheck": {
                "TableName": store.audience.name,
                "Key": {"customer": message["customer"], "entry": message["channel"]},
                "ConditionExpression": _open(message["kind"]),
                "ExpressionAttributeValues": {":given": "given"} if message["kind"] == "marketing" else {},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        },
        {
            "ConditionCheck": {
                "TableName": store.campaigns.name,
                "Key": {"name": message["campaign"]},
                "ConditionExpression": "#s = :running",
                "ExpressionAttributeNames": {"#s": "status"},
                "ExpressionAttributeValues": {":running": "running"},
            }
        },
    ]
    if message["kind"] == "marketing":
        steps.append(
            {
                "Update": {
                    "TableName": store.audience.name,
                    "Key": _cap_key(message, now),
                    "UpdateExpression": "SET expires = :end ADD sent :one",
                    "ConditionExpression": "attribute_not_exists(sent) OR sent < :most",
                    "ExpressionAttributeValues": {":one": 1, ":most": CAP, ":end": store.expires(3)},
                }
            }
        )
    for step in steps:
        for one in step.values():
            if not one.get("ExpressionAttributeValues", True):
                del one["ExpressionAttributeValues"]
    return steps


def _open(kind: str) -> str:
    """Returns what a contact point must be: open, and for marketing with consent."""
    wanted = "attribute_exists(address) AND attribute_not_exists(closed)"
    return f"{wanted} AND consent = :given" if kind == "marketing" else wanted


def _cap_key(message: Item, claimed_at: str) -> dict[str, str]:
    """Returns where a day's count stands: the day is that of the claim, also for who gives it back on the next."""
    return {"customer": message["customer"], "entry": f"cap#{message['channel']}#{claimed_at[:10]}"}


def _reason(reasons: list[dict[str, Any]]) -> str:
    """Returns why a transaction was cancelled; the message itself comes first."""
    codes = dict(zip(_PARTS, reasons, strict=False))
    failed = {part for part, why in codes.items() if why.get("Code") == "ConditionalCheckFailed"}
    if "message" in failed:
        return "taken"
    if "point" in failed:
        return _refusal({name: value.get("S") for name, value in (codes["point"].get("Item") or {}).items()})
    if "campaign" in failed:
        return "campaign-paused"
    if "cap" in failed:
        return "frequency-cap"
    raise Again(str([why.get("Code") for why in reasons]))


def _refusal(point: dict[str, Any]) -> str:
    """Returns why nothing goes to a contact point.

    >>> _refusal({}), _refusal({"address": "a@b", "closed": "complained"}), _refusal({"address": "a@b"})
    ('no-contact-point', 'complained', 'no-consent')
    """
    if not point.get("address"):
        return "no-contact-point"
    return point.get("closed") or ("opted-out" if point.get("consent") == "withdrawn" else "no-consent")
