"""Scores a transaction while the payment waits.

Every request ends in exactly one of two places: with its score in the lake, or with its body and the reason among the
dead letters. If neither takes it, the caller is told so with 503 and sends it again.
"""

import base64
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from transaction import Malformed, identifier, parse

_BODY_KEPT = 200_000  # characters; a record of Firehose has room for 1,000 KiB
_LONGEST = 20  # seconds for all tries of the model; API Gateway gives up after 30, and a dead letter has to be kept


def patience(seconds: float) -> Config:
    """Returns the time-outs of a client: two tries where both fit, since one rides over a dropped connection.

    A payment cannot wait for the usual ones, which are a minute.
    """
    attempts = 2 if 2 * seconds <= _LONGEST else 1
    return Config(connect_timeout=1, read_timeout=seconds, retries={"total_max_attempts": attempts, "mode": "standard"})


endpoint = boto3.client("sagemaker-runtime", config=patience(float(os.environ["MODEL_SECONDS"])))
firehose = boto3.client("firehose", config=patience(2))
pool = ThreadPoolExecutor(max_workers=2)


class Unavailable(Exception):
    """The model gave no score; the message says why."""


class NotStored(Exception):
    """A record was not taken by its delivery stream."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers a request of API Gateway (HTTP API, payload 2.0): 200 with a decision, 400, or 503."""
    started = time.monotonic()
    body = _body(event)
    try:
        answer = answer_to(body, context.aws_request_id)
    except NotStored as error:
        log("ERROR", str(error))
        answer = _response(503, {"error": "the transaction could not be stored; send it again"})
        _count("NotStored", 0)
    answer["headers"]["x-request-id"] = context.aws_request_id
    log("INFO", "answered", status=answer["statusCode"], milliseconds=round((time.monotonic() - started) * 1000))
    return answer


def answer_to(body: str, request_id: str) -> dict[str, Any]:
    """Scores and stores what a body holds, or keeps it with the reason; returns what a waiting caller is told.

    Raises:
        NotStored: it is in neither of the two places.
    """
    try:
        transaction = parse(body)
    except Malformed as error:
        _keep_dead_letter("malformed", str(error), body, identifier(body), request_id)
        _count("Rejected", 0)
        return _response(400, {"error": str(error)})
    try:
        scored = decide(_predictions(transaction))
    except Unavailable as error:
        _keep_dead_letter("not-scored", str(error), body, transaction["id"], request_id)
        _count("NotScored", 0)
        return _response(503, {"id": transaction["id"], "error": "the model does not answer; the transaction is kept"})
    _put(os.environ["SCORED_STREAM"], transaction | scored | {"scored_at": _now(), "request_id": request_id})
    _count("Flagged" if scored["decision"] == "review" else "Approved", scored["score"])
    return _response(200, {"id": transaction["id"]} | scored)


def decide(predictions: list[dict[str, Any]]) -> dict[str, Any]:
    """Returns the scores and the decision: a payment is held back where one of the models reaches its threshold.

    >>> decide([{"kind": "fraud", "score": 0.5, "threshold": 0.5}])["held_by"]
    'fraud'
    """
    held = [str(one["kind"]) for one in predictions if one["score"] >= one["threshold"]]
    decision = {"decision": "review" if held else "approve", "held_by": ",".join(held) or None}
    first, *others = predictions
    scored = {"score": first["score"], "threshold": first["threshold"]}
    for other in others:
        scored |= {"anomaly_score": other["score"], "anomaly_threshold": other["threshold"]}
    return scored | decision


def _predictions(transaction: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns what each model says, the first one first; they are asked at once, so the slower one sets the time."""
    body = json.dumps({"transactions": [transaction]})
    names = os.environ["ENDPOINTS"].split(",")
    if len(names) == 1:
        return [_ask(names[0], body)]
    return list(pool.map(_ask, names, [body] * len(names)))


def _ask(name: str, body: str) -> dict[str, Any]:
    try:
        answer = endpoint.invoke_endpoint(
            EndpointName=name, ContentType="application/json", Accept="application/json", Body=body
        )
        said = json.loads(answer["Body"].read())["predictions"][0]
        return {"kind": str(said["kind"]), "score": float(said["score"]), "threshold": float(said["threshold"])}
    except ClientError as error:
        raise Unavailable(f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"[:500]) from error
    except (BotoCoreError, ValueError, LookupError, TypeError) as error:
        raise Unavailable(f"{type(error).__name__}: {error}"[:500]) from error


def _keep_dead_letter(reason: str, detail: str, body: str, found_id: str | None, request_id: str) -> None:
    kept = body[:_BODY_KEPT]
    _put(
        os.environ["REJECTED_STREAM"],
        {
            "id": found_id,
            "reason": reason,
            "detail": detail,
            "body": kept,
            "body_cut": len(kept) < len(body),
            "received_at": _now(),
            "request_id": request_id,
        },
    )


def _put(stream: str, record: dict[str, Any]) -> None:
    try:
        firehose.put_record(DeliveryStreamName=stream, Record={"Data": f"{json.dumps(record)}\n".encode()})
    except (BotoCoreError, ClientError) as error:
        raise NotStored(f"{stream} did not take a record: {error}") from error


def _body(event: dict[str, Any]) -> str:
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return base64.b64decode(body).decode(errors="replace")
    return str(body)


def _response(status: int, content: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(content)}


def _count(outcome: str, score: float) -> None:
    """Prints a metric in the embedded format, from which CloudWatch Logs makes a metric without a call."""
    metrics = [{"Name": outcome, "Unit": "Count"}]
    values: dict[str, Any] = {outcome: 1}
    if outcome in {"Flagged", "Approved"}:
        metrics.append({"Name": "Score", "Unit": "None"})
        values["Score"] = score
    directive = {"Namespace": os.environ["METRICS_NAMESPACE"], "Dimensions": [[]], "Metrics": metrics}
    print(json.dumps({"_aws": {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [directive]}, **values}))


def log(level: str, message: str, **fields: object) -> None:
    """Prints a line of JSON; never the body, for it holds a card's payments, and many people read logs."""
    print(json.dumps({"level": level, "message": message, **fields}))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
