"""The order in which diagrams test their variables: it changes no outcome, only how large they are."""

from __future__ import annotations

from dataarch.engine.classes import Variable
from dataarch.rulebase.model import Condition, RuleBase
from dataarch.rulebase.walk import atoms


def ordered(base: RuleBase, found: list[Variable]) -> list[Variable]:
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
