"""Sends what a queue holds: each message once, or, where its kind asks for it, at least once.

Marketing that may have left is never sent again; a bill is, since not to get it is worse than to get it twice.
"""

import json
import os
from datetime import UTC, datetime
from typing import Any

import by_email
import claim
import hours
import record
import store

CHANNELS = {"email": by_email.send}
MOST_ATTEMPTS = int(os.environ.get("MOST_ATTEMPTS", "6"))
QUIET = os.environ.get("QUIET_HOURS", "21-8")


class Later(Exception):
    """The message stays in the queue."""


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Works on a batch of SQS; what is to be tried again is named in the answer."""
    again = []
    for one in event["Records"]:
        try:
            send(json.loads(one["body"])["message"])
        except (Later, claim.Again) as error:
            record.log("INFO", "again", reason=str(error)[:200])
            again.append({"itemIdentifier": one["messageId"]})
        except Exception as error:
            record.log("ERROR", "not worked on", error=f"{type(error).__name__}: {error}"[:300])
            again.append({"itemIdentifier": one["messageId"]})
    return {"batchItemFailures": again}


def send(id: str) -> str:
    """Brings a message as far as it gets and returns its state.

    Raises:
        Later: the channel takes nothing at the moment.
    """
    message = store.item(store.messages, id=id)
    if message is None or message["status"] != "intended":
        return str(message and message["status"])
    if int(message["attempts"]) >= MOST_ATTEMPTS:
        return _end(message, "failed", str(message.get("last_error", "too many tries")), "intended")
    if message["kind"] == "marketing":
        morning = _quiet(message)
        if morning:
            store.move(id, ("intended",), "deferred", due=morning)
            return "deferred"
    refusal = claim.claim(message)
    if refusal == "taken":
        return "taken"
    if refusal:
        return _end(message, "suppressed", refusal, "intended")
    point = store.item(store.audience, customer=message["customer"], entry=message["channel"])
    return _hand_over(message, point or {})


def _hand_over(message: dict[str, Any], point: dict[str, Any]) -> str:
    try:
        number = CHANNELS[message["channel"]](message, point)
    except by_email.Later as error:
        claim.release(message, str(error))
        raise Later(str(error)) from error
    except by_email.Refused as error:
        return _end(message, "failed", f"refused: {error}", "claimed")
    except by_email.Unknown as error:
        store.move(message["id"], ("claimed",), "uncertain", reason=str(error), due=store.now())
        return "uncertain"
    store.move(message["id"], ("claimed", "uncertain"), "sent", channel_id=number, sent_at=store.now())
    return "sent"


def _end(message: dict[str, Any], state: str, reason: str, before: str) -> str:
    if store.move(message["id"], (before,), state, reason=reason):
        record.tell_engagement(record.engagement(message, state, reason))
    return state


def _quiet(message: dict[str, Any]) -> str | None:
    """Returns until when the one who gets it is not to be disturbed, or None."""
    if QUIET == "none":
        return None
    begin, end = (datetime.strptime(hour, "%H").time() for hour in QUIET.split("-"))
    profile = store.item(store.audience, customer=message["customer"], entry="profile") or {}
    now = datetime.now(UTC)
    moment = hours.earliest(now, str(profile.get("time_zone", "UTC")), begin, end)
    return None if moment <= now else moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
