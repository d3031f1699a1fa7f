"""Overlays opened: read, compiled together with the base, and proven with it once; the verdict is kept with them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from dataarch import __version__, files
from dataarch.check.check import Progress, proven
from dataarch.engine.engine import Engine
from dataarch.engine.store import cache_folder, open_engine
from dataarch.errors import Finding, Place, RuleBaseError, UserError
from dataarch.rulebase.sources import OVERLAY, Folder, digest_of, digest_of_texts, read_examples, read_sources


def overlays_in(folders: Sequence[str]) -> list[Folder]:
    """The rule files of folders of overlays. Raises UserError for a folder that holds none."""
    found: list[Folder] = []
    for folder in folders:
        place = Place(folder)
        if not os.path.isfile(os.path.join(folder, OVERLAY)):
            what = "is no overlay" if os.path.isdir(folder) else "is no folder"
            raise UserError.at(place, f"{what}; an overlay is a folder that holds {OVERLAY}.")
        try:
            found.append(Folder(f"{folder.rstrip('/')}/", read_sources(folder)))
        except OSError as error:
            raise UserError.at(Place(error.filename or folder), f"cannot be read: {files.reason(error)}.") from None
    return found


def opened(folders: Sequence[str], checked: bool, progress: Progress) -> Engine:
    """The engine of the built-in rules with overlays on them, proven together unless that is not wished.

    Raises RuleBaseError with every finding where the overlays are wrong; the base is never used without them.
    """
    overlays = overlays_in(folders)
    engine = open_engine(overlays, checked)
    if not checked:
        return engine
    path = _path(engine, overlays, folders)
    findings = _kept(path)
    if findings is None:
        named = ", ".join(one.id for one in engine.base.overlays)
        progress(f"Checking {named} together with the rules, once …")
        findings = proven(engine, overlays, lambda text: progress(f"  {text}"))
        _keep(path, findings)
    if findings:
        raise RuleBaseError(*findings)
    return engine


def _path(engine: Engine, overlays: Sequence[Folder], folders: Sequence[str]) -> str:
    """Where the verdict is kept ("" for nowhere), named by rules, examples, and what their files are called."""
    place = cache_folder()
    examples = [digest_of(read_examples(folder)) for folder in folders]
    name = digest_of_texts(engine.base.digest, *examples, *(overlay.prefix for overlay in overlays))
    return os.path.join(place, f"{name}-{__version__}.verdict") if place else ""


def _kept(path: str) -> list[Finding] | None:
    """The findings of a verdict, or None where none was kept, or what was is damaged."""
    try:
        with open(path, encoding="utf-8") as file:
            return [Finding(Place(*place), message, hint) for place, message, hint in json.load(file)["findings"]]
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _keep(path: str, findings: list[Finding]) -> None:
    """Keeps a verdict; where that cannot be, the next use proves it again."""
    if not path:
        return
    temporary = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump({"findings": findings}, file)
        os.replace(temporary, path)
    except OSError:
        if os.path.exists(temporary):
            os.unlink(temporary)
