"""The resources that Personalize's actions are allowed on."""

import json
from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions
from ministack.core.iam_evaluator import enforce
from ministack.core.responses import get_region
from ministack.core.router import extract_access_key_id

from local.emulator.personalize.errors import Refused
from local.emulator.personalize.shelf import Shelf

# What a Create action makes, and the member that names it; its permission is asked for on the new thing's ARN.
_MADE = {
    "CreateCampaign": ("campaign", "name"),
    "CreateFilter": ("filter", "name"),
    "CreateSolution": ("solution", "name"),
    "CreateSchema": ("schema", "name"),
    "CreateDatasetGroup": ("dataset-group", "name"),
    "CreateDatasetImportJob": ("dataset-import-job", "jobName"),
    "CreateEventTracker": ("event-tracker", "name"),
}
# Which of the ARNs in a request it is about, the first that is there; a solution version lies below its solution.
_ABOUT = (
    "campaignArn",
    "filterArn",
    "datasetImportJobArn",
    "solutionVersionArn",
    "solutionArn",
    "eventTrackerArn",
    "datasetArn",
    "schemaArn",
    "datasetGroupArn",
)


def name_resources(shelf: Shelf) -> None:
    """Lets the emulator's permission checks know what a Personalize request is about."""
    original: Callable[..., str] = iam_actions.extract_resource_arn

    def extract(
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, list[str]],
        region: str,
        account: str,
    ) -> str:
        if service != "personalize":
            return original(service, method, path, headers, body, query, region, account)
        target = headers.get("x-amz-target", "").rpartition(".")[2]
        return resource(shelf, target, body, f"arn:aws:personalize:{region}:{account}")

    iam_actions.extract_resource_arn = extract


def resource(shelf: Shelf, target: str, body: bytes, prefix: str) -> str:
    """Returns the ARN of what a request is about, or `*`."""
    try:
        request: Any = json.loads(body or b"{}")
    except ValueError:
        return "*"
    if target in _MADE:
        kind, member = _MADE[target]
        return f"{prefix}:{kind}/{request.get(member, '')}"
    if "trackingId" in request:
        found = next(shelf.of("event-tracker", trackingId=request["trackingId"]), None)
        return found["eventTrackerArn"] if found else "*"
    return next((str(request[member]) for member in _ABOUT if member in request), "*")


def caller(headers: dict[str, str]) -> str:
    """Returns the access key of a request."""
    return str(extract_access_key_id(headers, {}))


def check_passed_role(request: dict[str, Any], key: str) -> None:
    """Lets only a caller hand a role to Personalize that has iam:PassRole on it.

    Raises:
        Refused: as on AWS, with the action and the role.
    """
    role = request.get("roleArn")
    if role is None:
        return
    passed = {"iam:PassedToService": "personalize.amazonaws.com"}
    denied = enforce(key, "iam:PassRole", "iam", get_region(), resource_arn=role, service_context=passed)
    if denied is not None:
        who = getattr(denied, "principal_arn", "")
        raise Refused(
            "AccessDeniedException",
            f"User: {who} is not authorized to perform: iam:PassRole on resource: {role} "
            "because no identity-based policy allows the iam:PassRole action",
        )
