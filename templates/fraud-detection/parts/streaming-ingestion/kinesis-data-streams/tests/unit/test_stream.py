"""The reader of the stream: what it works through, and from where it wants a batch again."""

import base64
import importlib
from types import SimpleNamespace
from typing import Any

import pytest

from templates import allowed

SETTINGS = ("ENDPOINTS", "SCORED_STREAM", "REJECTED_STREAM", "METRICS_NAMESPACE")


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("MODEL_SECONDS", "4")
    for name in SETTINGS:
        monkeypatch.setenv(name, name.lower())
    importlib.reload(importlib.import_module("handler"))
    return importlib.reload(importlib.import_module("stream"))


def batch(*bodies: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "kinesis": {
                    "sequenceNumber": str(number),
                    "partitionKey": "c1",
                    "data": base64.b64encode(body.encode()).decode(),
                    "approximateArrivalTimestamp": 0,
                }
            }
            for number, body in enumerate(bodies)
        ]
    }


def context(*left: int) -> Any:
    times = iter(left)
    return SimpleNamespace(aws_request_id="r-1", get_remaining_time_in_millis=lambda: next(times))


def test_every_record_is_scored_in_order_by_the_code_of_the_api(stream: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []
    monkeypatch.setattr(stream, "answer_to", lambda body, request: seen.append((body, request)))
    answer = stream.handler(batch("a", "b"), context(90_000, 90_000))
    assert seen == [("a", "r-1"), ("b", "r-1")]
    assert answer == {"batchItemFailures": []}


def test_what_could_not_be_stored_is_given_again_with_all_that_follows(
    stream: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stored(body: str, _: str) -> None:
        if body == "b":
            raise stream.NotStored("firehose is away")

    monkeypatch.setattr(stream, "answer_to", stored)
    answer = stream.handler(batch("a", "b", "c"), context(90_000, 90_000, 90_000))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_a_batch_is_left_in_time(stream: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "answer_to", lambda *_: None)
    answer = stream.handler(batch("a", "b"), context(90_000, 20_000))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_the_reader_may_do_what_the_api_may_and_no_more() -> None:
    assert allowed("stream-scoring.yaml", "StreamScoreRole") == allowed("serving.yaml", "ScoreRole")
