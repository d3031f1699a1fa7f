"""The single edits that change a choice.

One edit is one value of an any-of answer added or removed, a one-of or yes/no answer replaced, a quantity moved into
another class, or an unknown answer given its first value. Only edits to a class on a diagram's present path can change
its outcome, so those are looked at and no others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from dataarch import quantity
from dataarch.engine.atoms import holds
from dataarch.engine.classes import Variable
from dataarch.engine.compile import NA, OPTIONS
from dataarch.engine.diagram import TRUE
from dataarch.engine.engine import Engine, Known
from dataarch.engine.evaluate import View
from dataarch.engine.graph import Graph
from dataarch.rulebase.condition import NOT_APPLICABLE, questions_in
from dataarch.rulebase.model import NONE


class Flip(NamedTuple):
    """One edit that changes a choice. `value` is the whole new answer; `bound` says, for a quantity, which side of
    which threshold it is moved to; `choice` is the new leading outcome."""

    question: str
    value: Any
    bound: str
    choice: str | list[str] | None


def flips(engine: Engine, view: View, graph: Graph, classes: list[int], known: Known) -> dict[str, list[Flip]]:
    """Per decision, every valid single edit that changes its leading outcome, in interview order."""
    found: dict[str, list[Flip]] = {}
    order = {id: place for place, id in enumerate(engine.base.questions)}
    edited = _Edited(engine, view, graph, classes, known)
    for id, decision in engine.base.decisions.items():
        made = []
        changes = {change for root in graph.roots[id].all() for change in graph.sensitive(root, classes)}
        for index, other, terminal in sorted({(i, c, 0 if decision.many else t) for i, c, t in changes}):
            for question, value, bound in edits(engine, graph.variables[index], other, known):
                if not edited.valid(question, value):
                    continue
                if decision.many:
                    choice = edited.selected(id, index, other, question, value)
                    made.append(Flip(question, value, bound, choice))
                else:
                    option = decision.options[terminal - OPTIONS].id if terminal >= OPTIONS else None
                    made.append(Flip(question, value, bound, option))
        found[id] = sorted(made, key=lambda flip: order[flip.question])
    return found


def edits(engine: Engine, variable: Variable, other: int, known: Known) -> Iterator[tuple[str, Any, str]]:
    """The single edits that move a variable into another class: (question, new answer, bound in words)."""
    id = variable.question
    now = known.get(id)
    if variable.kind == "one-of":
        yield from ((id, value, "") for value in variable.groups[other - 1] if value != now)
    elif variable.kind == "any-of":
        values = now or []
        group = variable.groups[0]
        if other:
            if values == [NONE]:
                return
            for value in group:
                if value not in values and not (value == NONE and values):
                    chosen = {*values, value}
                    yield id, [v for v in engine.base.questions[id].values if v in chosen], ""
        else:
            inside = [value for value in values if value in group]
            if len(inside) == 1:
                yield id, [value for value in values if value not in inside], ""
    else:
        yield (id, *_moved(variable, other, now, engine.base.types[id]))


class _Edited:
    """The profile after one edit: whether it is valid, and what a decision that selects many then selects."""

    def __init__(self, engine: Engine, view: View, graph: Graph, classes: list[int], known: Known) -> None:
        self.engine, self.view, self.graph, self.known = engine, view, graph, known
        self.classes = classes
        self.constrained: dict[str, list[int]] = {}
        for index, constraint in enumerate(engine.base.constraints):
            for question in questions_in(constraint.when):
                self.constrained.setdefault(question, []).append(index)
        self._bits: dict[tuple[str, str], int] = {}

    def valid(self, question: str, value: Any) -> bool:
        """Whether an edit leaves a valid profile; only constraints that test the edited question are looked at."""
        tests = self.engine.tests["constraints"]
        touched = self.constrained.get(question)
        return not touched or not any(holds(tests[index], self._of(question, value)) for index in touched)

    def selected(self, id: str, index: int, other: int, question: str, value: Any) -> list[str] | None:
        """What a decision that selects many selects after an edit, best first; None where it does not apply."""
        decision, roots, was = self.engine.base.decisions[id], self.graph.roots[id], self.classes[index]
        self.classes[index] = other
        try:
            if self.graph.terminal(roots.applies, self.classes) != TRUE:
                return None
            chosen = [o.id for o, root in zip(decision.options, roots.selected, strict=True)
                      if self.graph.terminal(root, self.classes) == TRUE]  # fmt: skip
            if len(chosen) < 2:
                return chosen
            bits = self._of(question, value) | self._outcomes(id)
        finally:
            self.classes[index] = was
        verdict = self.view.verdict(id, bits)
        return [decision.options[place].id for place in verdict.chosen]

    def _outcomes(self, id: str) -> int:
        """The bits of the outcomes that a decision depends on, read off their diagrams."""
        bits = 0
        for needed in self.engine.base.decisions[id].depends_on:
            options, roots = self.engine.base.decisions[needed].options, self.graph.roots[needed]
            of = self.engine.atoms["outcomes"][needed]
            if roots.selected:
                places = [p for p, root in enumerate(roots.selected) if self.graph.terminal(root, self.classes) == TRUE]
                applies = self.graph.terminal(roots.applies, self.classes) == TRUE
            else:
                terminal = self.graph.terminal(roots.outcome, self.classes)
                places, applies = [terminal - OPTIONS] if terminal >= OPTIONS else [], terminal != NA
            for place in places:
                bits |= of[options[place].id]
            bits |= 0 if applies else of[NOT_APPLICABLE]
        return bits

    def _of(self, question: str, value: Any) -> int:
        key = (question, repr(value))
        found = self._bits.get(key)
        if found is None:
            found = self._bits[key] = self.engine.bits({**self.known, question: value})[0]
        return found


def _moved(variable: Variable, other: int, now: int | None, kind: str) -> tuple[int, str]:
    """The value at the nearest threshold of another class of a quantity, and the bound in words."""
    low = variable.cuts[other - 2] if other >= 2 else 0
    high = variable.cuts[other - 1] if other - 1 < len(variable.cuts) else None
    upwards = high is None or (other >= 2 and (now is None or now < low))
    if upwards:
        return low, f"at least {quantity.text(low, kind)}"
    assert high is not None
    return quantity.below(high, kind, low), f"below {quantity.text(high, kind)}"

