"""The rules that a command works with: the built-in ones, with the overlays that were named."""

from __future__ import annotations

import sys
from typing import NamedTuple

from dataarch.engine.engine import Engine
from dataarch.engine.store import open_engine
from dataarch.errors import UserError
from dataarch.spelling import printable


class Laid(NamedTuple):
    """The folders of overlays, and whether they are used without a check."""

    folders: list[str]
    unchecked: bool


NOTHING = Laid([], False)


def engine(laid: Laid) -> Engine:
    """The engine of the rules. Raises UserError where an overlay is wrong: the base is not used in its place."""
    if not laid.folders:
        if laid.unchecked:
            raise UserError.plain("--unchecked says how to use overlays, and there is none.", "Name one with --rules.")
        return open_engine()
    from dataarch.check.verdict import opened

    return opened(laid.folders, not laid.unchecked, _say)


def _say(text: str) -> None:
    print(printable(text), file=sys.stderr, flush=True)
