"""The functions: what they take for what, and what they refuse."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import claim
import events
import hours
import lake
import pytest
import react

MAIL = {
    "timestamp": "2026-03-01T10:00:00.000Z",
    "messageId": "ses-1",
    "tags": {"message": ["m1"], "campaign": ["spring"], "customer": ["c1"], "kind": ["marketing"]},
}


def event(kind: str, **detail: Any) -> dict[str, Any]:
    return {"eventType": kind, "mail": MAIL, events.KINDS[kind][1]: detail}


@pytest.mark.parametrize(
    ("given", "kind", "reason"),
    [
        (event("Send"), "send", None),
        (event("Open", timestamp="2026-03-01T10:05:00.000Z"), "open", None),
        (event("Bounce", bounceType="Permanent", bounceSubType="General"), "bounce", "Permanent General"),
        (event("Complaint", complaintFeedbackType="abuse"), "complaint", "abuse"),
        (event("DeliveryDelay", delayType="MailboxFull"), "delay", "MailboxFull"),
        (event("Reject", reason="Bad content"), "reject", "Bad content"),
    ],
)
def test_an_event_becomes_a_row(given: dict[str, Any], kind: str, reason: str | None) -> None:
    row = events.flat(given)
    assert (row["type"], row["reason"], row["message"], row["campaign"]) == (kind, reason, "m1", "spring")
    assert row.keys() == lake.OWN
    assert events.flat(given) == row


def test_two_opens_are_two_events_and_the_same_open_is_one() -> None:
    first, second = (events.flat(event("Open", timestamp=f"2026-03-01T10:0{n}:00.000Z")) for n in (1, 2))
    assert first["event_id"] != second["event_id"]
    assert first["event_id"] == events.flat(event("Open", timestamp="2026-03-01T10:01:00.000Z"))["event_id"]


@pytest.mark.parametrize("wrong", [{}, [], "x", {"eventType": "Send"}, {"eventType": "Send", "mail": {"tags": {}}}])
def test_an_event_that_cannot_be_understood_says_so(wrong: Any) -> None:
    with pytest.raises(events.Malformed):
        events.flat(wrong)


def test_a_batch_of_firehose_loses_no_record() -> None:
    own = dict.fromkeys(sorted(lake.OWN), "x")
    given = [json.dumps(event("Send")), json.dumps(own), "no JSON", "[]", '{"eventType": "Nothing"}']
    records = [{"recordId": str(n), "data": base64.b64encode(text.encode()).decode()} for n, text in enumerate(given)]
    answer = lake.handler({"records": records}, None)["records"]
    assert [one["recordId"] for one in answer] == ["0", "1", "2", "3", "4"]
    assert [one["result"] for one in answer] == ["Ok", "Ok"] + ["ProcessingFailed"] * 3
    assert [one["data"] for one in answer[2:]] == [one["data"] for one in records[2:]]
    assert all(base64.b64decode(one["data"]).endswith(b"\n") for one in answer[:2])


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        ("2026-06-01T18:59:00+00:00", "Europe/Berlin", "2026-06-01T18:59:00+00:00"),
        ("2026-06-01T19:00:00+00:00", "Europe/Berlin", "2026-06-02T06:00:00+00:00"),
        ("2026-06-01T03:00:00+00:00", "Europe/Berlin", "2026-06-01T06:00:00+00:00"),
        ("2026-06-01T06:00:00+00:00", "Europe/Berlin", "2026-06-01T06:00:00+00:00"),
        ("2026-06-01T13:00:00+00:00", "Asia/Tokyo", "2026-06-01T23:00:00+00:00"),
        ("2026-06-01T22:00:00+00:00", "Nowhere/Land", "2026-06-02T08:00:00+00:00"),
        # The clocks go forward in the night: eight o'clock comes an hour earlier.
        ("2026-03-28T23:30:00+00:00", "Europe/Berlin", "2026-03-29T06:00:00+00:00"),
    ],
)
def test_quiet_hours_end_in_the_morning_of_the_zone(at: str, zone: str, expected: str) -> None:
    assert hours.earliest(datetime.fromisoformat(at), zone).astimezone(UTC).isoformat() == expected


@pytest.mark.parametrize(
    ("codes", "point", "reason"),
    [
        (["ConditionalCheckFailed", "None", "None", "None"], {}, "taken"),
        (["ConditionalCheckFailed", "ConditionalCheckFailed", "None", "None"], {}, "taken"),
        (["None", "ConditionalCheckFailed", "None", "None"], {}, "no-contact-point"),
        (["None", "ConditionalCheckFailed", "None", "None"], {"address": "a", "closed": "bounced"}, "bounced"),
        (["None", "ConditionalCheckFailed", "None", "None"], {"address": "a", "consent": "withdrawn"}, "opted-out"),
        (["None", "None", "ConditionalCheckFailed", "None"], {}, "campaign-paused"),
        (["None", "None", "None", "ConditionalCheckFailed"], {}, "frequency-cap"),
    ],
)
def test_a_refused_claim_says_why(codes: list[str], point: dict[str, str], reason: str) -> None:
    reasons: list[dict[str, Any]] = [{"Code": code} for code in codes]
    reasons[1]["Item"] = {name: {"S": value} for name, value in point.items()}
    assert claim._reason(reasons) == reason


def test_a_transaction_that_met_another_is_tried_again() -> None:
    with pytest.raises(claim.Again):
        claim._reason([{"Code": "TransactionConflict"}, {"Code": "None"}])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"type": "visit", "amount": None}, None),
        ({"type": "dance"}, "type must be one of"),
        ({"id": "a b"}, "id must be a text"),
        ({"customer": 7}, "customer must be a text"),
        ({"at": "2026-01-01T10:00:00"}, "at must be like"),
        ({"amount": -1}, "amount must be a number"),
        ({"amount": True}, "amount must be a number"),
        ({"amount": None}, "amount must be a number"),
        ({"amount": float("nan")}, "amount must be a number"),
        ({"amount": float("inf")}, "amount must be a number"),
        ({"amount": 10**400}, "amount must be a number"),
    ],
)
def test_an_activity_is_taken_or_refused_with_a_reason(change: dict[str, Any], reason: str | None) -> None:
    activity = {"id": "a-1", "type": "order", "customer": "c1", "at": "2026-01-01T10:00:00Z", "amount": 1.5, **change}
    found = react.fault(activity)
    assert found is None if reason is None else str(found).startswith(reason)
