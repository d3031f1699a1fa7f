"""Rules compiled once and kept: JSON named by the digest of its sources, built with the wheel.

Where none fits (a checkout, a changed rule, a damaged file) the rules are read and compiled again, and kept in the
user's cache folder if it can be written. What comes out is the same to the byte.
"""

from __future__ import annotations

import json
import os
import zlib
from pathlib import PurePath
from typing import Any

from dataarch import __version__
from dataarch.engine.engine import Engine, conditions, tests
from dataarch.engine.graph import Graph
from dataarch.rulebase.load import Document, digest_of, load, read_sources
from dataarch.rulebase.model import RuleBase

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHIPPED = os.path.join(PACKAGE, "compiled")


def rules_folder() -> str:
    """Where the built-in rules are: inside an installation, or beside the package in a checkout."""
    inside = os.path.join(PACKAGE, "rules")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(PACKAGE), "rules")


def open_engine() -> Engine:
    """The engine of the built-in rules, from their compiled form if there is one.

    Raises RuleBaseError where the rules are wrong.
    """
    sources = read_sources(rules_folder())
    name = f"{digest_of(sources)}-{__version__}.json"
    for place in (SHIPPED, cache_folder()):
        data = _read(os.path.join(place, name)) if place else None
        if data is not None:
            return engine_of(data)
    data = compiled(load(sources))
    keep(data, cache_folder(), name)
    return engine_of(data)


def compiled(document: Document) -> dict[str, Any]:
    """Everything that evaluation needs of a rule document, as JSON can hold it."""
    from dataarch.engine import atoms
    from dataarch.engine.compile import Compiler
    from dataarch.engine.evaluate import View

    bits = atoms.table(document, conditions(document))
    made = tests(document, bits)
    base = RuleBase(document)
    compiler = Compiler(base, View(base, bits, made).active)
    compiler.compile()
    data = {"document": document, "atoms": bits, "tests": made, "graph": Graph.of(compiler).to_json()}
    through: dict[str, Any] = json.loads(json.dumps(data))
    return through


def engine_of(data: dict[str, Any]) -> Engine:
    """The engine of a compiled form."""
    return Engine(RuleBase(data["document"]), data["atoms"], data["tests"], Graph.from_json(data["graph"]))


def keep(data: dict[str, Any], folder: str, name: str) -> bool:
    """Keeps a compiled form in a folder, whole or not at all; whether that worked."""
    if not folder:
        return False
    body = json.dumps(data, separators=(",", ":")).encode()
    temporary = os.path.join(folder, f".{name}.{os.getpid()}")
    try:
        os.makedirs(folder, exist_ok=True)
        with open(temporary, "wb") as file:
            file.write(b"%08x\n" % zlib.crc32(body) + body)
        os.replace(temporary, os.path.join(folder, name))
    except OSError:
        if os.path.exists(temporary):
            os.unlink(temporary)
        return False
    return True


def cache_folder() -> str:
    """Where this user's compiled rules are kept, or "" where no home is known."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "dataarch") if PurePath(base).is_absolute() else ""


def _read(path: str) -> dict[str, Any] | None:
    """A compiled form, or None where there is none or it is damaged."""
    try:
        with open(path, "rb") as file:
            head, body = file.readline(), file.read()
        if head != b"%08x\n" % zlib.crc32(body):
            return None
        data: dict[str, Any] = json.loads(body)
    except (OSError, ValueError):
        return None
    return data
