"""Every profile that the store holds, for those who look after it."""

from collections.abc import Mapping
from typing import Any

from pipeline.graph import call


def stored(outputs: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Returns the profiles by the id of their customer."""
    found: dict[str, dict[str, Any]] = {}
    while some := call(outputs, {"do": "profiles", "after": max(found, default="")})["profiles"]:
        found |= some
    return found
