"""The custom resources of Personalize: what CloudFormation is told, whatever happens."""

import importlib
import io
import json
import urllib.request
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

ARN = "arn:aws:personalize:eu-central-1:1:"
GONE: Any = {"Error": {"Code": "ResourceNotFoundException", "Message": "gone"}}
CAMPAIGN = {"Name": "shop-for-you", "SolutionVersionArn": "v2", "LeastPerSecond": "1"}


class Personalize:
    """Stands where Personalize is: a campaign that fails, or takes an hour, cannot be had from it at will."""

    def __init__(self) -> None:
        self.status = "ACTIVE"
        self.update: dict[str, str] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.there = True

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        def call(**request: Any) -> dict[str, Any]:
            self.calls.append((name, request))
            if name.startswith("describe_"):
                if not self.there:
                    raise ClientError(GONE, name)
                thing = {"status": self.status, "trackingId": "t", "datasetGroupArn": "g", "failureReason": "no room"}
                thing["solutionVersionArn"] = "v9"
                return dict.fromkeys(
                    ("campaign", "filter", "eventTracker"), thing | {"latestCampaignUpdate": self.update}
                )
            if name.startswith("delete_"):
                self.there = False
            kind = name.partition("_")[2].replace("_", "-")
            made = f"{ARN}{kind}/{request.get('name')}"
            return dict.fromkeys(("campaignArn", "filterArn", "eventTrackerArn"), made)

        return call


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> tuple[Personalize, list[dict[str, Any]]]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    custom = importlib.import_module("custom")
    personalize, told = Personalize(), []

    def put(request: urllib.request.Request, timeout: float) -> io.BytesIO:
        assert (request.get_method(), request.full_url, timeout) == ("PUT", "https://answer.invalid/", 30)
        told.append(json.loads(request.data))  # type: ignore[arg-type]
        return io.BytesIO()

    monkeypatch.setattr(custom, "personalize", personalize)
    monkeypatch.setattr(custom.urllib.request, "urlopen", put)
    monkeypatch.setattr(custom.time, "sleep", lambda _: None)
    return personalize, told


def ask(
    kind: str, asked: str, properties: dict[str, str], known: str = "", left: float = 900, before: Any = None
) -> None:
    event = {"ResourceType": f"Custom::{kind}", "RequestType": asked, "ResourceProperties": properties}
    event |= {"StackId": "s", "RequestId": "r", "LogicalResourceId": "l", "ResponseURL": "https://answer.invalid/"}
    event |= {"PhysicalResourceId": known} if known else {}
    event |= {"OldResourceProperties": before} if before else {}
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: left * 1000)
    importlib.import_module("custom").handler(event, context)


def test_a_campaign_is_made_and_then_updated(cloud: tuple[Personalize, list[dict[str, Any]]]) -> None:
    personalize, told = cloud
    ask("Campaign", "Create", CAMPAIGN)
    ask("Campaign", "Update", CAMPAIGN, told[0]["PhysicalResourceId"])
    assert [one["Status"] for one in told] == ["SUCCESS", "SUCCESS"]
    assert told[0]["PhysicalResourceId"] == told[1]["PhysicalResourceId"] == f"{ARN}campaign/shop-for-you"
    assert [name for name, _ in personalize.calls if "describe" not in name] == ["create_campaign", "update_campaign"]


def test_an_update_that_asks_for_no_other_version_keeps_that_of_the_weekly_training(
    cloud: tuple[Personalize, list[dict[str, Any]]],
) -> None:
    personalize, _ = cloud
    known = f"{ARN}campaign/shop-for-you"
    ask("Campaign", "Update", CAMPAIGN | {"LeastPerSecond": "2"}, known, before=CAMPAIGN)
    ask("Campaign", "Update", CAMPAIGN | {"SolutionVersionArn": "v3"}, known, before=CAMPAIGN)
    updates = [request for name, request in personalize.calls if name == "update_campaign"]
    assert [one["solutionVersionArn"] for one in updates] == ["v9", "v3"]


def test_a_campaign_that_fails_is_told_with_the_reason(cloud: tuple[Personalize, list[dict[str, Any]]]) -> None:
    personalize, told = cloud
    personalize.status = "CREATE FAILED"
    ask("Campaign", "Create", CAMPAIGN)
    assert (told[0]["Status"], told[0]["Reason"]) == ("FAILED", "no room")


def test_an_update_that_fails_is_told_though_the_old_version_answers(
    cloud: tuple[Personalize, list[dict[str, Any]]],
) -> None:
    personalize, told = cloud
    personalize.update = {"status": "CREATE FAILED", "failureReason": "too large"}
    ask("Campaign", "Update", CAMPAIGN, f"{ARN}campaign/shop-for-you")
    assert (told[0]["Status"], told[0]["Reason"]) == ("FAILED", "too large")


def test_what_takes_longer_than_a_function_may_run_is_told_in_time(
    cloud: tuple[Personalize, list[dict[str, Any]]],
) -> None:
    personalize, told = cloud
    personalize.status = "CREATE IN_PROGRESS"
    ask("Campaign", "Create", CAMPAIGN, left=0)
    assert told[0]["Status"] == "SUCCESS"


def test_a_filter_with_another_expression_is_another_filter(cloud: tuple[Personalize, list[dict[str, Any]]]) -> None:
    _, told = cloud
    filter = {"Name": "shop", "DatasetGroupArn": "g", "Expression": "EXCLUDE  ItemID\n WHERE a"}
    ask("Filter", "Create", filter)
    ask("Filter", "Update", filter | {"Expression": "EXCLUDE ItemID WHERE a"}, told[0]["PhysicalResourceId"])
    ask("Filter", "Update", filter | {"Expression": "EXCLUDE ItemID WHERE b"}, told[0]["PhysicalResourceId"])
    first, same, other = (one["PhysicalResourceId"] for one in told)
    assert first == same != other


def test_what_is_deleted_is_gone_and_what_never_was_is_no_matter(
    cloud: tuple[Personalize, list[dict[str, Any]]],
) -> None:
    personalize, told = cloud
    ask("EventTracker", "Delete", {}, f"{ARN}event-tracker/shop")
    ask("EventTracker", "Delete", {}, f"{ARN}event-tracker/shop")
    ask("Campaign", "Delete", {}, "none-r")
    assert [one["Status"] for one in told] == ["SUCCESS"] * 3
    assert not personalize.there


def test_the_tracker_says_its_id(cloud: tuple[Personalize, list[dict[str, Any]]]) -> None:
    _, told = cloud
    ask("EventTracker", "Create", {"Name": "shop", "DatasetGroupArn": "g"})
    assert told[0]["Data"] == {"TrackingId": "t"}
