"""Every project that can be made, or, where there are very many, projects in which every three options meet."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from dataarch.scaffold.template import Template, open_template

from .conftest import PATTERNS

MANY = 64
"""So many combinations of a template are all made; of more, some in which every three options meet."""


def combinations(template: Template) -> Iterator[dict[str, str]]:
    """Combinations of the options of the decisions that a template leaves open, the default first."""
    keys = [decision.replace("-", "_") for decision in template.open]
    every = [dict(zip(keys, options, strict=True)) for options in itertools.product(*template.open.values())]
    some = every if len(every) <= MANY else covering(every)
    for chosen in some:
        options = {decision: [chosen[decision.replace("-", "_")]] for decision in template.open}
        if all(template.has(id, options) or found == [template.open[id][0]] for id, found in options.items()):
            yield chosen


def covering(every: list[dict[str, str]], meeting: int = 3) -> list[dict[str, str]]:
    """Few of the combinations, in which any three options that can meet do, or another number of them."""
    meets = [set(itertools.combinations(sorted(chosen.items()), meeting)) for chosen in every]
    found, left = [every[0]], set().union(*meets) - meets[0]
    while left:
        best = max(range(len(every)), key=lambda place: len(meets[place] & left))
        found.append(every[best])
        left -= meets[best]
    return found


CASES = [(pattern, chosen) for pattern in PATTERNS for chosen in combinations(open_template(pattern))]
IDS = [f"{pattern}-{'-'.join(chosen.values())}" for pattern, chosen in CASES]
