"""What is a reading, and what is not."""

import base64
import json

import pytest
from telemetry import Envelope, Malformed, opened, reading

GOOD = {
    "id": "m1-1", "seq": 1, "time": "2026-09-01T00:00:05.000Z", "sent_at": 5, "load": 50, "ambient": 20.5,
    "temperature": 60, "vibration": 2, "current": 11,
}  # fmt: skip


def read(**change: object) -> dict[str, object]:
    body = {name: value for name, value in {**GOOD, **change}.items() if value is not ...}
    return reading(Envelope("m1", 7, json.dumps(body).encode()))


def test_a_reading_has_its_own_fields_and_the_device_of_its_topic() -> None:
    found = read(device="another", extra=1)
    assert found["device"] == "m1"
    assert "extra" not in found
    assert found["at"] == 1788220805000
    assert found["received_at"] == 7


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": ...}, "missing: id"),
        ({"vibration": ..., "load": ...}, "missing: load, vibration"),
        ({"id": "a b"}, "id must be a text"),
        ({"id": 3}, "id must be a text"),
        ({"seq": 1.5}, "seq must be a whole number"),
        ({"seq": True}, "seq must be a whole number"),
        ({"sent_at": -1}, "sent_at must be a whole number"),
        ({"time": "yesterday"}, "time must be like"),
        ({"time": "2026-09-01T00:00:05"}, "time must name its zone"),
        ({"temperature": "warm"}, "temperature must be a number"),
        ({"temperature": None}, "temperature must be a number"),
        ({"temperature": True}, "temperature must be a number"),
        ({"temperature": 1e6}, "temperature must be between -60 and 400"),
        ({"current": float("nan")}, "the body is no JSON: NaN is no number"),
    ],
)
def test_what_is_no_reading_is_told_why(change: dict[str, object], said: str) -> None:
    with pytest.raises(Malformed, match=said):
        read(**change)


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"3", b"\xff\xfe", b"[" * 100_000])
def test_a_body_of_another_kind_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed, match="the body is no JSON"):
        reading(Envelope("m1", 7, body))


def test_an_envelope_is_opened() -> None:
    body = b"\xff anything"
    data = json.dumps({"device": "m1", "received_at": 7, "body": base64.b64encode(body).decode()}).encode()
    assert opened(data) == Envelope("m1", 7, body)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"device": "m1", "received_at": 7, "body": "&"}'])
def test_a_record_that_is_not_from_the_rule_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed, match="no envelope"):
        opened(data)
