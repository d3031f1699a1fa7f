"""A permission to put metrics may be bound to one namespace: the condition key `cloudwatch:namespace`.

The pinned emulator knows no such key, and refuses every metric of a role whose permission is bound by it.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_actions

from local.emulator.surroundings import Surroundings

PUT = "cloudwatch:PutMetricData"


def fill(_: Surroundings) -> None:
    """Lets the emulator's permission checks know into which namespace a metric is put."""
    original: Callable[..., dict[str, Any]] = iam_actions.request_tag_context

    def context(service: str, action: str, body: bytes, query: dict[str, list[str]]) -> dict[str, Any]:
        found = original(service, action, body, query)
        if action != PUT:
            return found
        return {**found, "cloudwatch:namespace": namespace(body)}

    iam_actions.request_tag_context = context


def namespace(body: bytes) -> str:
    """Returns the namespace that a request names, as JSON or as a form; none if it names none.

    >>> namespace(b'{"Namespace": "fraud"}'), namespace(b"Action=PutMetricData&Namespace=fraud"), namespace(b"")
    ('fraud', 'fraud', '')
    """
    try:
        read = json.loads(body or b"{}")
        named = read.get("Namespace", "") if isinstance(read, dict) else ""
    except ValueError:
        named = parse_qs(body.decode(errors="replace")).get("Namespace", [""])[0]
    return str(named)
