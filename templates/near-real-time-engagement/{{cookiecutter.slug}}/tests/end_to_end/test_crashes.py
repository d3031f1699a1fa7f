"""A function that dies between any two of its writes, on the tables of the deployment: trying again puts all right."""

import uuid
from collections.abc import Callable
from typing import Any

import claim
import pytest
import resolve
import store

from .conftest import Deployed

WRITES = {"UpdateItem", "PutItem", "TransactWriteItems"}


class Dead(Exception):
    """The function is no longer there."""


def event(kind: str, message: str, campaign: str, customer: str, reason: str | None = None) -> dict[str, Any]:
    at = "2026-03-01T10:00:00.000Z"
    names = {"message": message, "campaign": campaign, "customer": customer, "channel": "email", "kind": "marketing"}
    return {**names, "event_id": uuid.uuid4().hex, "type": kind, "at": at, "reason": reason, "sent_at": at}


def sent(deployed: Deployed, count: int) -> tuple[str, list[str]]:
    """Writes a campaign down that has sent messages to people who do not exist."""
    campaign = f"t-{uuid.uuid4().hex[:8]}"
    deployed.table("Campaigns").put_item(Item={"name": campaign, "status": "running"})
    names = [f"{campaign}-{number}" for number in range(count)]
    for name in names:
        deployed.table("Audience").put_item(Item={"customer": name, "entry": "email", "address": f"{name}@x.example"})
        message = {"id": f"{campaign}_{name}", "campaign": campaign, "customer": name, "status": "sent", "due": "-"}
        deployed.table("Messages").put_item(Item=message)
        resolve.resolve(event("send", f"{campaign}_{name}", campaign, name))
    return campaign, names


def dying(work: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> int:
    """Lets work be done by functions of which each dies after one write more; returns how many have died."""
    client = store.messages.meta.client
    call = client._make_api_call
    deaths = 0
    while True:
        left = deaths

        def one(operation: str, parameters: Any) -> Any:
            nonlocal left
            if operation in WRITES and left == 0:
                raise Dead
            left -= operation in WRITES
            return call(operation, parameters)

        monkeypatch.setattr(client, "_make_api_call", one)
        try:
            work()
        except Dead:
            deaths += 1
            continue
        finally:
            monkeypatch.setattr(client, "_make_api_call", call)
        return deaths


@pytest.mark.parametrize(
    ("kind", "reason", "closed", "counted"),
    [("bounce", "Permanent General", "bounced", "bounced"), ("complaint", "abuse", "complained", "complained")],
)
def test_an_address_is_closed_and_counted_once_wherever_its_function_dies(
    tables: Deployed, monkeypatch: pytest.MonkeyPatch, kind: str, reason: str, closed: str, counted: str
) -> None:
    campaign, (name,) = sent(tables, 1)
    told = event(kind, f"{campaign}_{name}", campaign, name, reason)
    assert dying(lambda: resolve.resolve(told), monkeypatch) > 1
    resolve.resolve(told)
    point = tables.table("Audience").get_item(Key={"customer": name, "entry": "email"})["Item"]
    message = tables.table("Messages").get_item(Key={"id": f"{campaign}_{name}"})["Item"]
    assert point["closed"] == closed
    assert store.counts(campaign) == {"sent": 1, counted: 1}
    assert message["status"] == ("failed" if kind == "bounce" else "sent")


def test_what_was_sent_is_counted_once_wherever_its_function_dies(
    tables: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, (name,) = sent(tables, 1)
    other = f"{campaign}_other"
    tables.table("Messages").put_item(Item={"id": other, "campaign": campaign, "status": "claimed", "due": "-"})
    dying(lambda: resolve.resolve(event("send", other, campaign, name)), monkeypatch)
    assert tables.table("Messages").get_item(Key={"id": other})["Item"]["status"] == "sent"
    assert store.counts(campaign) == {"sent": 2}


def test_a_storm_pauses_its_campaign_wherever_its_function_dies(
    tables: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolve, "LEAST", 5)
    monkeypatch.setenv("METRICS_NAMESPACE", "test")
    campaign, names = sent(tables, 5)
    for name in names[:3]:
        told = event("bounce", f"{campaign}_{name}", campaign, name, "Permanent General")
        dying(lambda told=told: resolve.resolve(told), monkeypatch)
    found = tables.table("Campaigns").get_item(Key={"name": campaign})["Item"]
    assert (found["status"], found["pause_reason"]) == ("paused", "bounced: 3 of 5")


def intended(deployed: Deployed) -> dict[str, Any]:
    """Writes a message down that may be claimed."""
    campaign, (name,) = sent(deployed, 1)
    deployed.table("Audience").update_item(
        Key={"customer": name, "entry": "email"},
        UpdateExpression="SET consent = :g",
        ExpressionAttributeValues={":g": "given"},
    )
    message = {"id": f"{campaign}_next", "campaign": campaign, "customer": name, "channel": "email"}
    assert store.intend({**message, "kind": "marketing"})
    return {**message, "kind": "marketing"}


def counted(deployed: Deployed, message: dict[str, Any], day: str) -> int:
    """Returns how much counts for the cap of a day."""
    key = {"customer": message["customer"], "entry": f"cap#email#{day}"}
    return int(deployed.table("Audience").get_item(Key=key).get("Item", {}).get("sent", 0))


def test_a_claim_given_back_after_midnight_counts_for_no_day(
    tables: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = intended(tables)
    monkeypatch.setattr(store, "now", lambda: "2026-03-01T23:59:59.900Z")
    assert claim.claim(message) is None
    assert counted(tables, message, "2026-03-01") == 1
    monkeypatch.setattr(store, "now", lambda: "2026-03-02T00:00:00.100Z")
    claim.release(message, "TooManyRequestsException")
    assert [counted(tables, message, day) for day in ("2026-03-01", "2026-03-02")] == [0, 0]
    found = tables.table("Messages").get_item(Key={"id": message["id"]})["Item"]
    assert (found["status"], found["last_error"]) == ("intended", "TooManyRequestsException")


def test_a_claim_is_given_back_once_wherever_its_function_dies(
    tables: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = intended(tables)
    assert claim.claim(message) is None
    day = store.now()[:10]
    dying(lambda: claim.release(message, "throttled"), monkeypatch)
    claim.release(message, "throttled")
    assert counted(tables, message, day) == 0
    assert claim.claim(message) is None
    assert counted(tables, message, day) == 1


def test_nobody_gives_back_the_claim_of_another(tables: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = intended(tables)
    quick = dict(slow)
    assert claim.claim(slow) is None
    assert store.move(slow["id"], ("claimed",), "intended")
    monkeypatch.setattr(store, "now", lambda: "2126-03-02T00:00:00.100Z")
    assert claim.claim(quick) is None
    claim.release(slow, "throttled")
    assert tables.table("Messages").get_item(Key={"id": slow["id"]})["Item"]["status"] == "claimed"
