"""The name of a project: it becomes a folder, and a part of the names of its resources."""

from __future__ import annotations

import re
import unicodedata

from dataarch.errors import UserError
from dataarch.spelling import shown

_NAME = re.compile(r"[a-z][a-z0-9-]{0,47}")
_LONGEST = 48
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
"""What Windows takes for a device, whatever folder it stands in."""


def name_of(text: str, otherwise: str) -> str:
    """A text as the name of a project, or `otherwise` where nothing of it can be used.

    >>> name_of("Überweisungen & Karten, 2026!", "fraud-detection")
    'uberweisungen-karten-2026'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    made = re.sub(r"^[^a-z]+", "", made)[:_LONGEST].rstrip("-")
    return made if made and made not in _RESERVED else otherwise


def refuse_bad(name: str, said: str) -> None:
    """Raises UserError for a name that no project can have; `said` is how it was given."""
    if name in _RESERVED:
        raise UserError.plain(f"{said} {shown(name)}: that name is reserved on Windows.", "Take another one.")
    if not _NAME.fullmatch(name):
        near = name_of(name, "")
        hint = f"For example {near}." if near else ""
        rule = f"a letter, then letters, digits and -, all small, {_LONGEST} at most"
        raise UserError.plain(f"{said} {shown(name)} is no name for a project: {rule}.", hint)
