"""A project: planned from a template and choices, then rendered and put where it belongs, whole or not at all."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from dataarch.errors import Place, UserError
from dataarch.scaffold import destination
from dataarch.scaffold.template import Template, folder


class Plan(NamedTuple):
    """What will be made: `files` are the paths in the project with the decision that brings each."""

    template: Template
    destination: str
    context: dict[str, Any]
    files: dict[str, str]


class Made(NamedTuple):
    """A project that was made; `repository` says whether a git repository was begun in it, or why not."""

    plan: Plan
    repository: str


INITIALISED, NO_GIT, INSIDE, UNWANTED = "initialised", "no git", "inside another", "unwanted"


def plan(template: Template, path: str, context: dict[str, Any]) -> Plan:
    """The plan of a project; nothing is written."""
    try:
        sources = composer().sources(Path(template.folder), context)
    except composer().ComposeError as error:
        raise UserError.plain(f"The template of {template.pattern} is wrong: {error}") from None
    return Plan(template, path, context, {name: source.label for name, source in sources.items()})


def make(planned: Plan, git: bool) -> Made:
    """Makes the project that was planned.

    Raises UserError where it cannot be put at its destination; then nothing of it stays.
    """
    destination.refuse_taken(planned.destination)
    with destination.workshop() as place:
        try:
            made = _render(planned, place)
        except composer().ComposeError as error:
            raise UserError.plain(f"The template of {planned.template.pattern} is wrong: {error}") from None
        except OSError as error:
            raise UserError.at(Place(place), f"cannot be written: {destination.why(error)}.") from None
        repository = _initialise(made, planned.destination) if git else UNWANTED
        destination.put(made, planned.destination)
    return Made(planned, repository)


@cache
def composer() -> ModuleType:
    """The module that composes projects; it stands beside the templates, since plain cookiecutter uses it, too."""
    path = os.path.join(folder(), "_shared", "compose.py")
    spec = importlib.util.spec_from_file_location("dataarch_compose", path)
    if spec is None or spec.loader is None:
        raise UserError.plain(f"{path} cannot be read; this installation of dataarch is not whole.")
    module = importlib.util.module_from_spec(spec)
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = writes
    return module


def _render(planned: Plan, place: str) -> str:
    """Renders the project in a folder of our own, and gives its path.

    `generate_files` with a context of our own renders no value, and reads no settings or replays of the user.
    """
    from cookiecutter.generate import generate_files

    own = {"slug": planned.context["slug"], "_copy_without_render": ["*"]}
    made: str = generate_files(planned.template.folder, {"cookiecutter": own}, place, accept_hooks=False)
    for compiled in list(Path(made).rglob("__pycache__")):
        shutil.rmtree(compiled)
    composer().compose(Path(planned.template.folder), Path(made), planned.context)
    return made


def _initialise(made: str, path: str) -> str:
    """Begins a git repository in a project, unless it will stand in one; says which of the three it was.

    Only git's own settings are left: a repository of the environment is not meant, and no template is copied.
    """
    git = shutil.which("git")
    if not git:
        return NO_GIT
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    above = os.path.dirname(os.path.abspath(path))
    while not os.path.isdir(above):
        above = os.path.dirname(above)

    def succeeds(*command: str) -> bool:
        silent = subprocess.DEVNULL
        done = subprocess.run([git, *command], env=environment, stdin=silent, stdout=silent, stderr=silent, check=False)
        return done.returncode == 0

    if succeeds("-C", above, "rev-parse", "--is-inside-work-tree"):
        return INSIDE
    begun = succeeds("-C", made, "init", "--quiet", "--template=", "--initial-branch=main")
    return INITIALISED if begun else NO_GIT
