"""The function that takes events: what it takes, what it refuses, and where each event ends."""

import importlib
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

EVENT = {"id": "e1", "type": "view", "item": "i1", "time": "2026-03-01T10:00:00Z"}
SETTINGS = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "TRACKING_ID": "t",
    "ITEMS_ARN": "arn:items",
    "USERS_TABLE": "users",
    "EVENTS_STREAM": "events",
    "REJECTED_STREAM": "rejected",
    "METRICS_NAMESPACE": "shop",
}


class Aws:
    """Stands where the services are: what the function does when they fail cannot be had from them at will."""

    def __init__(self) -> None:
        self.records: dict[str, list[dict[str, Any]]] = {"events": [], "rejected": []}
        self.tracked: list[dict[str, Any]] = []
        self.users: list[dict[str, Any]] = []
        self.closed: set[str] = set()
        self.partly = 0

    def _open(self, name: str) -> None:
        if name in self.closed:
            error = {"Error": {"Code": "ServiceUnavailable", "Message": "slow down"}}
            raise ClientError(error, name)  # type: ignore[arg-type]

    def put_record_batch(self, DeliveryStreamName: str, Records: list[dict[str, bytes]]) -> dict[str, int]:  # noqa: N803
        self._open(DeliveryStreamName)
        self.records[DeliveryStreamName] += [json.loads(one["Data"]) for one in Records]
        return {"FailedPutCount": self.partly}

    def put_events(self, **request: Any) -> None:
        self._open("tracker")
        self.tracked.append(request)

    def put_items(self, **request: Any) -> None:
        self._open("tracker")
        self.tracked.append(request)

    def update_item(self, **request: Any) -> None:
        self._open("users")
        self.users.append(request)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    aws = Aws()
    take = importlib.import_module("take")
    monkeypatch.setattr(take, "firehose", aws)
    monkeypatch.setattr(take, "dynamodb", aws)
    monkeypatch.setattr(importlib.import_module("tracker"), "events", aws)
    return aws


def call(content: object, route: str = "POST /events", **path: str) -> tuple[int, dict[str, Any]]:
    body = content if isinstance(content, str) else json.dumps(content)
    event = {"routeKey": route, "body": body, "pathParameters": path}
    answer = importlib.import_module("take").handler(event, None)
    return answer["statusCode"], json.loads(answer["body"])


def message(*events: object, **more: object) -> dict[str, object]:
    return {"user": "u1", "session": "s1", "events": list(events), **more}


def test_a_good_event_goes_to_the_tracker_the_lake_and_the_table(aws: Aws) -> None:
    status, told = call(message(EVENT, EVENT | {"id": "e2", "type": "purchase", "recommendation": "R-1"}))
    assert (status, told["accepted"], told["tracked"]) == (202, ["e1", "e2"], True)
    assert [one["eventId"] for one in aws.tracked[0]["eventList"]] == ["e1", "e2"]
    assert aws.tracked[0]["userId"] == "u1"
    assert [row["tracked"] for row in aws.records["events"]] == [True, True]
    assert aws.records["events"][1]["recommendation_id"] == "R-1"
    assert aws.users[0]["ExpressionAttributeValues"][":bought"] == {"SS": ["i1"]}


def test_an_anonymous_person_is_known_by_the_session(aws: Aws) -> None:
    status, _ = call({"session": "s1", "events": [EVENT]})
    assert status == 202
    assert "userId" not in aws.tracked[0]
    assert aws.records["events"][0]["user_id"] == "s1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "stare"}, "type must be one of"),
        ({"item": 17}, "item must be a text"),
        ({"item": "a b"}, "item must be a text"),
        ({"id": None}, "id must be a text"),
        ({"time": "2026-03-01T10:00:00"}, "time must name its zone"),
        ({"time": "yesterday"}, "time must be like"),
        ({"time": "2099-01-01T00:00:00Z"}, "time is in the future"),
        ({"recommendation": {}}, "recommendation must be a text"),
    ],
)
def test_a_poisoned_event_is_kept_aside_with_the_reason_and_the_others_go_on(
    aws: Aws, change: dict[str, object], said: str
) -> None:
    bad = EVENT | {"id": "bad"} | change
    status, told = call(message(EVENT, bad))
    assert status == 202
    assert told["accepted"] == ["e1"]
    assert said in told["rejected"][0]["error"]
    [letter] = aws.records["rejected"]
    assert said in letter["reason"]
    assert json.loads(letter["body"]) == bad
    assert letter["event_id"] == (None if "id" in change else "bad")
    assert [row["event_id"] for row in aws.records["events"]] == ["e1"]


@pytest.mark.parametrize(
    "body", ["{", "[]", '{"session": "s"}', '{"session": "s", "events": []}', json.dumps(message(*[EVENT] * 11))]
)
def test_a_message_that_is_none_is_kept_aside_whole(aws: Aws, body: str) -> None:
    status, _ = call(body)
    assert status == 400
    assert aws.records["rejected"][0]["body"] == body
    assert not aws.records["events"]


def test_what_the_tracker_does_not_take_is_kept_to_be_imported(aws: Aws) -> None:
    aws.closed = {"tracker", "users"}
    status, told = call(message(EVENT))
    assert (status, told["tracked"]) == (202, False)
    assert [row["tracked"] for row in aws.records["events"]] == [False]


@pytest.mark.parametrize("closed", ["events", "rejected"])
def test_what_the_lake_does_not_take_is_to_be_sent_again(aws: Aws, closed: str) -> None:
    aws.closed = {closed}
    assert call(message(EVENT, {})) == (503, {"error": "nothing could be stored; send it again"})


def test_records_that_were_taken_in_part_are_to_be_sent_again(aws: Aws) -> None:
    aws.partly = 1
    assert call(message(EVENT))[0] == 503


def test_an_item_is_handed_on_with_all_its_properties(aws: Aws) -> None:
    item = {"category": "books", "price": 9.5, "min_age": 0, "available": "no", "since": 1_770_000_000}
    assert call(item, "PUT /items/{item}", item="i1")[0] == 202
    [sent] = aws.tracked[0]["items"]
    assert sent["itemId"] == "i1"
    assert json.loads(sent["properties"]) == {
        "category": "books", "price": 9.5, "minAge": 0, "available": "no", "creationTimestamp": 1_770_000_000,
    }  # fmt: skip
    aws.closed = {"tracker"}
    assert call(item, "PUT /items/{item}", item="i1")[0] == 503


@pytest.mark.parametrize("change", [{"price": "9"}, {"min_age": 1.5}, {"available": True}, {"category": ""}])
def test_an_item_that_is_malformed_is_kept_aside(aws: Aws, change: dict[str, object]) -> None:
    item = {"category": "books", "price": 9.5, "min_age": 0, "available": "no"} | change
    assert call(item, "PUT /items/{item}", item="i1")[0] == 400
    assert aws.records["rejected"][0]["event_id"] == "i1"
    assert not aws.tracked
