"""What pauses a campaign and what never does, and how it runs again: on the tables of the deployment."""

from typing import Any

import pytest
import resolve
import store

from deploy.errors import DeployError
from pipeline import campaigns

from .conftest import Deployed
from .test_crashes import event, sent


def status(deployed: Deployed, campaign: str) -> dict[str, Any]:
    found: dict[str, Any] = deployed.table("Campaigns").get_item(Key={"name": campaign}, ConsistentRead=True)["Item"]
    return found


@pytest.fixture
def storm(tables: Deployed, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets so many messages of a campaign of twenty come back, and returns the campaign."""
    monkeypatch.setattr(resolve, "LEAST", 20)
    monkeypatch.setenv("METRICS_NAMESPACE", "test")

    def come_back(reason: str, bad: int, **change: str) -> str:
        campaign, names = sent(tables, 20)
        for name in names[:bad]:
            resolve.resolve({**event("bounce", f"{campaign}_{name}", campaign, name, reason), **change})
        return campaign

    return come_back


def test_addresses_that_do_not_exist_pause_a_campaign(tables: Deployed, storm: Any) -> None:
    campaign = storm("Permanent General", 3)
    assert status(tables, campaign)["pause_reason"] == "bounced: 3 of 20"


@pytest.mark.parametrize("reason", ["Transient General", "Transient MailboxFull", "Permanent OnAccountSuppressionList"])
def test_what_ses_does_not_count_pauses_nothing(tables: Deployed, storm: Any, reason: str) -> None:
    campaign = storm(reason, 20)
    assert status(tables, campaign)["status"] == "running"
    assert store.counts(campaign) == {"sent": 20}


def test_a_bill_is_never_held_back(tables: Deployed, storm: Any) -> None:
    campaign = storm("Permanent General", 20, kind="transactional")
    assert status(tables, campaign)["status"] == "running"
    assert store.counts(campaign) == {"sent": 20, "bounced": 20}


def test_a_campaign_that_was_resumed_is_judged_anew(tables: Deployed, storm: Any) -> None:
    campaign = storm("Permanent General", 3)
    function = tables.outputs["LaunchFunction"]
    campaigns.resume(function, campaign, "the list was cleaned")
    found = status(tables, campaign)
    assert (found["status"], found["resumed_because"]) == ("running", "the list was cleaned")
    assert found["pause_reason"] == "bounced: 3 of 20"
    assert not +store.counts(campaign)
    with pytest.raises(DeployError, match="is not paused"):
        campaigns.resume(function, campaign, "again")
