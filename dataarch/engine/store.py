"""Rules compiled once and kept: JSON named by the digest of its sources, built with the wheel.

Where none fits (a checkout, a changed rule, a damaged file) the rules are read and compiled again, and kept in the
user's cache folder if it can be written. What comes out is the same to the byte.
"""

import json
import os
import zlib
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from dataarch import __version__
from dataarch.engine.engine import Engine, conditions, tests
from dataarch.engine.graph import Graph
from dataarch.rulebase.model import RuleBase
from dataarch.rulebase.sources import Folder, digest_of, digest_of_texts, read_sources

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHIPPED = os.path.join(PACKAGE, "compiled")


class Compiled(NamedTuple):
    """The compiled form: two JSON texts (what every evaluation needs, and the details, references and limits, which
    are read when one is shown) and the nodes of the diagrams."""

    core: bytes
    details: bytes
    nodes: bytes | memoryview


def rules_folder() -> str:
    """Where the built-in rules are: inside an installation, or beside the package in a checkout."""
    inside = os.path.join(PACKAGE, "rules")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(PACKAGE), "rules")


def open_engine(overlays: Sequence[Folder] = (), checked: bool = True) -> Engine:
    """The engine of the built-in rules and of overlays on them, from their compiled form if there is one; `checked`
    says whether they were proven together.

    Raises RuleBaseError where the rules are wrong.
    """
    sources = read_sources(rules_folder())
    name = file_name(_name(sources, overlays))
    for place in (SHIPPED, cache_folder()):
        kept = _read(os.path.join(place, name)) if place else None
        if kept is not None:
            return engine_of(kept, checked)
    made = compiled(sources, overlays=overlays)
    keep(made, cache_folder(), name)
    return engine_of(made, checked)


def _name(sources: dict[str, bytes], overlays: Sequence[Folder]) -> str:
    """What names a compiled form: the digest of the rules, and how the files of overlays are called in messages."""
    if not overlays:
        return digest_of(sources)
    ordered = sorted(overlays, key=lambda folder: folder.prefix)
    digest = digest_of(sources, [folder.sources for folder in ordered])
    return digest_of_texts(digest, *(folder.prefix for folder in ordered))


def compiled(sources: dict[str, bytes], prefix: str = "rules/", overlays: Sequence[Folder] = ()) -> Compiled:
    """The compiled form of rule files and overlays. Raises RuleBaseError where they are wrong."""
    from dataarch.rulebase.load import load

    return compiled_from(load(sources, prefix, overlays))


def compiled_from(document: dict[str, Any]) -> Compiled:
    """The compiled form of a rule document."""
    from dataarch.engine import atoms
    from dataarch.engine.compile import Compiler
    from dataarch.engine.evaluate import View
    from dataarch.rulebase.catalogue import details_of, rows_of

    rows, details = rows_of(document), details_of(document)
    base = RuleBase(rows, lambda: details)
    bits = atoms.table(base, conditions(base))
    made = tests(base, document["question_order"], bits)
    compiler = Compiler(base, View(base, bits, made).active)
    compiler.compile()
    head, nodes = Graph.of(compiler).packed()
    core = {"rows": rows, "atoms": bits, "tests": made, "graph": head}
    first, second = (json.dumps(part, separators=(",", ":")).encode() for part in (core, details))
    return Compiled(first, second, nodes)


def engine_of(made: Compiled, checked: bool = True) -> Engine:
    """The engine of a compiled form; `checked` says whether its rules were proven."""
    core = json.loads(made.core)

    @cache
    def details() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(made.details)
        return found

    base = RuleBase(core["rows"], details, checked)
    return Engine(base, core["atoms"], core["tests"], Graph.unpacked(core["graph"], made.nodes))


def file_name(digest: str) -> str:
    """The name under which the compiled form of a state of the rules is kept."""
    return f"{digest}-{__version__}.json"


def keep(made: Compiled, folder: str, name: str) -> bool:
    """Keeps a compiled form in a folder, whole or not at all; whether that worked."""
    if not folder:
        return False
    body = b"".join((b"%d %d %d\n" % tuple(map(len, made)), *made))
    temporary = os.path.join(folder, f".{name}.{os.getpid()}")
    try:
        os.makedirs(folder, exist_ok=True)
        with open(temporary, "wb") as file:
            file.write(b"%08x\n" % zlib.crc32(body) + body)
        os.replace(temporary, os.path.join(folder, name))
    except BaseException as error:
        if os.path.exists(temporary):
            os.unlink(temporary)
        if isinstance(error, OSError):
            return False
        raise
    return True


def cache_folder() -> str:
    """Where this user's compiled rules are kept, or "" where no home is known."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "dataarch") if os.path.isabs(base) else ""


def _read(path: str) -> Compiled | None:
    """A compiled form, or None where there is none or it is damaged."""
    try:
        with open(path, "rb", buffering=0) as file:
            content = file.read()
    except OSError:
        return None
    body = memoryview(content)[9:]  # the nodes are not copied before they are used
    if content[:9] != b"%08x\n" % zlib.crc32(body):
        return None
    sizes = content[9 : content.index(b"\n", 9)]
    parts, at = [], len(sizes) + 1
    for size in map(int, sizes.split()):
        parts.append(body[at : at + size])
        at += size
    return Compiled(bytes(parts[0]), bytes(parts[1]), parts[2])
