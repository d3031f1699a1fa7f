"""Takes events of users, and changes of items, so that the next answer knows of them.

Every event ends in exactly one of two places: among the events in the lake, or among the dead letters with the reason.
What the tracker does not take is kept all the same, and imported with the next training. If the lake takes nothing, the
caller is told so with 503 and sends it again.
"""

import base64
import json
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import boto3
import tracker
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from messages import Malformed, envelope, event_of, identifier, item_of

_PATIENT = Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 3, "mode": "standard"})
firehose = boto3.client("firehose", config=_PATIENT)
dynamodb = boto3.client("dynamodb", config=_PATIENT)

Json = dict[str, Any]
_BODY_KEPT = 100_000  # characters


class NotStored(Exception):
    """A record was not taken by its delivery stream."""


def handler(event: Json, _context: Any) -> Json:
    """Answers a request of API Gateway (HTTP API, payload 2.0)."""
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body).decode(errors="replace")
    try:
        if event["routeKey"] == "PUT /items/{item}":
            return _item(event["pathParameters"]["item"], body)
        return _events(body)
    except NotStored as error:
        _log("ERROR", str(error))
        _count(NotStored=1)
        return _response(503, {"error": "nothing could be stored; send it again"})


def _events(body: str) -> Json:
    try:
        user, session, sent = envelope(body)
    except Malformed as error:
        _reject([_letter(None, str(error), body)])
        return _response(400, {"error": str(error), "accepted": [], "rejected": []})
    taken, letters, refused = [], [], []
    for one in sent:
        try:
            taken.append(event_of(one))
        except Malformed as error:
            id = identifier(one)
            letters.append(_letter(id, str(error), json.dumps(one)))
            refused.append({"id": id, "error": str(error)})
    _reject(letters)
    tracked = bool(taken) and _track(user, session, taken)
    who = user or session
    rows = [{**one, "user_id": who, "session_id": session, "tracked": tracked, "received_at": _now()} for one in taken]
    _put(os.environ["EVENTS_STREAM"], rows)
    if taken:
        _remember(who, [one["item_id"] for one in taken if one["event_type"] == "purchase"])
        _count(Events=len(taken))
    told = {"accepted": [one["event_id"] for one in taken], "rejected": refused, "tracked": tracked}
    return _response(202 if taken else 400, told)


def _track(user: str | None, session: str, taken: Sequence[Json]) -> bool:
    try:
        tracker.track(user, session, taken)
    except tracker.NotTracked as error:
        _log("ERROR", "the tracker did not take events", reason=str(error))
        _count(NotTracked=len(taken))
        return False
    return True


def _item(name: str, body: str) -> Json:
    try:
        item = item_of(name, body)
    except Malformed as error:
        _reject([_letter(name, str(error), body)])
        return _response(400, {"error": str(error)})
    try:
        tracker.keep_item(item)
    except tracker.NotTracked as error:
        _log("ERROR", "an item was not taken", reason=str(error))
        _count(NotTracked=1)
        return _response(503, {"error": "the item was not taken; send it again"})
    return _response(202, {"item": name})


def _remember(user: str, bought: Sequence[str]) -> None:
    """Notes that a user is known, and what was bought, for the fallback to filter by; if it fails, no event is lost."""
    update = "SET last_seen = :now"
    values: Json = {":now": {"S": _now()}}
    if bought:
        update, values = f"{update} ADD bought :bought", {**values, ":bought": {"SS": sorted(set(bought))}}
    try:
        dynamodb.update_item(
            TableName=os.environ["USERS_TABLE"],
            Key={"user_id": {"S": user}},
            UpdateExpression=update,
            ExpressionAttributeValues=values,
        )
    except (BotoCoreError, ClientError) as error:
        _log("ERROR", "the table of users did not take an update", reason=str(error))


def _letter(id: str | None, reason: str, body: str) -> Json:
    return {"event_id": id, "reason": reason, "body": body[:_BODY_KEPT], "received_at": _now()}


def _reject(letters: Sequence[Json]) -> None:
    _put(os.environ["REJECTED_STREAM"], letters)
    if letters:
        _count(Rejected=len(letters))


def _put(stream: str, rows: Sequence[Json]) -> None:
    """Stores rows, all of them or, with an error, perhaps some: what is sent again is there twice, with one id."""
    if not rows:
        return
    records = [{"Data": f"{json.dumps(row)}\n".encode()} for row in rows]
    try:
        answer = firehose.put_record_batch(DeliveryStreamName=stream, Records=records)
    except (BotoCoreError, ClientError) as error:
        raise NotStored(f"{stream} did not take {len(rows)} records: {error}") from error
    if answer["FailedPutCount"]:
        raise NotStored(f"{stream} did not take {answer['FailedPutCount']} records")


def _response(status: int, content: Json) -> Json:
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(content)}


def _count(**values: int) -> None:
    """Prints metrics in the embedded format, from which CloudWatch Logs makes them without a call."""
    named = [{"Name": name, "Unit": "Count"} for name in values]
    directive = {"Namespace": os.environ["METRICS_NAMESPACE"], "Dimensions": [[]], "Metrics": named}
    print(json.dumps({"_aws": {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [directive]}, **values}))


def _log(level: str, message: str, **fields: object) -> None:
    print(json.dumps({"level": level, "message": message, **fields}))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
