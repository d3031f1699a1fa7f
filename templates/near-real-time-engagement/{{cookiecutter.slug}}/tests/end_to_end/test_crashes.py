"""A function that dies between any two of its writes, on the tables of the deployment: trying again puts all right."""

import uuid
from collections.abc import Callable
from typing import Any

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
