"""The single edits that change a choice.

One edit is one value of an any-of answer added or removed, a one-of or yes/no answer replaced, a quantity moved into
another class, or an unknown answer given its first value. Only edits to a class on a diagram's present path can change
its outcome, so those are looked at and no others.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from dataarch import quantity
from dataarch.engine.atoms import encode, holds
from dataarch.engine.classes import Variable
from dataarch.engine.engine import Engine, Known
from dataarch.engine.evaluate import View
from dataarch.engine.graph import Graph, Walk
from dataarch.engine.roots import NA, OPTIONS, TRUE
from dataarch.rulebase.model import NONE, NOT_APPLICABLE
from dataarch.rulebase.walk import questions_in

Choice = str | list[str] | None
Change = tuple[int, int]
"""A variable and the class that it is moved into."""


class Flip(NamedTuple):
    """One edit that changes a choice. `value` is the whole new answer; `bound` says, for a quantity, between which
    thresholds every value makes that choice; `choice` is the new leading outcome."""

    question: str
    value: Any
    bound: str
    choice: Choice


def flips(engine: Engine, view: View, graph: Graph, classes: list[int], known: Known) -> dict[str, list[Flip]]:
    """Per decision, every valid single edit that changes its leading outcome, in interview order."""
    order = {id: place for place, id in enumerate(engine.base.questions)}
    edited = _Edited(engine, view, graph, classes, known)
    found: dict[str, list[Flip]] = {}
    for id in engine.base.decisions:
        made: list[Flip] = []
        intervals: dict[int, dict[int, Choice]] = {}
        for index, other in sorted({change for of_root in edited.changes[id] for change in of_root}):
            possible = [e for e in edits(engine, graph.variables[index], other, known) if edited.valid(*e)]
            if possible:  # no rule tells the values of one class apart, so one choice serves for all
                choice = edited.choice(id, (index, other), *possible[0])
                if graph.variables[index].kind == "quantity":
                    intervals.setdefault(index, {})[other] = choice
                else:
                    made += [Flip(question, value, "", choice) for question, value in possible]
        for index, choices in intervals.items():
            made += _moves(engine, graph.variables[index], choices, known.get(graph.variables[index].question))
        found[id] = sorted(made, key=lambda flip: (order[flip.question], _spelt(flip.value)))
    return found


def _spelt(value: Any) -> str:
    """A key that puts the edits of one question into an order of their own."""
    return f"{value:032d}" if isinstance(value, int) else str(value)


def edits(engine: Engine, variable: Variable, other: int, known: Known) -> Iterator[tuple[str, Any]]:
    """The single edits that move a variable into another class: (question, new answer)."""
    id = variable.question
    now = known.get(id)
    if variable.kind == "one-of":
        yield from ((id, value) for value in variable.groups[other - 1] if value != now)
    elif variable.kind == "any-of":
        values = now or []
        group = variable.groups[0]
        if other:
            if values == [NONE]:
                return
            for value in group:
                if value not in values and not (value == NONE and values):
                    chosen = {*values, value}
                    yield id, [v for v in engine.base.questions[id].values if v in chosen]
        else:
            inside = [value for value in values if value in group]
            if len(inside) == 1:
                yield id, [value for value in values if value not in inside]
    else:
        yield id, nearest(variable, other, other, now, engine.base.types[id])


class _Edited:
    """The profile after one edit: whether it is valid, and what a decision then says.

    `ends` holds, per decision and root, the terminal of the profile as it is, `changes` those of the changes of class
    that lead elsewhere; together they say where every root leads after a change.
    """

    def __init__(self, engine: Engine, view: View, graph: Graph, classes: list[int], known: Known) -> None:
        self.engine, self.view, self.graph, self.known = engine, view, graph, known
        self.classes, self.encoded = classes, engine.encoded(known)
        walk = Walk(graph, classes)
        self.ends = {id: [walk.terminal(root) for root in roots.all()] for id, roots in graph.roots.items()}
        self.changes = {id: [walk.changes(root) for root in roots.all()] for id, roots in graph.roots.items()}
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

    def choice(self, id: str, change: Change, question: str, value: Any) -> str | list[str] | None:
        """The leading outcome after an edit; for a decision that selects many, best first."""
        decision = self.engine.base.decisions[id]
        applies, chosen = self._chosen(id, change)
        if not applies:
            return None
        if len(chosen) < 2 and (decision.many or not chosen):
            return [decision.options[place].id for place in chosen] if decision.many else None
        bits = self._of(question, value)
        for needed in decision.depends_on:
            bits |= self._outcome_bits(needed, change)
        if decision.many:
            return [decision.options[place].id for place in self.view.verdict(id, bits).chosen]
        if not (self.view.speaks(id, bits) or self._settled(id, change)):
            return None
        return decision.options[chosen[0]].id

    def _settled(self, id: str, change: Change) -> bool:
        """Whether a decision that selects one is settled after a change of class, or has a single option."""
        roots = self.graph.roots[id]
        classes = self.classes.copy()
        classes[change[0]] = change[1]
        single = len(self.engine.base.decisions[id].options) == 1
        return single or self.graph.scopes([roots.outcome], classes)[0].settled

    def _chosen(self, id: str, change: Change) -> tuple[bool, list[int]]:
        """Whether a decision applies after a change of class, and the options it then chooses, as declared."""
        ends = [moved.get(change, end) for end, moved in zip(self.ends[id], self.changes[id], strict=True)]
        if self.graph.roots[id].selected:
            return ends[0] == TRUE, [place for place, end in enumerate(ends[1:]) if end == TRUE]
        return ends[0] != NA, [ends[0] - OPTIONS] if ends[0] >= OPTIONS else []

    def _outcome_bits(self, id: str, change: Change) -> int:
        applies, chosen = self._chosen(id, change)
        of, options = self.engine.atoms["outcomes"][id], self.engine.base.decisions[id].options
        bits = 0 if applies else of[NOT_APPLICABLE]
        for place in chosen:
            bits |= of[options[place].id]
        return int(bits)

    def _of(self, question: str, value: Any) -> int:
        key = (question, repr(value))
        found = self._bits.get(key)
        if found is None:
            edited = {**self.encoded, question: encode(self.engine.atoms, question, value)}
            found = self._bits[key] = self.engine.together(edited)[0]
        return found


def _moves(engine: Engine, variable: Variable, choices: dict[int, Choice], now: int | None) -> Iterator[Flip]:
    """The flips of one quantity: neighbouring intervals with one choice are one flip, at the threshold nearest by."""
    kind = engine.base.types[variable.question]
    runs: list[list[int]] = []
    for other in sorted(choices):
        if runs and runs[-1][1] == other - 1 and choices[runs[-1][0]] == choices[other]:
            runs[-1][1] = other
        else:
            runs.append([other, other])
    for first, last in runs:
        value = nearest(variable, first, last, now, kind)
        yield Flip(variable.question, value, bound(variable, first, last, kind), choices[first])


def bound(variable: Variable, first: int, last: int, kind: str) -> str:
    """Between which thresholds the classes of a quantity from first to last lie, in words."""
    low, high = _ends(variable, first, last)
    if not low and high is not None:
        return f"below {quantity.text(high, kind)}"
    return f"at least {quantity.text(low, kind)}" + (f" and below {quantity.text(high, kind)}" if high else "")


def _ends(variable: Variable, first: int, last: int) -> tuple[int, int | None]:
    """The thresholds between which the classes from first to last lie; None above the last one."""
    return (variable.cuts[first - 2] if first >= 2 else 0), (
        variable.cuts[last - 1] if last - 1 < len(variable.cuts) else None
    )


def nearest(variable: Variable, first: int, last: int, now: int | None, kind: str) -> int:
    """The value in these classes of a quantity that lies at the threshold nearest to the present one."""
    low, high = _ends(variable, first, last)
    upwards = high is None or (first >= 2 and (now is None or now < low))
    return low if upwards or high is None else quantity.below(high, kind, low)
