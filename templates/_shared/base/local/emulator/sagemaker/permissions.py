"""The resources that SageMaker's actions are allowed on."""

import json
import re
from collections.abc import Callable
from typing import Any

from ministack.core import iam_actions
from ministack.core.iam_evaluator import enforce
from ministack.core.responses import get_region
from ministack.core.router import extract_access_key_id

from local.emulator.sagemaker.errors import Refused

# The member of a request that names its resource, and the kind of that resource.
_NAMED = {
    "EndpointName": "endpoint",
    "EndpointConfigName": "endpoint-config",
    "ModelName": "model",
    "TrainingJobName": "training-job",
    "TransformJobName": "transform-job",
}
_INVOCATION = re.compile(r"/endpoints/([^/]+)/invocations")


def name_resources() -> None:
    """Lets the emulator's permission checks know what a SageMaker request is about."""
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
        if service != "sagemaker":
            return original(service, method, path, headers, body, query, region, account)
        found = resource(path, body)
        return f"arn:aws:sagemaker:{region}:{account}:{found}" if found else "*"

    iam_actions.extract_resource_arn = extract


def resource(path: str, body: bytes) -> str | None:
    """Returns what a request is about, as it ends an ARN, or None for a list.

    >>> resource("/endpoints/Fraud/invocations", b"1,2")
    'endpoint/fraud'
    >>> resource("/", b'{"EndpointName": "fraud", "EndpointConfigName": "fraud-1"}')
    'endpoint/fraud'
    """
    invoked = _INVOCATION.fullmatch(path)
    if invoked:
        return f"endpoint/{invoked[1].lower()}"
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return None
    for member, kind in _NAMED.items():
        if isinstance(request, dict) and isinstance(request.get(member), str):
            return f"{kind}/{request[member].lower()}"
    return None


def caller(headers: dict[str, str]) -> str:
    """Returns the access key of a request."""
    return str(extract_access_key_id(headers, {}))


def check_passed_role(request: dict[str, Any], key: str) -> None:
    """Lets only a caller hand a role to SageMaker that has iam:PassRole on it.

    Raises:
        Refused: as on AWS, with the action and the role.
    """
    role = request.get("RoleArn") or request.get("ExecutionRoleArn")
    if role is None:
        return
    passed = {"iam:PassedToService": "sagemaker.amazonaws.com"}
    denied = enforce(key, "iam:PassRole", "iam", get_region(), resource_arn=role, service_context=passed)
    if denied is not None:
        who = getattr(denied, "principal_arn", "")
        raise Refused(
            "AccessDeniedException",
            f"User: {who} is not authorized to perform: iam:PassRole on resource: {role} "
            "because no identity-based policy allows the iam:PassRole action",
        )
