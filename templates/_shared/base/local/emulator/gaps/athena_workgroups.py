"""A role may be given the queries of one workgroup of Athena.

The pinned emulator asks for GetQueryExecution, GetQueryResults and StopQueryExecution on everything, since a request
names only the execution: a policy that allows them for a workgroup, as one should, denies them. Here the workgroup of
the execution is what they are asked for.
"""

import json
from typing import Any

from ministack.core import iam_actions
from ministack.services import athena

from local.emulator.surroundings import Surroundings


def fill(_: Surroundings) -> None:
    """Names the workgroup of an execution."""
    extract = iam_actions.extract_resource_arn

    def named(
        service: str, method: str, path: str, headers: Any, body: bytes, query: Any, region: str, account: str
    ) -> str:
        if service == "athena":
            group = workgroup(body)
            if group:
                return f"arn:aws:athena:{region}:{account}:workgroup/{group}"
        found: str = extract(service, method, path, headers, body, query, region, account)
        return found

    iam_actions.extract_resource_arn = named


def workgroup(body: bytes) -> str | None:
    """Returns the workgroup of the execution that a request names, if it names one that is known."""
    try:
        execution = json.loads(body or b"{}").get("QueryExecutionId")
    except (ValueError, AttributeError):
        return None
    found = athena._executions.get(execution) if execution else None
    return found.get("WorkGroup") if found else None
