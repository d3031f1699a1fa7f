"""Events of SES in the one form of the lake."""

from typing import Any

from record import event_id

# The name of an event, and the object that holds its details.
KINDS = {
    "Send": ("send", "send"),
    "Delivery": ("delivery", "delivery"),
    "Open": ("open", "open"),
    "Click": ("click", "click"),
    "Bounce": ("bounce", "bounce"),
    "Complaint": ("complaint", "complaint"),
    "DeliveryDelay": ("delay", "deliveryDelay"),
    "Reject": ("reject", "reject"),
    "Rendering Failure": ("rendering-failure", "failure"),
}


class Malformed(ValueError):
    """No event that can be understood; says why."""


def flat(event: Any) -> dict[str, Any]:
    """Returns the record of an event.

    Raises:
        Malformed: something is missing.
    """
    if not isinstance(event, dict) or event.get("eventType") not in KINDS:
        raise Malformed(f"unknown eventType: {event.get('eventType') if isinstance(event, dict) else event!r}"[:200])
    kind, name = KINDS[event["eventType"]]
    try:
        mail = event["mail"]
        tags = {tag: values[0] for tag, values in mail["tags"].items()}
        detail = event.get(name) or {}
        at = detail.get("timestamp") or mail["timestamp"]
        link = detail.get("link")
        return {
            "event_id": event_id(tags["message"], kind, f"{at}|{link or ''}"),
            "type": kind,
            "at": at,
            "message": tags["message"],
            "campaign": tags["campaign"],
            "customer": tags["customer"],
            "channel": "email",
            "kind": tags["kind"],
            "reason": _reason(kind, detail),
            "link": link,
            "sent_at": mail["timestamp"],
        }
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise Malformed(f"{event['eventType']} without {error}") from error


def _reason(kind: str, detail: dict[str, Any]) -> str | None:
    if kind == "bounce":
        return f"{detail['bounceType']} {detail['bounceSubType']}"
    if kind == "complaint":
        return str(detail.get("complaintFeedbackType") or "complaint")
    if kind == "delay":
        return str(detail.get("delayType"))
    return str(detail.get("reason") or detail.get("errorMessage")) if kind in {"reject", "rendering-failure"} else None
