"""Recommends: items for a user, items like another one, popular items.

A personal answer is never kept: an event that has just arrived would not show in it. Similar and popular items are the
same for everyone (of an age) and are kept for a minute. Whatever the model does, there is an answer: popular items, to
which the same filters are applied.
"""

import json
import os
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import model
import popular
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from cache import Cache
from request import Asked, Malformed, asked
from visitor import Visitor, variant_of, visitor

_QUICK = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"})
firehose = boto3.client("firehose", config=_QUICK)
cache = Cache(seconds=60, most=5_000)

Scored = list[tuple[str, float]]
Answer = dict[str, Any]


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answers a request of API Gateway (HTTP API, payload 2.0): 200, 400, or 404 for an item that nobody knows."""
    started = time.monotonic()
    try:
        wanted = asked(event.get("pathParameters"), event.get("queryStringParameters"))
        answer, kept = ROUTES[event["routeKey"]](wanted)
    except Malformed as error:
        return _response(400, {"error": str(error)}, "none")
    except model.Unknown as error:
        return _response(404, {"error": f"there is no item {error}"}, "none")
    page = answer.pop("all")[wanted.first : wanted.first + wanted.limit]
    answer |= {"items": [{"id": item, "score": round(score, 6)} for item, score in page], "page": wanted.page}
    answer["next_page"] = wanted.page + 1 if len(page) == wanted.limit and wanted.has_next else None
    _keep(answer)
    _count(answer, kept, (time.monotonic() - started) * 1000)
    return _response(200, answer, kept)


def for_you(wanted: Asked) -> tuple[Answer, str]:
    """What a user is offered; who is not known is offered what is popular."""
    who = visitor(wanted.name)
    variant = variant_of(wanted.name)
    if who.known and variant == "model":
        try:
            found, id = model.for_you(who.id, who.age, wanted.most)
            return _answer("for-you", "model", found, id, user=who.id, variant=variant), "none"
        except model.Unavailable as error:
            _log("WARNING", "the model does not answer", reason=str(error))
            return _answer("for-you", "fallback", _popular(who), user=who.id, variant=variant), "none"
    return _answer("for-you", "popular", _popular(who), user=who.id, variant=variant), "none"


def similar(wanted: Asked) -> tuple[Answer, str]:
    """What is like an item."""

    def ask() -> Answer:
        try:
            found, id = model.similar(wanted.name, wanted.age, 500)
            return _answer("similar", "model", found, id)
        except model.Unavailable as error:
            _log("WARNING", "the model does not answer", reason=str(error))
            return _answer("similar", "fallback", _popular(Visitor("", wanted.age)))

    return _kept(("similar", wanted.name, wanted.age), ask)


def most_popular(wanted: Asked) -> tuple[Answer, str]:
    """What everyone is offered of whom nothing is known."""
    return _kept(("popular", wanted.age), lambda: _answer("popular", "popular", _popular(Visitor("", wanted.age))))


ROUTES: dict[str, Callable[[Asked], tuple[Answer, str]]] = {
    "GET /recommendations/{name}": for_you,
    "GET /recommendations": most_popular,
    "GET /similar/{name}": similar,
    "GET /popular": most_popular,
}


def _kept(key: tuple[Any, ...], ask: Callable[[], Answer]) -> tuple[Answer, str]:
    """Returns an answer that is the same for everyone, and whether it was kept; a fallback is not kept."""
    found = cache.get(key)
    if found is not None:
        return {**found, "recommendation_id": _new_id()}, "hit"
    answer = ask()
    if answer["source"] != "fallback":
        cache.put(key, dict(answer))
    return answer, "miss"


def _popular(who: Visitor) -> Scored:
    return [
        (one.item, one.score)
        for one in popular.items()
        if one.available and one.min_age <= who.age and one.item not in who.bought
    ]


def _answer(kind: str, source: str, found: Scored, id: str = "", user: str = "", variant: str = "") -> Answer:
    told: Answer = {"recommendation_id": id or _new_id(), "kind": kind, "source": source, "all": found}
    return told | ({"user": user, "variant": variant} if kind == "for-you" else {})


def _new_id() -> str:
    return f"R-{uuid.uuid4()}"


def _keep(answer: Mapping[str, Any]) -> None:
    """Keeps what was recommended; an answer is not held back because this fails."""
    record = {
        "recommendation_id": answer["recommendation_id"],
        "user_id": answer.get("user"),
        "kind": answer["kind"],
        "source": answer["source"],
        "variant": answer.get("variant"),
        "items": " ".join(one["id"] for one in answer["items"]),
        "answered_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    try:
        firehose.put_record(
            DeliveryStreamName=os.environ["ANSWERS_STREAM"], Record={"Data": f"{json.dumps(record)}\n".encode()}
        )
    except (BotoCoreError, ClientError) as error:
        _log("ERROR", "an answer could not be kept", reason=str(error))
        _metrics({"NotKept": 1})


def _count(answer: Mapping[str, Any], kept: str, milliseconds: float) -> None:
    values: dict[str, float] = {"Answers": 1, "Fallback": float(answer["source"] == "fallback")}
    values |= {"CacheHit" if kept == "hit" else "CacheMiss": 1.0} if kept != "none" else {}
    _metrics(values)
    _log("INFO", "answered", kind=answer["kind"], source=answer["source"], cache=kept, milliseconds=round(milliseconds))


def _metrics(values: Mapping[str, float]) -> None:
    """Prints metrics in the embedded format, from which CloudWatch Logs makes them without a call."""
    named = [{"Name": name, "Unit": "Count"} for name in values]
    directive = {"Namespace": os.environ["METRICS_NAMESPACE"], "Dimensions": [[]], "Metrics": named}
    print(json.dumps({"_aws": {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [directive]}, **values}))


def _response(status: int, content: Mapping[str, Any], kept: str) -> dict[str, Any]:
    # A browser or a content network may keep what is the same for everyone, and nothing personal.
    control = "no-store" if kept == "none" else "public, max-age=60"
    headers = {"content-type": "application/json", "cache-control": control, "x-cache": kept}
    return {"statusCode": status, "headers": headers, "body": json.dumps(content)}


def _log(level: str, message: str, **fields: object) -> None:
    print(json.dumps({"level": level, "message": message, **fields}))
