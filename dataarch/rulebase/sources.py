"""The files that rules are read from, and the digest that names their state."""

from __future__ import annotations

import os

EXAMPLES = ".examples.yaml"
COVERAGE = "coverage.yaml"
"""The statements of the whitepaper and what carries them: like an example, a test of the rules and no rule."""

FORMAT = 8
"""The form of what is compiled from the sources; a new one makes every kept compiled form stale."""


def read_sources(folder: str) -> dict[str, bytes]:
    """The content of the rule files below a folder, by relative name, sorted.

    Example files and the coverage are tests of the rules and not among them.
    """
    contents: dict[str, bytes] = {}
    for name in sorted(_names(folder, "")):
        with open(f"{folder}/{name}", "rb", buffering=0) as file:
            contents[name] = file.read()
    return contents


def digest_of(sources: dict[str, bytes]) -> str:
    """The digest of rule files: 32 hexadecimal digits that change with any byte of any of them."""
    digest = _blake2b(b"dataarch rules %d\n" % FORMAT, digest_size=16)
    for name, content in sources.items():
        digest.update(b"%s\n%d\n" % (name.encode(), len(content)))
        digest.update(content)
    return str(digest.hexdigest())


def _names(folder: str, prefix: str) -> list[str]:
    found: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                found += _names(entry.path, f"{prefix}{entry.name}/")
            elif entry.name.endswith(".yaml") and not entry.name.endswith(EXAMPLES) and prefix + entry.name != COVERAGE:
                found.append(prefix + entry.name)
    return found


try:  # hashlib loads OpenSSL for this, which takes longer than reading all rules
    from _blake2 import blake2b as _blake2b
except ImportError:
    from hashlib import blake2b as _blake2b
