"""What events of SES mean for a message, its contact point and its campaign; everything here can happen twice.

A campaign whose messages come back, or are complained about, too often is paused before more of them go out.
"""

import json
import os
from typing import Any

import events
import record
import store

LEAST = int(os.environ.get("BREAKER_LEAST", "100"))
"""Messages of a campaign before its rates mean anything."""
LEAST_BAD = 3
"""Messages that went wrong before they are more than chance."""
# Addresses that are no more, and complaints: where AWS begins a review of an account, see the FAQ on enforcement,
# https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html
MOST_BOUNCED = float(os.environ.get("BREAKER_BOUNCES", "0.05"))
MOST_COMPLAINED = float(os.environ.get("BREAKER_COMPLAINTS", "0.001"))


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Works on a batch of SQS with events of EventBridge; those that cannot be read end among the dead letters."""
    failed = []
    for one in event["Records"]:
        try:
            resolve(events.flat(json.loads(one["body"])["detail"]))
        except Exception as error:
            record.log("ERROR", "not resolved", error=f"{type(error).__name__}: {error}"[:300])
            failed.append({"itemIdentifier": one["messageId"]})
    return {"batchItemFailures": failed}


def resolve(event: dict[str, Any]) -> None:
    """Moves the message of an event to the state that follows."""
    id, kind = event["message"], event["type"]
    if kind == "send":
        _was_sent(event)
    elif kind == "delivery":
        _was_sent(event)
        store.note(id, "delivered_at", event["at"])
    elif kind in {"open", "click"}:
        store.note(id, f"{kind}_at", event["at"])
    elif kind == "bounce":
        _was_sent(event)
        if event["reason"].startswith("Permanent"):
            store.close_point(event["customer"], event["channel"], "bounced")
            store.count_once(id, "bounced_at", event["at"], event["campaign"], "bounced")
            _break(event, "bounced", MOST_BOUNCED)
        store.move(id, ("sent",), "failed", reason=f"bounce: {event['reason']}", failed_at=event["at"])
    elif kind == "complaint":
        store.close_point(event["customer"], event["channel"], "complained")
        store.count_once(id, "complained_at", event["at"], event["campaign"], "complained")
        _break(event, "complained", MOST_COMPLAINED)


def _was_sent(event: dict[str, Any]) -> None:
    """An event of a message proves that it left, whatever its sender could still write down."""
    if store.move(event["message"], ("intended", "claimed", "uncertain"), "sent", sent_at=event["sent_at"]):
        record.log("INFO", "resolved by an event", id=event["message"], type=event["type"])
    if event["type"] == "send":
        store.count_once(event["message"], "left_at", event["sent_at"], event["campaign"], "sent")


def _break(event: dict[str, Any], what: str, most: float) -> None:
    """Pauses a campaign of marketing; what a customer is owed goes on, and its rates are the account's alarms."""
    message = store.item(store.messages, id=event["message"]) or {}
    campaign = store.item(store.campaigns, name=event["campaign"]) or {}
    sent, bad = int(campaign.get("sent", 0)), int(campaign.get(what, 0))
    if (
        message.get("kind") == "marketing"
        and sent >= LEAST
        and bad >= LEAST_BAD
        and bad / sent > most
        and store.pause(event["campaign"], f"{what}: {bad} of {sent}")
    ):
        record.log("ERROR", "campaign paused", campaign=event["campaign"], why=what, of=sent, bad=bad)
        print(json.dumps(_metric("CampaignPaused")))


def _metric(name: str) -> dict[str, Any]:
    import time

    metrics = [{"Name": name, "Unit": "Count"}]
    directive = {"Namespace": os.environ["METRICS_NAMESPACE"], "Dimensions": [[]], "Metrics": metrics}
    return {"_aws": {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [directive]}, name: 1}
