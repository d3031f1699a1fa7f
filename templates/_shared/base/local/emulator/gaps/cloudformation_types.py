"""Templates may hold types of services that do not run here.

The pinned emulator refuses a whole template for one type that it does not know. Here the types of the table are
recorded only: their `Ref` and `GetAtt` have values, nothing stands behind them, their services' APIs show nothing, and
the log says so. A saved query of Athena (`AWS::Athena::NamedQuery`) is really made.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import athena
from ministack.services.cloudformation import provisioners

from local.emulator.recorded_types import TYPES, Recorded
from local.emulator.surroundings import Surroundings

log = logging.getLogger("cloudformation")

Properties = dict[str, Any]
Made = tuple[str, dict[str, str]]

_NAMED_QUERY = "AWS::Athena::NamedQuery"


def fill(_aws: Surroundings) -> None:
    """Makes the types known; one that the emulator knows stays as it is."""
    for kind, recorded in TYPES.items():
        provisioners._RESOURCE_HANDLERS.setdefault(kind, _handlers(kind, recorded))
    provisioners._RESOURCE_HANDLERS[_NAMED_QUERY] = {
        "create": _create_query,
        "delete": lambda query, _: athena._delete_named_query({"NamedQueryId": query}),
    }
    provisioners._REPLACING_PROPERTIES[_NAMED_QUERY] = ("Name", "Database", "QueryString", "Description", "WorkGroup")


def _handlers(kind: str, recorded: Recorded) -> dict[str, Callable[..., Any] | bool]:
    def create(logical: str, properties: Properties, stack: str) -> Made:
        log.warning("%s (%s) of stack %s is recorded only: nothing stands behind it here", kind, logical, stack)
        return values(kind, recorded, logical, properties, stack)

    def update(_physical: str, _old: Properties, new: Properties, stack: str, logical: str) -> Made:
        return values(kind, recorded, logical, new, stack)

    return {
        "create": create,
        "update": update,
        "update_with_logical_id": True,
        "delete": lambda _physical, _properties: None,
    }


def values(kind: str, recorded: Recorded, logical: str, properties: Properties, stack: str) -> Made:
    """Returns what `Ref` and `GetAtt` give for a resource."""
    known = {
        "id": hashlib.sha256(f"{stack}/{logical}".encode()).hexdigest()[:17],
        "name": str(properties.get(recorded.name) or provisioners._physical_name(stack, logical, max_len=63)),
        "account": get_account_id(),
        "region": get_region(),
    }
    service = kind.split("::")[1].lower()
    known["arn"] = f"arn:aws:{service}:{known['region']}:{known['account']}:{recorded.arn.format(**known)}"
    known["host"] = f"{known['id']}.{service}.invalid"
    attributes = {name: text.format(**known) for name, text in recorded.attributes.items()}
    return recorded.ref.format(**known), attributes


def _create_query(logical: str, properties: Properties, stack: str) -> Made:
    """Makes a saved query."""
    name = properties.get("Name") or provisioners._physical_name(stack, logical)
    status, _, body = athena._create_named_query({**properties, "Name": name})
    answer = json.loads(body)
    if status >= 400:
        raise ValueError(answer.get("message", "the query was refused"))
    query = answer["NamedQueryId"]
    return query, {"NamedQueryId": query}
