"""A function that fails says with which exception.

The pinned emulator calls every exception "Runtime.HandlerError", so that no Retry and no Catch of a state machine can
tell one from another.
"""

import re
from collections.abc import Callable
from typing import Any

from ministack.services import lambda_svc

from local.emulator.surroundings import Surroundings

_UNKNOWN = "Runtime.HandlerError"
# Below the frames, which are indented, stands the exception with its module.
_RAISED = re.compile(r"^Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*(?P<name>[\w.]+)", re.MULTILINE)


def fill(_: Surroundings) -> None:
    """Gives errors the names of their exceptions, as AWS does."""
    execute: Callable[..., dict[str, Any]] = lambda_svc._execute_function_warm

    def named(*arguments: Any, **options: Any) -> dict[str, Any]:
        result = execute(*arguments, **options)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict) and body.get("errorType") == _UNKNOWN:
            body["errorType"] = exception(result.get("log") or "") or _UNKNOWN
        return result

    lambda_svc._execute_function_warm = named


def exception(log: str) -> str:
    r"""Returns the name of the exception that ended a function, by its last traceback.

    >>> exception("note\nTraceback (most recent call last):\n  File \"handler.py\", line 3\nhandler.NotYet: wait\n")
    'NotYet'
    >>> exception("Task timed out")
    ''
    """
    found = [match["name"] for match in _RAISED.finditer(log)]
    return found[-1].rpartition(".")[2] if found else ""
