"""A permission on a workgroup of Athena holds for the queries in it.

The pinned emulator asks for a permission on everything where a request names a query alone: a role that may look at the
queries of its workgroup could start one and never see its end.
"""

import json
from collections.abc import Callable

from ministack.core import iam_actions
from ministack.services import athena

from local.emulator.surroundings import Surroundings


def fill(_: Surroundings) -> None:
    """Lets the emulator's permission checks know in which workgroup a query runs."""
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
        found = original(service, method, path, headers, body, query, region, account)
        if service != "athena" or found != "*":
            return found
        group = workgroup(body)
        return f"arn:aws:athena:{region}:{account}:workgroup/{group}" if group else "*"

    iam_actions.extract_resource_arn = extract


def workgroup(body: bytes) -> str | None:
    """Returns the workgroup of the query that a request names."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return None
    named = request.get("QueryExecutionId") if isinstance(request, dict) else None
    execution = athena._executions.get(named) if named else None
    return execution.get("WorkGroup") if execution else None
