"""Patterns, step by step: for every profile that a pattern is recommended for, some decision realises each step."""

from __future__ import annotations

from collections.abc import Iterator

from dataarch.check.extent import Extent
from dataarch.check.proofs import Standing, complete_path, finding, valid
from dataarch.engine.roots import FALSE
from dataarch.errors import Finding

PATTERN = "pattern"


def unrealised(extent: Extent, standing: Standing) -> Iterator[Finding]:
    """Steps of a pattern that no decision realises for some complete profile, and that do not say when they fall away;
    and steps that say so although that never happens."""
    base, compiler, diagrams = extent.base, standing.compiler, standing.compiler.diagrams
    known = {option.id for option in base.decisions[PATTERN].options} if PATTERN in base.decisions else set()
    for id, pattern in base.patterns.items():
        if id not in known or not extent.pattern(id):
            continue
        wins = diagrams.both(compiler.outcome(PATTERN, id), valid(compiler))
        for step in pattern.steps:
            left = wins
            for decision in step.decisions:
                left = diagrams.both(left, diagrams.negated(compiler.applies(base.decisions[decision])))
            path = complete_path(compiler, left) if left != FALSE else None
            if path is not None and not step.falls_away:
                message = f"no decision realises the step {step.id!r} of {id!r}, which does not say when it falls away"
                yield finding(pattern.at, message, standing, path)
            if path is None and step.falls_away and not extent.overlays:
                message = f"the step {step.id!r} of {id!r} says when it falls away, but a decision always realises it"
                yield finding(pattern.at, message, standing)
