"""Looks, every minute, after messages that nobody works on: deferred ones that are due, and those of a crash.

A claim that is old is a sender that has died. Whether its message left, nobody knows: marketing waits, as `uncertain`,
for an event to tell; a bill is sent again.
"""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import launch
import store
from boto3.dynamodb.conditions import Key

CLAIM_SECONDS = int(os.environ.get("CLAIM_SECONDS", "120"))
QUEUE_SECONDS = int(os.environ.get("QUEUE_SECONDS", "900"))


def handler(_event: Any, _context: Any) -> dict[str, int]:
    """Moves what has stayed too long and says how many."""
    moved = {"due": 0, "uncertain": 0, "again": 0}
    queued = []
    for message in _older("deferred", 0):
        if store.move(message["id"], ("deferred",), "intended", due=store.now()):
            moved["due"] += 1
            queued.append(message["id"])
    for message in _older("claimed", CLAIM_SECONDS):
        if message["kind"] == "marketing":
            moved["uncertain"] += store.move(message["id"], ("claimed",), "uncertain", reason="the sender has died")
        elif store.move(message["id"], ("claimed",), "intended", due=store.now()):
            moved["again"] += 1
            queued.append(message["id"])
    for message in _older("uncertain", 0):
        if message["kind"] == "transactional" and store.move(
            message["id"], ("uncertain",), "intended", due=store.now()
        ):
            moved["again"] += 1
            queued.append(message["id"])
    for message in _older("intended", QUEUE_SECONDS):
        # Written down, and never queued, or given up by the queue.
        if store.move(message["id"], ("intended",), "intended", due=store.now()):
            moved["again"] += 1
            queued.append(message["id"])
    launch.enqueue(queued)
    return moved


def _older(state: str, seconds: int) -> list[dict[str, Any]]:
    """Returns messages that have been in a state for so long, a thousand at most: the next minute sees the rest."""
    until = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    found: list[dict[str, Any]] = store.messages.query(
        IndexName="by-status", KeyConditionExpression=Key("status").eq(state) & Key("due").lte(until), Limit=1000
    )["Items"]
    return found
