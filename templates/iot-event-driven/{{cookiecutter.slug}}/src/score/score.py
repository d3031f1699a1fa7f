"""Scores the readings of a batch: one request to the model for many of them.

Every message of the stream ends in the lake: a reading with its score, anything else among the dead letters with the
reason. If the model or Firehose does not answer, the batch fails and is given again, so nothing is passed over.
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from delivery import deliver
from records import Record, failed_from, records
from telemetry import Envelope, Malformed, opened, reading

_MOST = 200  # readings in one request; an answer is far below the limit of an endpoint
_BODY_KEPT = 100_000  # characters

_patience = Config(connect_timeout=2, read_timeout=30, retries={"total_max_attempts": 3, "mode": "standard"})
endpoint = boto3.client("sagemaker-runtime", config=_patience)
firehose = boto3.client("firehose", config=_patience)


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Works on a batch of the stream."""
    readings, rejected = sorted_out(list(records(event)))
    scored = [one for part in _parts(readings) for one in _scored(part)]
    deliver(firehose, os.environ["REJECTED_STREAM"], rejected)
    deliver(firehose, os.environ["SCORED_STREAM"], scored)
    _count(scored, rejected)
    return failed_from(None)


def sorted_out(batch: Sequence[Record]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Returns the readings of a batch, and the dead letters."""
    readings, rejected = [], []
    for record in batch:
        envelope = Envelope("", round(record.arrived * 1000), record.data)
        try:
            envelope = opened(record.data)
            readings.append(reading(envelope) | {"place": record.place})
        except Malformed as error:
            rejected.append(_dead_letter(envelope, str(error), record.place))
    return readings, rejected


def _scored(part: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    answer = endpoint.invoke_endpoint(
        EndpointName=os.environ["ENDPOINT"],
        ContentType="application/json",
        Accept="application/json",
        Body=json.dumps({"readings": part}),
    )
    predictions = json.loads(answer["Body"].read())["predictions"]
    now = round(time.time() * 1000)
    return [one | found | {"scored_at": now} for one, found in zip(part, predictions, strict=True)]


def _dead_letter(envelope: Envelope, why: str, place: str) -> dict[str, Any]:
    text = envelope.body.decode(errors="replace")
    return {
        "device": envelope.device,
        "digest": envelope.digest,
        "reason": "malformed",
        "detail": why,
        "body": text[:_BODY_KEPT],
        "received_at": envelope.received_at,
        "rejected_at": _now(),
        "place": place,
    }


def _parts(readings: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    for first in range(0, len(readings), _MOST):
        yield readings[first : first + _MOST]


def _count(scored: Sequence[dict[str, Any]], rejected: Sequence[dict[str, Any]]) -> None:
    """Prints metrics in the embedded format, from which CloudWatch Logs makes metrics without a call."""
    values: dict[str, Any] = {
        "Readings": len(scored),
        "Anomalies": sum(bool(one["anomaly"]) for one in scored),
        "Rejected": len(rejected),
    }
    metrics = [{"Name": name, "Unit": "Count"} for name in values]
    if scored:
        values["Latency"] = [max(0, one["scored_at"] - one["sent_at"]) for one in scored][:100]
        metrics.append({"Name": "Latency", "Unit": "Milliseconds"})
    directive = {"Namespace": os.environ["METRICS_NAMESPACE"], "Dimensions": [[]], "Metrics": metrics}
    print(json.dumps({"_aws": {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [directive]}, **values}))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
