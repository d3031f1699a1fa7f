"""The project templates: one per pattern, inside an installation or beside the package in a checkout."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from dataarch.errors import Place, UserError
from dataarch.spelling import meant, shown

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_SETTINGS = "cookiecutter.json"
OWN = "{{cookiecutter.slug}}"
"""The folder of a template whose files every project of it has."""


class Template(NamedTuple):
    """A template: its folder, the decisions that it leaves open (with what it offers, the default first), those that
    are the same in every project, and the default of each text. An offer is an option, or several joined by `+`.
    `follows` names the decisions that a project has only beside some options of others, `settles` those that a choice
    settles with itself: by the decision, by its option."""

    pattern: str
    folder: str
    open: dict[str, list[str]]
    fixed: dict[str, str]
    texts: dict[str, str]
    follows: dict[str, dict[str, list[str]]] = {}  # noqa: RUF012  # of a tuple, which nobody changes
    settles: dict[str, dict[str, dict[str, str]]] = {}  # noqa: RUF012

    def has(self, decision: str, chosen: dict[str, list[str]]) -> bool:
        """Whether a project with these choices has a decision at all."""
        wanted = self.follows.get(decision, {})
        return all(set(options) & set(chosen[other]) for other, options in wanted.items())

    def settled(self, chosen: dict[str, list[str]]) -> dict[str, str]:
        """The decisions that are not open in a project with these choices."""
        found = dict(self.fixed)
        for other, options in self.settles.items():
            found |= options.get("+".join(chosen[other]), {})
        return found

    def settled_by(self, decision: str) -> str:
        """The decision whose choice settles another one, or nothing."""
        found = (other for other, options in self.settles.items() for one in options.values() if decision in one)
        return next(found, "")


def parts(offer: str) -> list[str]:
    """The options of an offer.

    >>> parts("athena+quicksight")
    ['athena', 'quicksight']
    """
    return offer.split("+")


def folder() -> str:
    """Where the templates are."""
    inside = os.path.join(_PACKAGE, "templates")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(_PACKAGE), "templates")


def has_template(pattern: str, overlays: Sequence[str] = ()) -> bool:
    """Whether there is a template for a pattern, in one of the folders of overlays too."""
    return any(os.path.isfile(os.path.join(place, pattern, _SETTINGS)) for place in _places(overlays))


def templates(overlays: Sequence[str] = ()) -> list[str]:
    """The patterns that have a template, sorted."""
    places = [place for place in _places(overlays) if os.path.isdir(place)]
    return sorted({name for place in places for name in os.listdir(place) if has_template(name, overlays)})


def open_template(pattern: str, overlays: Sequence[str] = ()) -> Template:
    """The template of a pattern, one that comes with an overlay too.

    Raises UserError for a name that has none, be it a pattern or not, and for a template of an overlay that would run
    code or cannot be read.
    """
    known = templates(overlays)
    if pattern not in known:
        raise UserError.plain(f"There is no template {shown(pattern)}.", meant(pattern, known))
    own, *others = (os.path.join(place, pattern) for place in _places(overlays))
    brought = [place for place in others if os.path.isfile(os.path.join(place, _SETTINGS))]
    place = next(iter(brought), own)
    if len(brought) + os.path.isfile(os.path.join(own, _SETTINGS)) > 1:
        raise UserError.at(Place(place), f"is a second template of {pattern}; a pattern has one.")
    read = _read_strictly(place) if brought else _settings(place)
    public = {key: value for key, value in read.items() if not key.startswith("_")}
    return Template(
        pattern,
        place,
        {key.replace("_", "-"): value for key, value in public.items() if isinstance(value, list)},
        read["_fixed"],
        {key: value for key, value in public.items() if isinstance(value, str)},
        read.get("_only_with", {}),
        read.get("_settles", {}),
    )


def _places(overlays: Sequence[str]) -> list[str]:
    """The folders of templates, the built-in one first."""
    return [folder(), *(os.path.join(overlay, "templates") for overlay in overlays)]


def _settings(place: str) -> dict[str, Any]:
    with open(os.path.join(place, _SETTINGS), encoding="utf-8") as file:
        read: dict[str, Any] = json.load(file)
    return read


def _read_strictly(place: str) -> dict[str, Any]:
    """The settings of a template that a stranger wrote. Raises UserError where it would have something executed.

    The names of its files are rendered by cookiecutter and so may not look like templates; that of the project is the
    one exception.
    """
    at = Place(os.path.join(place, _SETTINGS))
    try:
        read = _settings(place)
    except ValueError as error:
        raise UserError.at(at, f"cannot be read as JSON: {error}.") from None
    for key, value in read.items():
        texts = value if isinstance(value, list) else [value]
        if not key.startswith("_") and not (texts and all(isinstance(text, str) for text in texts)):
            raise UserError.at(at, f"the value of {shown(key)} must be a text, or a list of what is offered.")
    fixed = read.get("_fixed")
    if "slug" not in read or not isinstance(fixed, dict) or not all(isinstance(one, str) for one in fixed.values()):
        raise UserError.at(at, "needs a 'slug', and '_fixed': the decisions that are the same in every project.")
    if not os.path.isdir(os.path.join(place, OWN)):
        raise UserError.at(Place(place), f"lacks the folder {OWN}, which holds the files of every project.")
    for where, folders, names in os.walk(place):
        for name in [*folders, *names]:
            path, top = os.path.join(where, name), where == place
            if top and name not in (OWN, "parts", _SETTINGS):
                raise UserError.at(Place(path), f"has no place in a template; it holds {_SETTINGS}, {OWN}/ and parts/.")
            if os.path.islink(path) or (any(mark in name for mark in ("{{", "{%", "{#")) and not (top and name == OWN)):
                raise UserError.at(Place(path), "is a link or has a name that looks like a template; neither is taken.")
    return read


def plain(template: Template, name: str) -> dict[str, Any]:
    """The context of a project of which nothing is known: the template's defaults, as cookiecutter takes them."""
    chosen = {id.replace("-", "_"): options[0] for id, options in template.open.items()}
    return {**template.texts, **chosen, **({"slug": name} if name else {})}
