"""Takes in what customers do, and answers at once where something has just gone wrong for them.

A failed payment is a transactional message, an abandoned basket a marketing one; both are on their way within seconds.
"""

import json
import math
import os
import secrets
from datetime import datetime
from typing import Any

import launch
import record
import store

TYPES = ("order", "visit", "basket-abandoned", "payment-failed")
# What an activity sets off: the campaign it belongs to, its kind and its template.
TRIGGERS = {
    "basket-abandoned": ("basket-reminder", "marketing", "basket"),
    "payment-failed": ("payment-reminder", "transactional", "payment"),
}
_MOST = 500
_LARGEST = 1e12  # nothing beyond it is an amount, nor is NaN


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answers a request of API Gateway: 202 with what was taken and what was refused, or 400 for no list at all."""
    try:
        given = read(event.get("body") or "")
        items = given["activities"]
        if not isinstance(items, list) or len(items) > _MOST:
            raise ValueError(f"activities must be a list of at most {_MOST}")
    except (ValueError, KeyError, TypeError) as error:
        return _answer(400, {"error": f"no activities: {error}"})
    taken, refused = [], []
    for one in items:
        wrong = fault(one)
        if wrong:
            refused.append({"activity": one, "reason": wrong, "received_at": store.now()})
        else:
            taken.append({name: one.get(name) for name in ("id", "type", "customer", "at", "amount")})
    received = store.now()
    if taken:
        record.tell(os.environ["ACTIVITY_STREAM"], [{**one, "received_at": received} for one in taken])
    if refused:
        record.tell(os.environ["REJECTED_STREAM"], refused)
    triggered = [trigger(one) for one in taken if one["type"] in TRIGGERS]
    reasons = [{"id": one["activity"].get("id") if isinstance(one["activity"], dict) else None,
                "reason": one["reason"]} for one in refused]  # fmt: skip
    return _answer(202, {"taken": len(taken), "refused": reasons, "messages": triggered})


def read(body: str) -> Any:
    """Returns what JSON says, a number that no column can hold as its text: it is refused, and kept as it came.

    >>> read('[1, 2.5, NaN, 1e400]')
    [1, 2.5, 'NaN', '1e400']
    """
    return json.loads(body, parse_int=_number, parse_float=_number, parse_constant=str)


def _number(text: str) -> float | str:
    number = float(text)
    if not math.isfinite(number):
        return text
    return number if set(text) & set(".eE") else int(text)


def fault(activity: Any) -> str | None:
    """Returns what is wrong with an activity, or None.

    >>> fault({"id": "a1", "type": "order", "customer": "c1", "at": "2026-01-01T10:00:00Z", "amount": 12.5})
    >>> fault({"id": "a1", "type": "order", "customer": "c1", "at": "2026-01-01T10:00:00Z"})
    'amount must be a number from 0'
    """
    if not isinstance(activity, dict):
        return "no JSON object"
    for name in ("id", "customer"):
        value = activity.get(name)
        if not isinstance(value, str) or not value.replace("-", "").isalnum() or len(value) > 64:
            return f"{name} must be a text of letters, digits and -"
    if activity.get("type") not in TYPES:
        return f"type must be one of {', '.join(TYPES)}"
    try:
        if datetime.fromisoformat(str(activity.get("at"))).tzinfo is None:
            raise ValueError
    except ValueError:
        return "at must be like 2026-01-31T12:00:00Z"
    amount = activity.get("amount")
    if activity["type"] == "visit" and amount is None:
        return None
    if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 <= amount <= _LARGEST:
        return "amount must be a number from 0"
    return None


def trigger(activity: dict[str, Any]) -> str:
    """Writes the message down that an activity sets off, queues it, and returns its id."""
    campaign, kind, template = TRIGGERS[activity["type"]]
    message = {
        "id": f"{campaign}_{activity['id']}",
        "campaign": campaign,
        "customer": activity["customer"],
        "channel": "email",
        "kind": kind,
        "template": template,
        "data": {"amount": f"{activity['amount']:.2f}"},
        "token": secrets.token_urlsafe(16),
    }
    if store.intend(message):
        record.tell_engagement(record.engagement(message, "intended"))
    launch.enqueue([message["id"]])
    return str(message["id"])


def _answer(status: int, content: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(content)}
