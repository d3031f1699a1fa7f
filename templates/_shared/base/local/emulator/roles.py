"""Temporary credentials of the roles that AWS services work under.

A training job reads its input, and a state machine starts its tasks, with the permissions of a role and no others.
Programs that the emulator starts get that role's credentials, so a missing permission fails here as it would on AWS.
"""

import json
import uuid
from typing import Any

from ministack.core.iam_evaluator import _service_principal_matches, enforce
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam, sts


class RoleError(ValueError):
    """The role does not exist, or does not trust the service."""


def credentials(role_arn: str, service: str, session: str) -> dict[str, str]:
    """The environment variables of a session of the role, assumed by a service such as `sagemaker.amazonaws.com`.

    Raises:
        RoleError: the role is missing, or its trust policy does not name the service.
    """
    name = role_arn.rsplit("/", 1)[-1]
    role = iam._roles.get(name)
    if role is None or not _trusts(role.get("AssumeRolePolicyDocument"), service):
        raise RoleError(
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
            f"'{service}' to assume the role."
        )
    key, secret, token = (uuid.uuid4().hex for _ in range(3))
    key = f"ASIA{key[:16].upper()}"
    sts.register_session(
        key,
        {
            "Arn": f"arn:aws:sts::{get_account_id()}:assumed-role/{name}/{session[:64]}",
            "UserId": f"{role.get('RoleId', name)}:{session[:64]}",
            "SecretAccessKey": secret,
            "SessionToken": token,
        },
    )
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


def check(session: dict[str, str], action: str, service: str, resource: str) -> None:
    """Returns when the session's role may do it.

    Raises:
        PermissionError: in the words of AWS.
    """
    denied = enforce(session["AWS_ACCESS_KEY_ID"], action, service, get_region(), resource_arn=resource)
    if denied is not None:
        who = getattr(denied, "principal_arn", "")
        raise PermissionError(f"User: {who} is not authorized to perform: {action} on resource: {resource}")


def forget(session: dict[str, str]) -> None:
    """End a session; its credentials are refused from now on."""
    sts._sessions.pop(session["AWS_ACCESS_KEY_ID"], None)


def _trusts(policy: str | dict[str, Any] | None, service: str) -> bool:
    """Whether a trust policy lets the service assume the role."""
    document = json.loads(policy) if isinstance(policy, str) else policy or {}
    statements: Any = document.get("Statement", [])
    return any(
        statement.get("Effect") == "Allow" and _service_principal_matches(statement.get("Principal"), service)
        for statement in (statements if isinstance(statements, list) else [statements])
    )
