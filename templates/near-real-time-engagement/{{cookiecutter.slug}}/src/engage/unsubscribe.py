"""Ends marketing on a channel: one POST is enough (RFC 8058); a GET shows the button, for programs follow links."""

import hmac
from typing import Any

import record
import store

_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Unsubscribe</title>'
    '<form method="post"><p>No more offers from us by this channel?</p><button>Unsubscribe</button></form></html>'
)


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answers a request of API Gateway (HTTP API, payload 2.0)."""
    given = event.get("queryStringParameters") or {}
    message = store.item(store.messages, id=str(given.get("m", "-"))) or {}
    token = str(message.get("token", ""))
    if not token or not hmac.compare_digest(token, str(given.get("t", ""))):
        return _answer(404, "There is no such message.")
    if event["requestContext"]["http"]["method"] != "POST":
        return _answer(200, _PAGE, "text/html; charset=utf-8")
    store.audience.update_item(
        Key={"customer": message["customer"], "entry": message["channel"]},
        UpdateExpression="SET consent = :no, consent_at = :now, consent_source = :how",
        ExpressionAttributeValues={":no": "withdrawn", ":now": store.now(), ":how": f"message {message['id']}"},
    )
    record.tell_engagement(record.engagement(message, "opt-out"))
    return _answer(200, "You get no more offers from us by this channel.")


def _answer(status: int, text: str, kind: str = "text/plain; charset=utf-8") -> dict[str, Any]:
    return {"statusCode": status, "headers": {"content-type": kind}, "body": text}
