"""Queues keep working when the local AWS comes back on another port, and batches need no permission of their own.

The pinned emulator writes down the address of a queue with the port of that run, and looks for it with the port of
this one: after a restart on another port its functions read nothing. And it asks a role for `sqs:SendMessageBatch` and
its like, which no policy of AWS knows: there, `sqs:SendMessage` is the permission for one message and for ten.
"""

import re
from typing import Any

import ministack.app as emulator
from ministack.core import iam_actions

from local.emulator.surroundings import Surroundings

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+(/\d{12}/)")
# The parts of the emulator's state in which addresses of queues are kept.
_KEPT = {"sqs", "cloudformation", "lambda"}


def fill(aws: Surroundings) -> None:
    """Puts the addresses right and names the permissions as AWS does."""
    load = emulator.load_state

    def loaded(key: str) -> Any:
        return moved(load(key), aws.port) if key in _KEPT else load(key)

    emulator.load_state = loaded
    extract = iam_actions.extract_iam_action

    def named(service: str, *request: Any, **options: Any) -> str | None:
        action: str | None = extract(service, *request, **options)
        return action.removesuffix("Batch") if action and action.startswith("sqs:") else action

    iam_actions.extract_iam_action = named


def moved(value: Any, port: int) -> Any:
    """Returns a state of an earlier run with the port of this one.

    >>> moved({"http://127.0.0.1:1/000000000000/jobs": ["http://127.0.0.1:1/other"]}, 2)
    {'http://127.0.0.1:2/000000000000/jobs': ['http://127.0.0.1:1/other']}
    """
    if isinstance(value, str):
        return _ADDRESS.sub(rf"http://127.0.0.1:{port}\1", value)
    if isinstance(value, list):
        return [moved(one, port) for one in value]
    if isinstance(value, tuple):
        return tuple(moved(one, port) for one in value)
    if isinstance(value, dict):
        return {moved(key, port): moved(one, port) for key, one in value.items()}
    if hasattr(value, "_data"):
        value._data = moved(value._data, port)
    return value
