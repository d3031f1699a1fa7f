"""Decisions become diagrams over the classes of answers.

Conditions become diagrams of true and false, dependent decisions by the diagram of the outcome they test. Then all
criteria of a decision are walked through together, class by class (`contest`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dataarch.engine.classes import Variable, classes, variables
from dataarch.engine.collector import put_off
from dataarch.engine.contest import DECISIVE, contest, selection
from dataarch.engine.diagram import Diagrams
from dataarch.engine.order import ordered, tested_conditions
from dataarch.engine.roots import FALSE, NA, OPTIONS, TRUE, Roots
from dataarch.rulebase.model import NOT_APPLICABLE, Condition, Decision, RuleBase
from dataarch.rulebase.walk import decisions_in


class Compiler:
    """Builds the diagrams of a rule base under one set of active criteria."""

    variables: list[Variable]
    diagrams: Diagrams
    _of_question: dict[str, list[int]]
    _conditions: dict[str, int]
    _applicable: dict[str, int]
    _built: dict[str, Roots]

    def __init__(self, base: RuleBase, active: dict[str, list[int]], like: Compiler | None = None) -> None:
        """A compiler for one set of active criteria; `like` lends it what another one of the same base has built."""
        self.base, self.active = base, active
        self.roots: dict[str, Roots] = {}
        self._outcomes: dict[str, int] = {}
        self._valid: list[tuple[set[int], int]] | None = None
        if like is not None:
            self.variables, self.diagrams, self._of_question = like.variables, like.diagrams, like._of_question
            self._conditions, self._applicable, self._built = like._conditions, like._applicable, like._built
            return
        self.variables = ordered(base, variables(base.questions, tested_conditions(base)))
        self.diagrams = Diagrams([variable.size for variable in self.variables])
        self._of_question = {}
        for index, variable in enumerate(self.variables):
            self._of_question.setdefault(variable.question, []).append(index)
        self._conditions = {}
        self._applicable = {}
        self._built = {}

    def compile(self, decisions: Iterable[str] | None = None) -> dict[str, Roots]:
        """The roots of all decisions, or of some and what they depend on."""
        wanted = list(self.base.decisions) if decisions is None else list(decisions)
        with put_off():
            for id in wanted:
                self._root(id)
        return self.roots

    def condition(self, condition: Condition) -> int:
        """The diagram of a condition, tests of questions that do not apply being false."""
        key = repr(condition)
        kept = self._outcomes if decisions_in(condition) else self._conditions
        found = kept.get(key)
        if found is None:
            found = kept[key] = self._condition(condition)
        return found

    def invalid(self) -> list[tuple[str, int]]:
        """Each constraint, by id, with the diagram of the profiles that meet it."""
        found = [(constraint.id, self.condition(constraint.when)) for constraint in self.base.constraints]
        for id, question in self.base.questions.items():
            if question.type == "any-of" and "none" in question.values:
                indexes = self._of_question.get(id, [])
                nothing = [i for i in indexes if self.variables[i].groups[0] == ["none"]]
                others = [self.diagrams.atom(i, 2) for i in indexes if i not in nothing]
                if nothing and others:
                    beside = self._fold(self.diagrams.either, others, FALSE)
                    found.append((f"none-of-{id}", self.diagrams.both(self.diagrams.atom(nothing[0], 2), beside)))
        return found

    def valid(self) -> list[tuple[set[int], int]]:
        """The diagrams that together say which profiles are valid, with the variables of each; they share none."""
        if self._valid is None:
            self._valid = []
            for _, invalid in self.invalid():
                valid, support = self.diagrams.negated(invalid), self.diagrams.support(invalid)
                apart = []
                for other, node in self._valid:
                    if other & support:
                        support, valid = support | other, self.diagrams.both(valid, node)
                    else:
                        apart.append((other, node))
                self._valid = [*apart, (support, valid)]
        return self._valid

    def possible(self, *nodes: int, beside: Iterable[int] = ()) -> int:
        """Where several diagrams are true for a valid profile, as far as constraints touch what they test, or what
        those do that are looked at beside them."""
        found = self._fold(self.diagrams.both, nodes, TRUE)
        if found == FALSE:
            return FALSE
        seen = self.diagrams.support(found).union(*map(self.diagrams.support, beside))
        for support, valid in self.valid():
            if support & seen:
                found = self.diagrams.both(found, valid)
        return found

    def effective(self, decision: Decision, index: int, without: int | None = None) -> int:
        """Where an active criterion holds and no finer one stands for it (leaving out one criterion, if asked)."""
        criterion = decision.criteria[index]
        finer = [
            self.condition(other.when)
            for position in self.active[decision.id]
            if criterion.id in (other := decision.criteria[position]).refines and position != without
        ]
        holds = self.condition(criterion.when)
        return self.diagrams.choose(self._fold(self.diagrams.either, finer, FALSE), FALSE, holds) if finer else holds

    def applies(self, decision: Decision, without: int | None = None) -> int:
        """Where a decision applies (leaving out one reason, if asked)."""
        reasons = [self.condition(r.when) for index, r in enumerate(decision.reasons) if index != without]
        return self._fold(self.diagrams.either, reasons, FALSE) if decision.reasons else TRUE

    def build(self, decision: Decision, without: int | None = None) -> Roots:
        """The diagrams of one decision, its dependencies being built (leaving out one criterion, if asked)."""
        applies = self.applies(decision)
        choose = self.diagrams.choose
        if len(decision.options) == 1:
            if decision.many:
                return Roots(applies, NA, [applies])
            return Roots(applies, choose(applies, OPTIONS, NA), [])
        places = {option.id: place for place, option in enumerate(decision.options)}
        evidence = [
            (self.effective(decision, index, without), places[criterion.option],
             None if criterion.effect == "rules_out"
             else DECISIVE if criterion.strength == "decisive" else criterion.points)
            for index in self.active[decision.id]
            if index != without and (criterion := decision.criteria[index])
        ]  # fmt: skip
        if not decision.many:
            outcome = contest(self.diagrams, len(decision.options), evidence)
            return Roots(applies, choose(applies, outcome, NA), [])
        selected = []
        for place in range(len(decision.options)):
            own = [(node, points) for node, option, points in evidence if option == place]
            selected.append(choose(applies, selection(self.diagrams, own), FALSE))
        return Roots(applies, NA, selected)

    def outcome(self, id: str, option: str) -> int:
        """Where a decision has an outcome (an option, or `not-applicable`)."""
        decision, roots = self.base.decisions[id], self._root(id)
        if option == NOT_APPLICABLE:
            return self.diagrams.negated(roots.applies)
        place = next(index for index, o in enumerate(decision.options) if o.id == option)
        if roots.selected:
            return roots.selected[place]
        return self.diagrams.mapped(roots.outcome, lambda terminal: int(terminal == OPTIONS + place))

    def _root(self, id: str) -> Roots:
        found = self.roots.get(id)
        if found is None:
            decision = self.base.decisions[id]
            needed = [self._root(other) for other in decision.depends_on]
            key = repr((id, self.active[id], needed))
            found = self._built.get(key)
            if found is None:
                found = self._built[key] = self.build(decision)
            self.roots[id] = found
        return found

    def _condition(self, condition: Condition) -> int:
        kind, diagrams = condition[0], self.diagrams
        if kind == "all":
            return self._fold(diagrams.both, map(self.condition, condition[1:]), TRUE)
        if kind == "any":
            return self._fold(diagrams.either, map(self.condition, condition[1:]), FALSE)
        if kind == "not":
            return diagrams.negated(self.condition(condition[1]))
        if kind == "count":
            return diagrams.count(condition[1], [self.condition(part) for part in condition[2:]])
        if kind == "outcome":
            found = (self.outcome(condition[1], option) for option in condition[2])
            return self._fold(diagrams.either, found, FALSE)
        id = condition[1]
        tests = [diagrams.atom(i, classes(condition, self.variables[i])) for i in self._of_question[id]]
        return diagrams.both(self._presupposed(id), self._fold(diagrams.either, tests, FALSE))

    def _presupposed(self, id: str) -> int:
        found = self._applicable.get(id)
        if found is None:
            presupposes = self.base.questions[id].presupposes
            found = self._applicable[id] = self.condition(presupposes) if presupposes else TRUE
        return found

    @staticmethod
    def _fold(operation: Callable[[int, int], int], nodes: Iterable[int], start: int) -> int:
        for node in sorted(nodes):
            start = operation(start, node)
        return start
