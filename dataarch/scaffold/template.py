"""The project templates: one per pattern, inside an installation or beside the package in a checkout."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from dataarch.errors import UserError
from dataarch.spelling import meant, shown

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_SETTINGS = "cookiecutter.json"


class Template(NamedTuple):
    """A template: its folder, the decisions that it leaves open (with what it offers, the default first), those that
    are the same in every project, and the default of each text. An offer is an option, or several joined by `+`."""

    pattern: str
    folder: str
    open: dict[str, list[str]]
    fixed: dict[str, str]
    texts: dict[str, str]


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


def has_template(pattern: str) -> bool:
    """Whether there is a template for a pattern."""
    return os.path.isfile(os.path.join(folder(), pattern, _SETTINGS))


def templates() -> list[str]:
    """The patterns that have a template, sorted."""
    return sorted(name for name in os.listdir(folder()) if has_template(name))


def open_template(pattern: str) -> Template:
    """The template of a pattern.

    Raises UserError for a name that has none, be it a pattern or not.
    """
    known = templates()
    if pattern not in known:
        raise UserError.plain(f"There is no template {shown(pattern)}.", meant(pattern, known))
    place = os.path.join(folder(), pattern)
    with open(os.path.join(place, _SETTINGS), encoding="utf-8") as file:
        read: dict[str, Any] = json.load(file)
    public = {key: value for key, value in read.items() if not key.startswith("_")}
    return Template(
        pattern,
        place,
        {key.replace("_", "-"): value for key, value in public.items() if isinstance(value, list)},
        read["_fixed"],
        {key: value for key, value in public.items() if isinstance(value, str)},
    )


def plain(template: Template, name: str) -> dict[str, Any]:
    """The context of a project of which nothing is known: the template's defaults, as cookiecutter takes them."""
    chosen = {id.replace("-", "_"): options[0] for id, options in template.open.items()}
    return {**template.texts, **chosen, **({"slug": name} if name else {})}
