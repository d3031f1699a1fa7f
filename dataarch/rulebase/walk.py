"""Walking through conditions: the tests in them, and what these speak of."""

from __future__ import annotations

from collections.abc import Iterator

from dataarch.rulebase.model import Condition


def atoms(condition: Condition) -> Iterator[Condition]:
    """Every test in a condition, outermost first."""
    kind = condition[0]
    if kind in ("all", "any", "not"):
        for part in condition[1:]:
            yield from atoms(part)
    elif kind == "count":
        for part in condition[2:]:
            yield from atoms(part)
    else:
        yield condition


def questions_in(condition: Condition) -> list[str]:
    """The questions that a condition tests, in order, each once."""
    return list(dict.fromkeys(atom[1] for atom in atoms(condition) if atom[0] != "outcome"))


def decisions_in(condition: Condition) -> list[str]:
    """The decisions whose outcome a condition tests, in order, each once."""
    return list(dict.fromkeys(atom[1] for atom in atoms(condition) if atom[0] == "outcome"))
