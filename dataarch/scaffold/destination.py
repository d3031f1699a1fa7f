"""Where a project goes: nothing that is there is touched, and what is not complete is never seen there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from dataarch import files
from dataarch.errors import Place, UserError


def refuse_taken(path: str) -> None:
    """Raises UserError where a project cannot be put: what is there stays as it is. An empty folder is taken."""
    place = Place(path)
    try:
        if os.path.islink(path):
            raise UserError.at(place, f"is a link to {os.readlink(path)}; name the folder itself.")
        if os.path.isdir(path):
            if os.listdir(path):
                raise UserError.at(place, "exists and is not empty; nothing was changed.", "Name another folder.")
        elif os.path.exists(path):
            raise UserError.at(place, "is a file; a project needs a folder of its own.")
        parent = os.path.dirname(os.path.abspath(path))
        while not os.path.lexists(parent):
            parent = os.path.dirname(parent)
        if not os.path.isdir(parent):
            raise UserError.at(place, f"cannot be made: {parent} is no folder.")
    except OSError as error:
        raise UserError.at(place, f"cannot be used: {files.reason(error)}.") from None


@contextmanager
def workshop() -> Iterator[str]:
    """A fresh folder to make a project in, gone afterwards whatever happens.

    Its path is made here, so that no character of the destination's path can mean anything to a template engine.
    """
    if any(mark in tempfile.gettempdir() for mark in ("{{", "{%", "{#")):
        raise UserError.plain(f"Temporary files go to {tempfile.gettempdir()}, which looks like a template.",
                              "Set TMPDIR to another folder.")  # fmt: skip
    folder = tempfile.mkdtemp(prefix="dataarch-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put(made: str, path: str) -> None:
    """Moves a finished project to its destination, whole or not at all.

    It is moved to a sibling of the destination first (another disk, perhaps), then renamed: whoever comes second, of
    two at once, finds a folder that is not empty. Raises UserError; the sibling, and parents made for it, do not stay.
    """
    target = os.path.abspath(path)
    parent, name = os.path.split(target)
    sibling = ""
    made_parents = _missing(parent)
    try:
        os.makedirs(parent, exist_ok=True)
        sibling = tempfile.mkdtemp(prefix=f".{name[:40]}-", dir=parent)
        ready = os.path.join(sibling, name)
        try:
            os.rename(made, ready)
        except OSError:  # another disk
            shutil.copytree(made, ready, symlinks=True)
        os.rename(ready, target)
        made_parents = []
    except OSError as error:
        refuse_taken(path)
        raise UserError.at(Place(path), f"cannot be written: {why(error)}.") from None
    finally:
        if sibling:
            shutil.rmtree(sibling, ignore_errors=True)
        for folder in made_parents:
            _remove_empty(folder)


def _missing(folder: str) -> list[str]:
    """The folder and those above it that do not exist, the deepest first."""
    found = []
    while not os.path.lexists(folder):
        found.append(folder)
        folder = os.path.dirname(folder)
    return found


def _remove_empty(folder: str) -> None:
    if os.path.isdir(folder) and not os.listdir(folder):
        os.rmdir(folder)


def why(error: OSError) -> str:
    """Why writing failed; of many files, why the first did."""
    if isinstance(error, shutil.Error):
        said = str(error.args[0][0][2])  # "[Errno 27] File too large: '…'"
        return said.partition("] ")[2].partition(":")[0].lower() or said
    return files.reason(error)
