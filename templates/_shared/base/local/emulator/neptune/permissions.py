"""Which action a request of the data API is, and on what: queries are read, write or delete by what they say."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_actions

NAME = "neptune-db"
_TEXTS = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|<[^<>\s]*>|`[^`]*`|//[^\n]*")
_DELETES = re.compile(r"\b(DELETE|REMOVE|DROP|CLEAR)\b", re.IGNORECASE)
_WRITES = re.compile(r"\b(CREATE|MERGE|SET|INSERT|LOAD)\b", re.IGNORECASE)


def register(cluster: Callable[[], str]) -> None:
    """Lets the emulator's permission checks know what a request to Neptune is about; `cluster` is the resource's id."""
    action_of: Callable[..., str | None] = iam_actions.extract_iam_action
    resource_of: Callable[..., str] = iam_actions.extract_resource_arn

    def extract_action(
        service: str, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> str | None:
        if service == NAME:
            return action(method, path, body)
        return action_of(service, method, path, headers, body, query)

    def extract_resource(
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Any],
        region: str,
        account: str,
    ) -> str:
        if service == NAME:
            return f"arn:aws:{NAME}:{region}:{account}:{cluster()}/*"
        return resource_of(service, method, path, headers, body, query, region, account)

    iam_actions.SERVICE_TO_IAM_NAMESPACE[NAME] = NAME
    iam_actions.extract_iam_action = extract_action
    iam_actions.extract_resource_arn = extract_resource


def action(method: str, path: str, body: bytes) -> str:
    """Returns the action of IAM.

    >>> action("POST", "/opencypher", b'{"query": "MATCH (n) DETACH DELETE n"}')
    'neptune-db:DeleteDataViaQuery'
    """
    if path.lower().startswith("/loader"):
        return f"{NAME}:{'StartLoaderJob' if method == 'POST' else 'GetLoaderJobStatus'}"
    if path == "/status":
        return f"{NAME}:GetEngineStatus"
    text = _TEXTS.sub("", statement(body)[0])
    kind = "Delete" if _DELETES.search(text) else "Write" if _WRITES.search(text) else "Read"
    return f"{NAME}:{kind}DataViaQuery"


def statement(body: bytes) -> tuple[str, dict[str, Any]]:
    """Returns the query of a request, JSON or a form, and its parameters (`update` where it is one of SPARQL)."""
    said = body.decode(errors="replace")
    if said.lstrip().startswith("{"):
        request = json.loads(said)
        given = request.get("parameters") or "{}"
        return str(request.get("query", "")), json.loads(given) if isinstance(given, str) else given
    form = {name: values[0] for name, values in parse_qs(said).items()}
    if "update" in form:
        return form["update"], {"update": True}
    return form.get("query", ""), json.loads(form.get("parameters", "{}"))
