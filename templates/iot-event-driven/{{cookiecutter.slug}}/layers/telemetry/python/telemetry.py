"""What a message of a device must look like to be a reading; only the standard library.

The rule in IoT Core puts every message into an envelope, whatever is in it: the device by its topic, which its policy
guards, the time of arrival, and the body in base64. So nothing that a device sends can break a rule, or get lost in it.
"""

import base64
import hashlib
import json
import math
import re
from datetime import datetime
from typing import Any, NamedTuple, NoReturn

_IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,96}")
NUMBERS = {
    "load": (0.0, 150.0),
    "ambient": (-60.0, 90.0),
    "temperature": (-60.0, 400.0),
    "vibration": (0.0, 200.0),
    "current": (0.0, 2000.0),
}


class Malformed(Exception):
    """A body that is no reading; the message says what is wrong with it."""


class Envelope(NamedTuple):
    """A message as the rule passed it on: who sent it, when it came (milliseconds since 1970), and its body."""

    device: str
    received_at: int
    body: bytes

    @property
    def digest(self) -> str:
        """By which a body is known that bears no id."""
        return hashlib.sha256(self.body).hexdigest()


def opened(data: bytes) -> Envelope:
    """Returns the message in a record of the stream.

    Raises:
        Malformed: the record is not from the rule.
    """
    try:
        read = json.loads(data)
        return Envelope(str(read["device"]), int(read["received_at"]), base64.b64decode(read["body"], validate=True))
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed(f"the record is no envelope: {error}") from error


def reading(envelope: Envelope) -> dict[str, Any]:
    """Returns the reading in a message, with the device that sent it and its own fields only; `at` is its time in ms.

    Raises:
        Malformed: the body is no JSON object, or a field is missing or has no possible value.
    """
    try:
        read = json.loads(envelope.body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the body is no JSON: {error}"[:300]) from error
    if not isinstance(read, dict):
        raise Malformed("the body is no JSON object")
    missing = [name for name in ("id", "seq", "time", "sent_at", *NUMBERS) if name not in read]
    if missing:
        raise Malformed(f"missing: {', '.join(missing)}")
    if not isinstance(read["id"], str) or not _IDENTIFIER.fullmatch(read["id"]):
        raise Malformed("id must be a text of letters, digits and . _ : -")
    for name in ("seq", "sent_at"):
        if not isinstance(read[name], int) or isinstance(read[name], bool) or read[name] < 0:
            raise Malformed(f"{name} must be a whole number")
    found = {"id": read["id"], "device": envelope.device, "seq": read["seq"], "time": read["time"]}
    found |= {"at": _milliseconds(read["time"]), "sent_at": read["sent_at"], "received_at": envelope.received_at}
    return found | {name: _number(read, name, least, most) for name, (least, most) in NUMBERS.items()}


def _milliseconds(value: Any) -> int:
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Malformed("time must be like 2026-01-31T12:00:00.000Z") from None
    if time.tzinfo is None:
        raise Malformed("time must name its zone, like 2026-01-31T12:00:00.000Z")
    return round(time.timestamp() * 1000)


def _number(read: dict[str, Any], name: str, least: float, most: float) -> float:
    value = read[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Malformed(f"{name} must be a number")
    if not math.isfinite(value) or not least <= value <= most:
        raise Malformed(f"{name} must be between {least:g} and {most:g}")
    return float(value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
