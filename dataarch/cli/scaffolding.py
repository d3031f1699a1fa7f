"""`scaffold`: which project, from which choices, and what to say about it."""

from __future__ import annotations

import itertools
import os
import shlex
import sys
from typing import TYPE_CHECKING, NamedTuple

from dataarch.cli import opening
from dataarch.cli.opening import NOTHING, Laid
from dataarch.errors import UserError
from dataarch.profile import Profile
from dataarch.scaffold import destination, naming, project
from dataarch.scaffold.template import Template, open_template, plain, templates
from dataarch.spelling import meant, shown

if TYPE_CHECKING:
    from dataarch.recommendation import Recommendation
    from dataarch.scaffold.choices import Choice

_PATTERNS = "dataarch scaffold --list shows the patterns that have a template."


class Wanted(NamedTuple):
    """What was asked for: the pattern, where it goes ("" for a folder named after the workload), the name ("" for that
    of the workload), the choices by hand, and how."""

    pattern: str
    path: str
    name: str
    choices: list[str]
    force: bool
    dry_run: bool
    git: bool
    laid: Laid = NOTHING


class Prepared(NamedTuple):
    """A project that can be made, with what has to be said about it first."""

    plan: project.Plan
    notes: list[str]


def prepare(wanted: Wanted, profile: Profile) -> Prepared:
    """The plan of a project and what has to be said about it. Raises UserError; nothing is written."""
    template = _template(wanted.pattern, wanted.laid)
    name = _name(wanted, profile, template)
    path = wanted.path or name
    if not wanted.dry_run:
        destination.refuse_taken(path)
    told, notes = plain(template, name), []
    if wanted.choices or profile.answers:
        from dataarch.recommendation import recommend
        from dataarch.scaffold import context
        from dataarch.scaffold.choices import choose, parse

        recommendation = recommend(opening.engine(wanted.laid), profile)
        choices = choose(template, recommendation, parse(wanted.choices), wanted.force)
        told = context.full(template, name, recommendation, choices)
        notes = _notes(wanted, recommendation, choices)
    return Prepared(project.plan(template, path, told), notes)


def run(wanted: Wanted, profile: Profile) -> str:
    """Makes a project, or says what it would be made of; the text is the result."""
    from dataarch.render import terminal, tree

    if not wanted.pattern:
        raise UserError.plain("scaffold needs a pattern.", _PATTERNS)
    prepared = prepare(wanted, profile)
    planned = prepared.plan
    if wanted.dry_run:
        _say(prepared.notes)
        title = f"{planned.destination}/ would hold {len(planned.files)} files"
        return terminal.page(tree.planned(title, planned.files))
    if sys.stderr.isatty():
        _say([f"Making {planned.destination}: {len(planned.files)} files …"])
    made = project.make(planned, wanted.git)
    notes = [*prepared.notes, *_of_repository(made.repository)]
    title = f"{planned.destination}/ is ready: {planned.template.pattern}, {len(planned.files)} files"
    return terminal.page(tree.next_steps(title, notes, _commands(planned.destination)))


def free_folder(pattern: str, profile: Profile) -> str:
    """The first folder here that a project named after the workload can be put in."""
    name = naming.name_of(profile.known.get("workload", ""), pattern)
    numbered = (name if number == 1 else f"{name}-{number}" for number in itertools.count(1))
    return next(path for path in numbered if not os.path.lexists(path))


def listing(laid: Laid) -> str:
    """The patterns that have a template, with the decisions that each leaves open."""
    from dataarch.render import terminal, tree

    base = opening.engine(laid).base
    found = {id: open_template(id, laid.folders).open for id in templates(laid.folders)}
    missing = [one.title for id, one in base.patterns.items() if id not in found]
    return terminal.page(tree.offered({id: base.patterns[id].title for id in found}, found, missing))


def _template(pattern: str, laid: Laid) -> Template:
    """The template of a pattern. Raises UserError for a name that is no pattern, and for a pattern without one."""
    known = templates(laid.folders)
    if pattern in known:
        return open_template(pattern, laid.folders)
    patterns = list(opening.engine(laid).base.patterns)
    if pattern in patterns:
        raise UserError.plain(f"There is no template for {pattern} yet; there is one for {', '.join(known)}.")
    raise UserError.plain(f"There is no pattern {shown(pattern)}.", meant(pattern, patterns))


def _name(wanted: Wanted, profile: Profile, template: Template) -> str:
    """The name of the project: as given, else that of the workload, else that of the folder, else the pattern's."""
    if wanted.name:
        naming.refuse_bad(wanted.name, "--name")
        return wanted.name
    workload = profile.known.get("workload", "")
    folder = os.path.basename(os.path.abspath(wanted.path)) if wanted.path else ""
    return naming.name_of(workload or folder, template.pattern)


def _notes(wanted: Wanted, recommendation: Recommendation, choices: list[Choice]) -> list[str]:
    """What the answers say against the project as it will be."""
    from dataarch.scaffold.choices import FORCED, NOT_REALISED, lacking

    notes = []
    advised = recommendation.pattern.choice
    titles = recommendation.engine.base.patterns
    if recommendation.profile.answers and isinstance(advised, str) and advised != wanted.pattern:
        other = f"{titles[advised].title} ({advised})" if advised in titles else "none of the patterns"
        notes.append(f"The answers speak for {other}; {wanted.pattern} was asked for and is made.")
    for one in choices:
        if one.how == FORCED:
            notes.append(f"{one.decision}={one.options[0]} is against the rules: {one.objections[0].because}")
        elif lacking(one):
            decided, there = ", ".join(one.advised), ", ".join(one.options)
            notes.append(f"{one.decision}: {decided} decided; the project has {there}.")
    beside = [f"{one.decision}={', '.join(one.options)}" for one in choices if one.how == NOT_REALISED]
    if beside:
        notes.append(f"Decided, and not part of the project yet: {'; '.join(beside)}.")
    return notes


def _of_repository(state: str) -> list[str]:
    said = {
        project.INITIALISED: "A git repository was begun in it; nothing is committed yet.",
        project.INSIDE: "It stands inside a git repository, so none was begun in it.",
        project.NO_GIT: "git is not there, so no repository was begun.",
    }
    return [said[state]] if state in said else []


def _commands(path: str) -> list[tuple[str, ...]]:
    return [("cd", shlex.quote(path)), ("make run",), ("make test",)]


def _say(notes: list[str]) -> None:
    from dataarch.spelling import printable

    for note in notes:
        print(printable(note), file=sys.stderr, flush=True)
