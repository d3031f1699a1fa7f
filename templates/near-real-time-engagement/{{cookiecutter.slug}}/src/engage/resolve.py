"""What events of SES mean for a message, its contact point and its campaign; everything here can happen twice.

No step waits for another to be the first of its kind: where the function dies between two of them, the next try does
all of them, and those that were done change nothing.
A marketing campaign whose messages come back, or are complained about, too often is paused before more of them go out,
until someone resumes it (`launch`). A transactional one never is: a bill that nobody gets harms more than a rate.
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
# From 5 % bounces or 0.1 % complaints AWS places an account under review, from 10 % or 0.5 % it may pause its sending:
# https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html ("Bounce FAQ" Q3 and Q4, "Complaint FAQ" Q5).
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
        if counts_for_the_rate(event["reason"]):
            _count(event, "bounced", MOST_BOUNCED)
        store.move(id, ("sent",), "failed", reason=f"bounce: {event['reason']}", failed_at=event["at"])
    elif kind == "complaint":
        store.close_point(event["customer"], event["channel"], "complained")
        _count(event, "complained", MOST_COMPLAINED)


def counts_for_the_rate(reason: str) -> bool:
    """Whether SES counts a bounce: for good, and not one that it has made itself, since its list held the address.

    The same FAQ has the first, the page of the contents of events (docs/thresholds.md) the second.

    >>> counts_for_the_rate("Permanent General"), counts_for_the_rate("Transient MailboxFull")
    (True, False)
    """
    return reason.startswith("Permanent") and reason != "Permanent OnAccountSuppressionList"


def _was_sent(event: dict[str, Any]) -> None:
    """An event of a message proves that it left, whatever its sender could still write down."""
    if store.move(event["message"], ("intended", "claimed", "uncertain"), "sent", sent_at=event["sent_at"]):
        record.log("INFO", "resolved by an event", id=event["message"], type=event["type"])
    if event["type"] == "send":
        store.count_once(event["message"], "left_at", event["sent_at"], event["campaign"], "sent")


def _count(event: dict[str, Any], what: str, most: float) -> None:
    """Counts what went wrong, and pauses the campaign where that is too much, also when it was counted before."""
    store.count_once(event["message"], f"{what}_at", event["at"], event["campaign"], what)
    if event["kind"] != "marketing":
        return
    counts = store.counts(event["campaign"])
    sent, bad = counts["sent"], counts[what]
    if (
        sent >= LEAST
        and bad >= LEAST_BAD
        and bad / sent >= most
        and store.pause(event["campaign"], f"{what}: {bad} of {sent}")
    ):
        record.log("ERROR", "campaign paused", campaign=event["campaign"], why=what, of=sent, bad=bad)
        print(json.dumps(_metric("CampaignPaused")))


def _metric(name: str) -> dict[str, Any]:
    import time

    metrics = [{"Name": name, "Unit": "Count"}]
    directive = {"Namespace": os.environ["METRICS_NAMESPACE"], "Dimensions": [[]], "Metrics": metrics}
    return {"_aws": {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [directive]}, name: 1}
