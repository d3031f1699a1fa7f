"""Criteria that hold only where another one of the same option and effect holds, too: that has to be said.

A finer criterion either stands for the wider one (`refines`) or counts on purpose beside it (`beside`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from dataarch.check.apart import exact
from dataarch.check.extent import Extent
from dataarch.check.proofs import Standing, finding
from dataarch.check.samples import Samples
from dataarch.engine.roots import FALSE, TRUE
from dataarch.errors import Finding
from dataarch.rulebase.model import Criterion, Decision


def unsaid(decision: Decision, standing: list[Standing], extent: Extent, samples: Samples) -> Iterator[Finding]:
    """Pairs of criteria of which one holds only where the other does, without saying so; and what is said in vain."""
    said = _said(decision)
    reported: set[tuple[str, str]] = set()
    for at in standing:
        active = [index for index in at.compiler.active[decision.id] if not decision.criteria[index].derived]
        held = [{*one.verdict.held, *one.verdict.narrowed} for one in samples.of(decision.id, at.view)]
        for first, second in permutations(active, 2):
            finer, wider = decision.criteria[first], decision.criteria[second]
            pair = (finer.id, wider.id)
            if (finer.option, finer.effect) != (wider.option, wider.effect) or pair in said or pair in reported:
                continue
            if not extent.criterion(finer) or wider.effect == "rules_out":
                continue
            if any(first in one and second not in one for one in held) or not _within(finer, wider, at):
                continue
            reported |= {pair, (wider.id, finer.id)}
            message = f"the criterion {finer.id!r} of {decision.id!r} holds only where {wider.id!r} does ({wider.at})"
            yield finding(finer.at, f"{message}; say refines, or beside where both are to count", at)


def _within(finer: Criterion, wider: Criterion, standing: Standing) -> bool:
    """Whether one criterion, which can hold, holds only where another one does, which can fail."""
    for compiler in (standing.apart, standing.compiler):
        held, other = compiler.condition(finer.when), compiler.condition(wider.when)
        if {held, other} & {TRUE, FALSE}:
            return False
        if compiler.diagrams.implies(held, other):
            return True
        if exact(finer.when, wider.when):
            return False
    return False


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
