"""Conditions with the outcome of every other decision as a variable of its own.

Such diagrams are small, the same in every standing, and know less than the whole ones: what is impossible, or follows,
here is so there, too. Only what remains possible here has to be looked at with the outcomes worked out.
"""

from __future__ import annotations

from dataarch.check.witness import known_of
from dataarch.engine.compile import Compiler
from dataarch.rulebase.model import NOT_APPLICABLE, Condition, RuleBase
from dataarch.rulebase.walk import decisions_in


class Apart(Compiler):
    """A compiler of conditions, reasons and criteria, never of outcomes."""

    first_of: dict[str, int]

    def __init__(self, base: RuleBase, active: dict[str, list[int]], like: Apart | None = None) -> None:
        """`like` lends it what another one of the same base has built."""
        super().__init__(base, active, like)
        if like is not None:
            self._outcomes, self.first_of = like._outcomes, like.first_of
            return
        self.first_of = {}
        for id, decision in base.decisions.items():
            self.first_of[id] = len(self.diagrams.sizes)
            size = len(decision.options) + 1
            self.diagrams.sizes += [2] * size if decision.many else [size]

    def outcome(self, id: str, option: str) -> int:
        """Where a decision has an outcome (an option, or `not-applicable`): a test of the variable of that outcome."""
        decision, first = self.base.decisions[id], self.first_of[id]
        ids = [NOT_APPLICABLE, *(one.id for one in decision.options)]
        place = ids.index(option)
        return self.diagrams.atom(first + place, 2) if decision.many else self.diagrams.atom(first, 1 << place)

    def answers(self, classes: dict[int, int]) -> dict[str, object]:
        """Answers that put the variables into these classes; those of outcomes are left out."""
        return known_of(self, {index: at for index, at in classes.items() if index < len(self.variables)})


def exact(*conditions: Condition) -> bool:
    """Whether conditions test answers only, so that nothing about them is left open here."""
    return not any(decisions_in(condition) for condition in conditions)
