"""Brings what Firehose carries into the form of the table; what cannot be brought there ends among the dead letters."""

import base64
import json
from typing import Any

import events
import store

OWN = {"event_id", "type", "at", "message", "campaign", "customer", "channel", "kind", "reason", "link", "sent_at"}


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answers each record of a batch: Ok with its line, or ProcessingFailed."""
    return {"records": [_record(one) for one in event["records"]]}


def _record(one: dict[str, Any]) -> dict[str, Any]:
    try:
        found = json.loads(base64.b64decode(one["data"]))
        flat = found if isinstance(found, dict) and found.keys() == OWN else events.flat(found)
    except (ValueError, events.Malformed):
        return {"recordId": one["recordId"], "result": "ProcessingFailed", "data": one["data"]}
    line = f"{json.dumps(flat | {'received_at': store.now()})}\n"
    return {"recordId": one["recordId"], "result": "Ok", "data": base64.b64encode(line.encode()).decode()}
