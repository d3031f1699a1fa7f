"""Patterns, step by step: for every profile that a pattern is recommended for, some decision realises each step."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from dataarch.check.extent import Extent
from dataarch.check.proofs import Standing, complete_path, finding
from dataarch.check.samples import Samples
from dataarch.engine.compile import Compiler
from dataarch.engine.roots import FALSE
from dataarch.errors import Finding
from dataarch.rulebase.catalogue import Step

PATTERN = "pattern"


def unrealised(extent: Extent, standing: Standing, samples: Samples) -> Iterator[Finding]:
    """Steps of a pattern that no decision realises for some complete profile, and that do not say when they fall away;
    and steps that say so although that never happens."""
    base = extent.base
    known = {option.id for option in base.decisions[PATTERN].options} if PATTERN in base.decisions else set()
    for id, pattern in base.patterns.items():
        if id not in known or not extent.pattern(id):
            continue
        for step in pattern.steps:
            if step.falls_away and (extent.overlays or _seen(id, step, standing, samples)):
                continue
            path = None
            if _missed(id, step, standing.apart) != FALSE:
                path = complete_path(standing.compiler, _missed(id, step, standing.compiler))
            if path is not None and not step.falls_away:
                message = f"no decision realises the step {step.id!r} of {id!r}, which does not say when it falls away"
                yield finding(pattern.at, message, standing, path)
            if path is None and step.falls_away:
                message = f"the step {step.id!r} of {id!r} says when it falls away, but a decision always realises it"
                yield finding(pattern.at, message, standing)


def _missed(pattern: str, step: Step, compiler: Compiler) -> int:
    """The diagram of the valid profiles of a pattern for which no decision realises a step."""
    decisions = compiler.base.decisions
    missing = [compiler.diagrams.negated(compiler.applies(decisions[id])) for id in step.decisions]
    return compiler.possible(compiler.outcome(PATTERN, pattern), *missing)


def _seen(pattern: str, step: Step, standing: Standing, samples: Samples) -> bool:
    """Whether a sampled profile of a pattern, completed, shows that no decision realises a step."""
    view, random = standing.view, Random(len(step.decisions))
    place = next(at for at, option in enumerate(view.base.decisions[PATTERN].options) if option.id == pattern)
    for start in samples.of(PATTERN, view):
        if start.verdict.chosen[:1] != (place,):
            continue
        known = samples.completed([PATTERN, *step.decisions], start.known, random)
        first, *others = (samples.sample(id, view, known) for id in (PATTERN, *step.decisions))
        there = first is not None and first.verdict.chosen[:1] == (place,)
        if there and not any(one is None or one.verdict.applies for one in others):
            return True
    return False
