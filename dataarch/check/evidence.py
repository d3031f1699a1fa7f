"""What examples leave out: criteria that none exercises, one side of a threshold. And questions that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from dataarch import quantity
from dataarch.check.examples import Example
from dataarch.check.extent import Extent
from dataarch.engine.engine import Engine, conditions
from dataarch.errors import Finding, Place
from dataarch.rulebase.model import Condition, Criterion, Decision, Reason
from dataarch.rulebase.walk import atoms, questions_in

SMALL = 10
"""Below it a whole number counts things one by one."""


def unexercised(engine: Engine, examples: Sequence[Example], extent: Extent) -> Iterator[Finding]:
    """Criteria that hold in no example of their decision."""
    held: dict[str, set[int]] = {id: set() for id in engine.base.decisions}
    for example in examples:
        view = engine.view(example.basis, example.as_of)
        verdict = view.evaluate(engine.bits(example.answers.known)[0])[example.decision]
        held[example.decision] |= {*verdict.held, *verdict.narrowed}
    for decision in extent.decisions:
        for index, criterion in enumerate(decision.criteria):
            if index not in held[decision.id] and extent.criterion(criterion) and not criterion.threshold:
                message = f"the criterion {criterion.id!r} of {decision.id!r} holds in no example."
                yield Finding(_place(criterion.at), message)


def one_sided(engine: Engine, examples: Sequence[Example], extent: Extent) -> Iterator[Finding]:
    """Thresholds of which the examples of a decision don't show both sides from near: from half to below double of it,
    a step up or down where it is a small number of things. Nothing at all (`0 s`) is near every threshold."""
    for decision in extent.decisions:
        answers: dict[str, list[int]] = {}
        for example in examples:
            if example.decision == decision.id:
                for key, value in example.answers.known.items():
                    if isinstance(value, int):
                        answers.setdefault(key, []).append(value)
        for (question, cut), at in _thresholds(decision, extent).items():
            given = answers.get(question, [])
            kind = engine.base.types[question]
            low, high = near(cut, kind)
            missing = [side for side, there in (
                ("at or just above", any(cut <= value < high for value in given)),
                ("just below", any(low <= value < cut or not value for value in given)),
            ) if not there]  # fmt: skip
            if missing:
                bounds = f"{quantity.text(cut, kind)} ({quantity.text(low, kind)} to {quantity.text(high, kind)})"
                message = f"no example of {decision.id!r} has a {question} {' or '.join(missing)} {bounds}."
                yield Finding(_place(at), message)


def undated(engine: Engine, examples: Sequence[Example], extent: Extent) -> Iterator[Finding]:
    """Criteria that begin or end after the whitepaper's day, and that no example tells from the day before."""
    began = {(one.decision, id, one.begins) for one in examples if one.begins for id in one.because}
    ended = {(one.decision, id, one.as_of) for one in examples if one.as_of for id in one.because}
    for decision in extent.decisions:
        for one in (one for one in decision.criteria if extent.criterion(one)):
            if one.since > engine.base.whitepaper and (decision.id, one.id, one.since) not in began:
                how = f"because: [{one.id}], from: {one.since}"
                yield Finding(_place(one.at), f"no example says that {one.id!r} counts from {one.since} on ({how}).")
            last = _before(one.until) if one.until else ""
            if last and (decision.id, one.id, last) not in ended:
                how = f"because: [{one.id}], as_of: {last}"
                yield Finding(_place(one.at), f"no example says that {one.id!r} still counts on {last} ({how}).")


def near(cut: int, kind: str) -> tuple[int, int]:
    """What is near a threshold: from the first number below it to the first that is too far above it."""
    return (cut - 1, cut + 1) if kind == "whole-number" and cut < SMALL else (cut // 2, cut * 2)


def unused(engine: Engine, extent: Extent) -> Iterator[Finding]:
    """Questions that nothing looks at: no condition, no limit; those marked `optional` and free text are meant so."""
    base = engine.base
    seen = {key for condition in conditions(base) for key in questions_in(condition)}
    seen |= {key for service in base.services for limit in base.limits(service) for key in limit.of}
    for id, question in base.questions.items():
        if not extent.question(id) or question.type == "text":
            continue
        if id not in seen and not question.optional and not question.awaits:
            yield Finding(_place(question.at), f"nothing looks at the answer of {id!r}.")
        if id in seen and question.awaits:
            yield Finding(_place(question.at), f"rules look at the answer of {id!r}; take its key 'awaits' away.")


def _thresholds(decision: Decision, extent: Extent) -> dict[tuple[str, int], str]:
    """The thresholds in a decision, each with where it stands first."""
    entries: list[Criterion | Reason] = [r for r in decision.reasons if extent.reason(decision.id, r)]
    entries += [c for c in decision.criteria if extent.criterion(c)]
    found: dict[tuple[str, int], str] = {}
    for entry in entries:
        for question, cut in _cuts(entry.when):
            found.setdefault((question, cut), entry.at)
    return found


def _cuts(condition: Condition) -> list[tuple[str, int]]:
    return [(atom[1], atom[2]) for atom in atoms(condition) if atom[0] in ("from", "below")]


def _before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _place(at: str) -> Place:
    file, _, line = at.rpartition(":")
    return Place(file, int(line))
