"""How far a check goes: the whole base, or, where overlays lie on it, what they can have changed.

The base was proven by itself. What an overlay makes idle in it (a ban leaves the criteria for what is banned without
effect) is the overlay's good right and no finding; that nothing collides and that an outcome is left is proven anew.
"""

from __future__ import annotations

from dataarch.rulebase.model import Criterion, Decision, Option, Reason, RuleBase


class Extent:
    """The decisions to look at, and which entries are to be held to what is asked of an entry."""

    def __init__(self, base: RuleBase, only: frozenset[str] = frozenset()) -> None:
        """The extent of a check; `only` narrows it to some decisions."""
        self.base = base
        self.overlays = [one.id for one in base.overlays]
        found = only or (set(base.decisions) if not self.overlays else self._reached())
        self.decisions: list[Decision] = [decision for id, decision in base.decisions.items() if id in found]

    def criterion(self, one: Criterion) -> bool:
        """Whether a criterion is to be held to something: a derived one and a ban are not."""
        if one.derived or one.id.startswith("ban."):
            return False
        return not self.overlays or one.basis in self.overlays

    def reason(self, decision: str, one: Reason) -> bool:
        """Whether a reason is to be held to something."""
        return self._own("reason", f"{decision}.{one.id}")

    def option(self, decision: str, one: Option) -> bool:
        """Whether an option is to be held to something."""
        return self._own("option", f"{decision}.{one.id}")

    def question(self, id: str) -> bool:
        """Whether a question is to be held to something."""
        return self._own("question", id)

    def pattern(self, id: str) -> bool:
        """Whether the steps of a pattern are to be looked at: where overlays can have changed what it leads to."""
        steps = self.base.patterns[id].steps
        among = {decision.id for decision in self.decisions}
        return not self.overlays or not among.isdisjoint({"pattern", *(d for step in steps for d in step.decisions)})

    def _own(self, kind: str, id: str) -> bool:
        return not self.overlays or bool(self.base.origin(kind, id))

    def _reached(self) -> set[str]:
        """The decisions in which an overlay says something, and those that depend on them."""
        base = self.base
        if any(base.origin("constraint", constraint.id) for constraint in base.constraints):
            return set(base.decisions)
        found: set[str] = set()
        for id, decision in base.decisions.items():  # those that others depend on come first
            criteria = any(c.basis in self.overlays or c.ended for c in decision.criteria)
            reasons = any(base.origin("reason", f"{id}.{reason.id}") for reason in decision.reasons)
            options = any(base.origin("option", f"{id}.{option.id}") for option in decision.options)
            if criteria or reasons or options or base.origin("decision", id) or found & set(decision.depends_on):
                found.add(id)
        return found
