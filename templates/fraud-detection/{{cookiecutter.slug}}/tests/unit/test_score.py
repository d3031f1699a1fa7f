"""The scoring function: what it takes, what it refuses, and where each request ends."""

import base64
import importlib
import io
import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

TRANSACTION = {
    "id": "t1",
    "time": "2026-03-01T23:30:00Z",
    "card": "c1",
    "merchant": "m1",
    "category": "electronics",
    "channel": "online",
    "country": "FR",
    "card_country": "DE",
    "amount": 250.0,
    "distance_km": 0,
    "minutes_since_last": 4.5,
    "count_24h": 6,
    "usual_amount": 30.0,
}
CONTEXT = SimpleNamespace(aws_request_id="r-1")
SETTINGS = {
    "ENDPOINTS": "e",
    "SCORED_STREAM": "scored",
    "REJECTED_STREAM": "rejected",
    "METRICS_NAMESPACE": "fraud",
    "MODEL_SECONDS": "4",
}


class Aws:
    """Stands where the two services are: what the function does when they fail cannot be had from them at will."""

    def __init__(self) -> None:
        self.records: dict[str, list[dict[str, Any]]] = {"scored": [], "rejected": []}
        self.answer: Any = {"predictions": [{"kind": "fraud", "score": 0.75, "threshold": 0.5}]}
        self.answers: dict[str, Any] = {}
        self.closed: set[str] = set()

    def invoke_endpoint(self, EndpointName: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        answer = self.answers.get(EndpointName, self.answer)
        if isinstance(answer, Exception):
            raise answer
        return {"Body": io.BytesIO(json.dumps(answer).encode())}

    def put_record(self, DeliveryStreamName: str, Record: dict[str, bytes]) -> None:  # noqa: N803
        if DeliveryStreamName in self.closed:
            error = {"Error": {"Code": "ServiceUnavailableException", "Message": "slow down"}}
            raise ClientError(error, "PutRecord")  # type: ignore[arg-type]
        assert Record["Data"].endswith(b"\n")
        self.records[DeliveryStreamName].append(json.loads(Record["Data"]))


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    handler = importlib.import_module("handler")
    aws = Aws()
    monkeypatch.setattr(handler, "endpoint", aws)
    monkeypatch.setattr(handler, "firehose", aws)
    return aws


def call(body: object, **event: object) -> tuple[int, dict[str, Any]]:
    text = body if isinstance(body, str) else json.dumps(body)
    answer = importlib.import_module("handler").handler({"body": text, **event}, CONTEXT)
    assert answer["headers"]["x-request-id"] == "r-1"
    return answer["statusCode"], json.loads(answer["body"])


def metrics(printed: str) -> dict[str, Any]:
    lines = [json.loads(line) for line in printed.splitlines()]
    return next(line for line in lines if "_aws" in line)


def test_a_transaction_is_scored_stored_and_answered(aws: Aws) -> None:
    status, answer = call(TRANSACTION)
    assert status == 200
    assert answer == {"id": "t1", "score": 0.75, "threshold": 0.5, "decision": "review", "held_by": "fraud"}
    (stored,) = aws.records["scored"]
    assert stored.items() >= (TRANSACTION | answer | {"request_id": "r-1"}).items()
    assert aws.records["rejected"] == []


@pytest.mark.parametrize(("score", "decision"), [(0.49, "approve"), (0.5, "review"), (0.51, "review")])
def test_the_threshold_that_came_with_the_model_decides(aws: Aws, score: float, decision: str) -> None:
    aws.answer = {"predictions": [{"kind": "fraud", "score": score, "threshold": 0.5}]}
    assert call(TRANSACTION)[1]["decision"] == decision


@pytest.mark.parametrize(
    ("fraud", "unusual", "decision", "by"),
    [
        (0.6, 1.0, "review", "fraud"),
        (0.4, 1.3, "review", "anomaly"),
        (0.6, 1.3, "review", "fraud,anomaly"),
        (0.4, 1.0, "approve", None),
    ],
)
def test_of_two_models_each_can_hold_a_payment_back(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, fraud: float, unusual: float, decision: str, by: str | None
) -> None:
    monkeypatch.setenv("ENDPOINTS", "one,two")
    aws.answers = {
        "one": {"predictions": [{"kind": "fraud", "score": fraud, "threshold": 0.5}]},
        "two": {"predictions": [{"kind": "anomaly", "score": unusual, "threshold": 1.2}]},
    }
    said = {"score": fraud, "threshold": 0.5, "anomaly_score": unusual, "anomaly_threshold": 1.2}
    assert call(TRANSACTION)[1] == {"id": "t1", **said, "decision": decision, "held_by": by}
    assert aws.records["scored"][0].items() >= said.items()


def test_without_the_second_model_there_is_no_half_answer(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDPOINTS", "one,two")
    aws.answers = {"two": ReadTimeoutError(endpoint_url="https://runtime.sagemaker")}
    assert call(TRANSACTION)[0] == 503
    assert (aws.records["scored"], aws.records["rejected"][0]["reason"]) == ([], "not-scored")


@pytest.mark.parametrize(("seconds", "attempts"), [(4, 2), (10, 2), (20, 1)])
def test_all_tries_of_the_model_leave_time_for_a_dead_letter(aws: Aws, seconds: float, attempts: int) -> None:
    found = importlib.import_module("handler").patience(seconds)
    assert (found.read_timeout, found.retries["total_max_attempts"]) == (seconds, attempts)
    assert attempts * (seconds + found.connect_timeout) < 25


def test_a_body_in_base64_is_read(aws: Aws) -> None:
    encoded = base64.b64encode(json.dumps(TRANSACTION).encode()).decode()
    assert call(encoded, isBase64Encoded=True)[0] == 200


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount": None}, "amount must be a number"),
        ({"amount": True}, "amount must be a number"),
        ({"amount": "12"}, "amount must be a number"),
        ({"amount": -1}, "amount must be between 0 and"),
        ({"amount": 10**400}, "amount must be between 0 and"),
        ({"time": "yesterday"}, "time must be like 2026-01-31T12:00:00Z"),
        ({"time": "2026-03-01T23:30:00"}, "time must name its zone"),
        ({"time": 20260301}, "time must be like"),
        ({"country": "Germany"}, "country must be a text like"),
        ({"channel": "carrier pigeon"}, "channel must be one of online, shop"),
        ({"channel": []}, "channel must be one of online, shop"),
        ({"id": "a b"}, "id must be a text like"),
        ({"id": "x" * 65}, "id must be a text like"),
        ({"card": {}}, "card must be a text like"),
    ],
)
def test_a_wrong_field_is_answered_with_its_reason_and_kept(aws: Aws, change: dict[str, Any], reason: str) -> None:
    sent = TRANSACTION | change
    status, answer = call(sent)
    assert status == 400
    assert reason in answer["error"]
    (kept,) = aws.records["rejected"]
    assert kept["reason"] == "malformed"
    assert kept["detail"] == answer["error"]
    assert json.loads(kept["body"]) == sent
    assert kept["received_at"].endswith("Z")
    assert aws.records["scored"] == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "the body is no JSON"),
        ("{", "the body is no JSON"),
        ('{"amount": NaN}', "NaN is no number"),
        ("[" * 100_000, "the body is no JSON"),
        ("[1]", "the body is no JSON object"),
        ('"t1"', "the body is no JSON object"),
        ("{}", "missing: id, card, merchant, category, time"),
    ],
)
def test_a_body_that_is_no_transaction_is_kept_as_it_was_sent(aws: Aws, body: str, reason: str) -> None:
    status, answer = call(body)
    assert (status, reason in answer["error"]) == (400, True)
    assert aws.records["rejected"][0]["body"] == body


