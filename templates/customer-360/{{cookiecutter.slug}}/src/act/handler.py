"""Answers what to do for a customer next, from the profile as the last refresh left it."""

import json
import re
import time
from typing import Any

import profiles
from botocore.exceptions import BotoCoreError, ClientError
from decide import decide

_CUSTOMER = re.compile(r"c[0-9a-f]{12}")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers a request of API Gateway (HTTP API, payload 2.0): 200 with an action, 400, 404, or 503."""
    started = time.monotonic()
    answer = _answer(str((event.get("pathParameters") or {}).get("id", "")))
    answer["headers"]["x-request-id"] = context.aws_request_id
    # Never the profile: logs are read by more people than may see it.
    fields = {"status": answer["statusCode"], "milliseconds": round((time.monotonic() - started) * 1000)}
    print(json.dumps({"level": "INFO", "message": "answered", **fields}))
    return answer


def _answer(id: str) -> dict[str, Any]:
    if not _CUSTOMER.fullmatch(id):
        return _response(400, {"error": "this is no id of a customer"})
    try:
        found = profiles.find(id)
    except (BotoCoreError, ClientError) as error:
        print(json.dumps({"level": "ERROR", "message": f"the profile store does not answer: {error}"[:500]}))
        return _response(503, {"error": "the profile store does not answer; ask again"})
    if found is None:
        return _response(404, {"error": "there is no such customer"})
    action = decide(found)
    return _response(200, {"customer_id": id, **action._asdict()})


def _response(status: int, content: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(content)}
