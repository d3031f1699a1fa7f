"""Decisions become diagrams over the classes of answers.

Conditions become diagrams of true and false, dependent decisions by the diagram of the outcome they test. Then all
criteria of a decision are walked through together, class by class; what has been met so far is a difference of points,
and an option that can no longer catch up is dropped with its criteria. That keeps diagrams small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dataarch.engine.classes import Variable, classes, variables
from dataarch.engine.collector import put_off
from dataarch.engine.diagram import Diagrams
from dataarch.engine.roots import FALSE, NA, NO_OPTION, OPTIONS, TRUE, Roots
from dataarch.rulebase.model import NOT_APPLICABLE, SELECTED_AT, Condition, Decision, RuleBase
from dataarch.rulebase.walk import atoms, decisions_in

_DECISIVE = 1_000_000


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
        if like is not None:
            self.variables, self.diagrams, self._of_question = like.variables, like.diagrams, like._of_question
            self._conditions, self._applicable, self._built = like._conditions, like._applicable, like._built
            return
        self.variables = _ordered(base, variables(base.questions, tested_conditions(base)))
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
             else _DECISIVE if criterion.strength == "decisive" else criterion.points)
            for index in self.active[decision.id]
            if index != without and (criterion := decision.criteria[index])
        ]  # fmt: skip
        if not decision.many:
            outcome = _contest(self.diagrams, len(decision.options), evidence)
            return Roots(applies, choose(applies, outcome, NA), [])
        selected = []
        for place in range(len(decision.options)):
            own = [(node, points) for node, option, points in evidence if option == place]
            selected.append(choose(applies, _selection(self.diagrams, own), FALSE))
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


def _ordered(base: RuleBase, found: list[Variable]) -> list[Variable]:
    """The variables in the order in which diagrams test them.

    Those of the trunk come first, then those of the decisions that most others depend on: what a dependent decision
    needs of another is then known before its own evidence begins, which keeps diagrams small. What the trunk has in
    common comes last among them, where the least has to be kept in mind until it is met again. A base that names no
    trunk has one of all decisions on which others depend.
    """
    testers: list[set[str]] = [set() for _ in found]
    of_question: dict[str, list[int]] = {}
    for index, variable in enumerate(found):
        of_question.setdefault(variable.question, []).append(index)
    tested_by: dict[str, dict[str, list[Condition]]] = {}
    for id, decision in base.decisions.items():
        conditions = [reason.when for reason in decision.reasons] + [one.when for one in decision.criteria]
        tested = [atom for condition in conditions for atom in atoms(condition) if atom[0] != "outcome"]
        for question in dict.fromkeys(atom[1] for atom in tested):
            tested += atoms(base.questions[question].presupposes or ["all"])
        by_question = tested_by[id] = {}
        for atom in tested:
            by_question.setdefault(atom[1], []).append(atom)
        for question, about in by_question.items():
            for index in of_question.get(question, ()):
                variable = found[index]
                if variable.kind != "any-of" or any(variable.groups[0][0] in atom[2] for atom in about):
                    testers[index].add(id)
    dependents: dict[str, set[str]] = {id: set() for id in base.decisions}
    for id in reversed(list(base.decisions)):
        for needed in base.decisions[id].depends_on:
            dependents[needed] |= {id, *dependents[id]}
    trunk = base.trunk or [id for id in base.decisions if dependents[id]]
    among = {id: rank for rank, id in enumerate(base.trunk)}
    by_weight = sorted(base.decisions, key=lambda id: (among.get(id, len(among)), -len(dependents[id])))
    place = {id: index for index, id in enumerate(by_weight)}

    first = [min((place[id] for id in ids), default=len(place)) for ids in testers]
    clusters: dict[tuple[int, str, str], list[int]] = {}
    for index, variable in enumerate(found):
        nearest = tested_by[by_weight[first[index]]] if testers[index] and variable.kind == "any-of" else {}
        seen = sorted(repr(a) for a in nearest.get(variable.question, ()) if variable.groups[0][0] in a[2])
        clusters.setdefault((first[index], variable.question, ";".join(seen)), []).append(index)
    later = [[id in ids and place[id] > nearest for id in trunk] for ids, nearest in zip(testers, first, strict=True)]
    shared = later if base.trunk else [[any(one)] for one in later]

    def key(one: tuple[tuple[int, str, str], list[int]]) -> tuple[int, list[int], int]:
        (nearest, _, _), cluster = one
        return nearest, [sum(of) for of in zip(*(shared[index] for index in cluster), strict=True)], cluster[0]

    ordered = sorted(clusters.items(), key=key)
    return [found[index] for _, cluster in ordered for index in cluster]


def tested_conditions(base: RuleBase) -> list[Condition]:
    """Every condition that decides something: presuppositions, constraints, reasons and criteria, active or not."""
    found = [question.presupposes for question in base.questions.values() if question.presupposes]
    found += [constraint.when for constraint in base.constraints]
    for decision in base.decisions.values():
        found += [reason.when for reason in decision.reasons] + [criterion.when for criterion in decision.criteria]
    return found


def _contest(diagrams: Diagrams, size: int, evidence: list[tuple[int, int, int | None]]) -> int:
    """The diagram of the option that wins: evidence is (condition, option, points), points None to rule out."""
    memo: dict[object, int] = {}
    variable, children = diagrams.variable, diagrams.children

    def settle(pending: dict[tuple[int, int, bool], int], scores: list[int | None]) -> int:
        """Drops what can no longer win; then a terminal, or the node that tests the next variable."""
        up, down, may_fall = [0] * size, [0] * size, [False] * size
        for (_, option, rules_out), points in pending.items():
            if rules_out:
                may_fall[option] = True
            elif points > 0:
                up[option] += points
            else:
                down[option] += points
        for option in range(size):
            best = scores[option]
            if best is None:
                continue
            for rival in range(size):
                worst = scores[rival]
                if rival == option or worst is None or may_fall[rival]:
                    continue
                lead = worst + down[rival] - best - up[option]
                if lead > 0 or (lead == 0 and rival < option):
                    scores[option] = None
                    break
        live = [option for option in range(size) if scores[option] is not None]
        if not live:
            return NO_OPTION
        pending = {key: points for key, points in pending.items() if scores[key[1]] is not None}
        if len(live) == 1:
            pending = {key: points for key, points in pending.items() if key[2]}
        if not pending:
            return OPTIONS + live[0] if len(live) == 1 else OPTIONS + max(live, key=lambda o: (scores[o], -o))
        least = 0 if len(live) > 1 else scores[live[0]]
        if len(live) > 1:
            least = min(score for score in scores if score is not None)
        state = tuple(None if score is None else score - (least or 0) for score in scores)
        key = (state, tuple(sorted(pending.items())))
        found = memo.get(key)
        if found is None:
            found = memo[key] = branch(pending, list(state))
        return found

    def branch(pending: dict[tuple[int, int, bool], int], scores: list[int | None]) -> int:
        top = min(variable[node] for node, _, _ in pending)
        moving = [(key, points) for key, points in pending.items() if variable[key[0]] == top]
        resting = {key: points for key, points in pending.items() if variable[key[0]] != top}
        results = []
        for index in range(diagrams.sizes[top]):
            after, rest = list(scores), dict(resting)
            for (node, option, rules_out), points in moving:
                _take(children[node][index], option, rules_out, points, after, rest)
            results.append(settle(rest, after))
        return diagrams.node(top, tuple(results))

    scores: list[int | None] = [0] * size
    pending: dict[tuple[int, int, bool], int] = {}
    for node, option, points in evidence:
        _take(node, option, points is None, points or 0, scores, pending)
    return settle(pending, scores)


def _selection(diagrams: Diagrams, evidence: list[tuple[int, int | None]]) -> int:
    """The diagram of whether an option reaches the points to be selected: evidence is (condition, points), points None
    to rule it out."""
    memo: dict[object, int] = {}
    variable, children = diagrams.variable, diagrams.children

    def settle(pending: dict[tuple[int, bool], int], score: int) -> int:
        """A terminal where nothing open can change it, or the node that tests the next variable."""
        if score + sum(points for points in pending.values() if points > 0) < SELECTED_AT:
            return FALSE
        if score + sum(points for points in pending.values() if points < 0) >= SELECTED_AT:
            pending = {key: 0 for key in pending if key[1]}
            score = SELECTED_AT
            if not pending:
                return TRUE
        key = (score, tuple(sorted(pending.items())))
        found = memo.get(key)
        if found is None:
            top = min(variable[node] for node, _ in pending)
            moving = [(one, points) for one, points in pending.items() if variable[one[0]] == top]
            resting = {one: points for one, points in pending.items() if variable[one[0]] != top}
            results = [branch(moving, dict(resting), score, index) for index in range(diagrams.sizes[top])]
            found = memo[key] = diagrams.node(top, tuple(results))
        return found

    def branch(moving: list[tuple[tuple[int, bool], int]], pending: dict[tuple[int, bool], int], score: int,
               index: int) -> int:  # fmt: skip
        for (node, rules_out), points in moving:
            child = children[node][index]
            if child == TRUE and rules_out:
                return FALSE
            if child == TRUE:
                score += points
            elif child != FALSE:
                pending[child, rules_out] = pending.get((child, rules_out), 0) + points
        return settle({key: points for key, points in pending.items() if points or key[1]}, score)

    pending: dict[tuple[int, bool], int] = {}
    score = 0
    for node, points in evidence:
        if node == TRUE and points is None:
            return FALSE
        if node == TRUE:
            score += points or 0
        elif node != FALSE:
            pending[node, points is None] = pending.get((node, points is None), 0) + (points or 0)
    return settle({key: points for key, points in pending.items() if points or key[1]}, score)


def _take(node: int, option: int, rules_out: bool, points: int, scores: list[int | None],
          pending: dict[tuple[int, int, bool], int]) -> None:  # fmt: skip
    """Counts a piece of evidence that has come true, drops a false one, keeps an open one."""
    score = scores[option]
    if node == FALSE or score is None:
        return
    if node == TRUE:
        scores[option] = None if rules_out else score + points
    else:
        key = (node, option, rules_out)
        total = pending.get(key, 0) + points
        if total or rules_out:
            pending[key] = total
        else:
            del pending[key]