def test_the_id_of_a_malformed_transaction_is_kept_where_it_can_be_made_out(aws: Aws) -> None:
    call(TRANSACTION | {"amount": "x"})
    call(TRANSACTION | {"id": ["x"]})
    call("no JSON")
    assert [kept["id"] for kept in aws.records["rejected"]] == ["t1", None, None]


def test_a_body_too_long_for_a_record_is_cut_and_marked(aws: Aws) -> None:
    call("x" * 300_000)
    (kept,) = aws.records["rejected"]
    assert (len(kept["body"]), kept["body_cut"]) == (200_000, True)


def test_unknown_fields_are_left_out(aws: Aws) -> None:
    call(TRANSACTION | {"pan": "4111111111111111"})
    assert "pan" not in aws.records["scored"][0]


@pytest.mark.parametrize(
    "failure",
    [
        ClientError({"Error": {"Code": "ModelError", "Message": "500"}}, "InvokeEndpoint"),
        ReadTimeoutError(endpoint_url="https://runtime.sagemaker"),
        {"predictions": []},
        {"predictions": [{"kind": "fraud", "score": None, "threshold": 0.5}]},
        {"score": 1},
    ],
)
def test_a_model_that_does_not_answer_loses_no_transaction(aws: Aws, failure: object) -> None:
    aws.answer = failure
    status, answer = call(TRANSACTION)
    assert status == 503
    assert answer["id"] == "t1"
    (kept,) = aws.records["rejected"]
    assert kept["reason"] == "not-scored"
    assert kept["id"] == "t1"
    assert json.loads(kept["body"]) == TRANSACTION


@pytest.mark.parametrize("stream", ["scored", "rejected"])
def test_a_transaction_that_nothing_keeps_is_never_said_to_be_done(aws: Aws, stream: str) -> None:
    aws.closed = {"scored", "rejected"}
    status, answer = call(TRANSACTION if stream == "scored" else "malformed")
    assert status == 503
    assert answer == {"error": "the transaction could not be stored; send it again"}


@pytest.mark.parametrize(
    ("prepare", "body", "outcome"),
    [
        ({}, TRANSACTION, "Flagged"),
        ({"answer": {"predictions": [{"kind": "fraud", "score": 0.1, "threshold": 0.5}]}}, TRANSACTION, "Approved"),
        ({}, "malformed", "Rejected"),
        ({"answer": {}}, TRANSACTION, "NotScored"),
        ({"closed": {"scored"}}, TRANSACTION, "NotStored"),
    ],
)
def test_every_outcome_is_counted_once(
    aws: Aws, capsys: pytest.CaptureFixture, prepare: dict[str, Any], body: object, outcome: str
) -> None:
    vars(aws).update(prepare)
    call(body)
    counted = metrics(capsys.readouterr().out)
    assert counted[outcome] == 1
    (directive,) = counted["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "fraud"
    assert directive["Metrics"][0] == {"Name": outcome, "Unit": "Count"}


def test_logs_hold_nothing_of_a_payment(aws: Aws, capsys: pytest.CaptureFixture) -> None:
    call(TRANSACTION)
    call(TRANSACTION | {"amount": "x"})
    printed = capsys.readouterr().out
    assert "c1" not in printed
    assert "m1" not in printed
