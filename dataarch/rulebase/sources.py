"""The files that rules are read from, and the digest that names their state."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

EXAMPLES = ".examples.yaml"
OVERLAY = "overlay.yaml"
"""The file by which a folder is an overlay, as one is a base by base.yaml."""
TEMPLATES = "templates"
"""The folder of an overlay's project templates, which are no rules."""
COVERAGE = "coverage.yaml"
"""The statements of the whitepaper and what carries them: like an example, a test of the rules and no rule."""
FORMAT = 15
"""The form of what is compiled from the sources; a new one makes every kept compiled form stale."""


class Folder(NamedTuple):
    """The rule files of one folder; `prefix` is how their names begin in messages."""

    prefix: str
    sources: dict[str, bytes]


def read_sources(folder: str) -> dict[str, bytes]:
    """The content of the rule files below a folder, by relative name, sorted.

    Example files and the coverage are tests of the rules and not among them.
    """
    return _contents(folder, [name for name in _names(folder, "") if not name.endswith(EXAMPLES)])


def read_examples(folder: str) -> dict[str, bytes]:
    """The content of the example files below a folder, by relative name, sorted."""
    return _contents(folder, [name for name in _names(folder, "") if name.endswith(EXAMPLES)])


def digest_of(sources: dict[str, bytes], overlays: Sequence[dict[str, bytes]] = ()) -> str:
    """The digest of rule files, and of those of overlays: 32 hexadecimal digits that change with any byte of any."""
    digest = _blake2b(b"dataarch rules %d\n" % FORMAT, digest_size=16)
    for number, files in enumerate((sources, *overlays)):
        if number:
            digest.update(b"overlay\n%d\n" % len(files))
        for name, content in files.items():
            digest.update(b"%s\n%d\n" % (name.encode(), len(content)))
            digest.update(content)
    return str(digest.hexdigest())


def digest_of_texts(*texts: str) -> str:
    """The digest of some texts in this order."""
    digest = _blake2b(digest_size=16)
    for text in texts:
        digest.update(b"%d\n" % len(text.encode()) + text.encode())
    return str(digest.hexdigest())


def _contents(folder: str, names: list[str]) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for name in sorted(names):
        with open(f"{folder}/{name}", "rb", buffering=0) as file:
            contents[name] = file.read()
    return contents


def _names(folder: str, prefix: str) -> list[str]:
    found: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                found += _names(entry.path, f"{prefix}{entry.name}/") if prefix or entry.name != TEMPLATES else []
            elif entry.name.endswith(".yaml") and prefix + entry.name != COVERAGE:
                found.append(prefix + entry.name)
    return found


try:  # hashlib loads OpenSSL for this, which takes longer than reading all rules
    from _blake2 import blake2b as _blake2b
except ImportError:
    from hashlib import blake2b as _blake2b
