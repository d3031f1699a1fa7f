"""Custom resources of CloudFormation for what Personalize has and CloudFormation does not know.

    Custom::EventTracker  Name, DatasetGroupArn                        Ref: its ARN; GetAtt: TrackingId
    Custom::Filter        Name, DatasetGroupArn, Expression            Ref: its ARN
    Custom::Campaign      Name, SolutionVersionArn, LeastPerSecond     Ref: its ARN

A filter cannot be changed: its name ends with the hash of its expression, so that a new one stands beside the old one
until CloudFormation deletes that.
"""

import hashlib
import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import boto3
from botocore.exceptions import ClientError

personalize = boto3.client("personalize")

Json = dict[str, Any]
Made = tuple[str, dict[str, str]]
_RESERVE = 60  # seconds that are kept to answer CloudFormation


class Failed(Exception):
    """Personalize could not make it; the message is its reason."""


def handler(event: Json, context: Any) -> None:
    """Does what CloudFormation asks for and tells it the outcome, whatever happens."""
    kind, asked = event["ResourceType"], event["RequestType"]
    until = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - _RESERVE
    physical, reason = event.get("PhysicalResourceId", f"none-{event['RequestId']}"), ""
    data: dict[str, str] = {}
    try:
        if asked == "Delete":
            _delete(kind, physical, until)
        else:
            wanted = event["ResourceProperties"] | {"Before": event.get("OldResourceProperties", {})}
            physical, data = _KEEP[kind](wanted, physical if asked == "Update" else "", until)
    except (Failed, ClientError) as error:
        reason = str(error)
    print(json.dumps({"kind": kind, "asked": asked, "resource": physical, "failed": reason}))
    _answer(event, physical, data, reason)


def _tracker(properties: Json, known: str, until: float) -> Made:
    group = properties["DatasetGroupArn"]
    found: Json = personalize.describe_event_tracker(eventTrackerArn=known)["eventTracker"] if known else {}
    if not found or found["datasetGroupArn"] != group:
        made = personalize.create_event_tracker(name=properties["Name"], datasetGroupArn=group)
        known = made["eventTrackerArn"]
        found = _active(lambda: personalize.describe_event_tracker(eventTrackerArn=known)["eventTracker"], until)
    return known, {"TrackingId": found["trackingId"]}


def _filter(properties: Json, known: str, until: float) -> Made:
    expression = " ".join(properties["Expression"].split())
    name = f"{properties['Name']}-{hashlib.sha256(expression.encode()).hexdigest()[:8]}"
    if not known.endswith(f"filter/{name}"):
        known = personalize.create_filter(
            name=name, datasetGroupArn=properties["DatasetGroupArn"], filterExpression=expression
        )["filterArn"]
        _active(lambda: personalize.describe_filter(filterArn=known)["filter"], until)
    return known, {}


def _campaign(properties: Json, known: str, until: float) -> Made:
    version, least = properties["SolutionVersionArn"], int(properties["LeastPerSecond"])
    if known.endswith(f"campaign/{properties['Name']}"):
        if version == properties["Before"].get("SolutionVersionArn"):
            # The weekly training has switched the campaign since; what the template does not change stays so.
            version = personalize.describe_campaign(campaignArn=known)["campaign"]["solutionVersionArn"]
        personalize.update_campaign(campaignArn=known, solutionVersionArn=version, minProvisionedTPS=least)
    else:
        known = personalize.create_campaign(
            name=properties["Name"], solutionVersionArn=version, minProvisionedTPS=least
        )["campaignArn"]
    _active(lambda: _latest(personalize.describe_campaign(campaignArn=known)["campaign"]), until)
    return known, {}


_KEEP: dict[str, Callable[[Json, str, float], Made]] = {
    "Custom::EventTracker": _tracker,
    "Custom::Filter": _filter,
    "Custom::Campaign": _campaign,
}


def _latest(campaign: Json) -> Json:
    """Returns the update that is under way, or the campaign."""
    update: Json = campaign.get("latestCampaignUpdate") or {}
    return campaign if campaign["status"] != "ACTIVE" or not update else update


def _active(look: Callable[[], Json], until: float) -> Json:
    """Returns what is made once it is active, or, when time runs out, as it is: it goes on, and the API falls back."""
    pause = 0.2
    while True:
        found = look()
        if found["status"] == "ACTIVE" or time.monotonic() > until:
            return found
        if "FAILED" in found["status"]:
            raise Failed(found.get("failureReason", found["status"]))
        time.sleep(pause)
        pause = min(pause * 1.5, 15)


def _delete(kind: str, physical: str, until: float) -> None:
    name = {"Custom::EventTracker": "event_tracker", "Custom::Filter": "filter", "Custom::Campaign": "campaign"}[kind]
    member = {"event_tracker": "eventTrackerArn", "filter": "filterArn", "campaign": "campaignArn"}[name]
    if not physical.startswith("arn:"):
        return  # it was never made
    try:
        getattr(personalize, f"delete_{name}")(**{member: physical})
        while time.monotonic() < until:
            getattr(personalize, f"describe_{name}")(**{member: physical})
            time.sleep(1)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise


def _answer(event: Json, physical: str, data: dict[str, str], reason: str) -> None:
    body = {
        "Status": "FAILED" if reason else "SUCCESS",
        "Reason": reason,
        "PhysicalResourceId": physical,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": data,
    }
    request = urllib.request.Request(
        event["ResponseURL"], json.dumps(body).encode(), {"Content-Type": ""}, method="PUT"
    )
    with urllib.request.urlopen(request, timeout=30):
        pass
