"""Criteria that hold only where another one of the same option and effect holds, too: that has to be said.

A finer criterion either stands for the wider one (`refines`) or counts on purpose beside it (`beside`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from dataarch.check.extent import Extent
from dataarch.check.proofs import Standing, finding
from dataarch.engine.roots import FALSE, TRUE
from dataarch.errors import Finding
from dataarch.rulebase.model import Criterion, Decision


def unsaid(decision: Decision, standing: list[Standing], extent: Extent) -> Iterator[Finding]:
    """Pairs of criteria of which one holds only where the other does, without saying so; and what is said in vain."""
    said = _said(decision)
    reported: set[tuple[str, str]] = set()
    for one in standing:
        compiler, diagrams = one.compiler, one.compiler.diagrams
        active = [c for index in compiler.active[decision.id] if not (c := decision.criteria[index]).derived]
        nodes = {c.id: compiler.condition(c.when) for c in active}
        for finer, wider in permutations(active, 2):
            pair = (finer.id, wider.id)
            if (finer.option, finer.effect) != (wider.option, wider.effect) or pair in said or pair in reported:
                continue
            if not extent.criterion(finer) or wider.effect == "rules_out":
                continue
            held, other = nodes[finer.id], nodes[wider.id]
            if {held, other} & {TRUE, FALSE} or not diagrams.implies(held, other):
                continue
            reported |= {pair, (wider.id, finer.id)}
            message = f"the criterion {finer.id!r} of {decision.id!r} holds only where {wider.id!r} does ({wider.at})"
            yield finding(finer.at, f"{message}; say refines, or beside where both are to count", one)


def _said(decision: Decision) -> set[tuple[str, str]]:
    """The pairs of which one says that it is finer than the other, by way of others too, in either order."""
    criteria: dict[str, Criterion] = {criterion.id: criterion for criterion in decision.criteria}
    found: set[tuple[str, str]] = set()
    for criterion in decision.criteria:
        pending = [*criterion.refines, *criterion.beside]
        while pending:
            wider = pending.pop()
            if (criterion.id, wider) not in found:
                found |= {(criterion.id, wider), (wider, criterion.id)}
                pending += [*criteria[wider].refines, *criteria[wider].beside]
    return found
