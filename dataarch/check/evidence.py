"""What examples leave out: criteria that none exercises, one side of a threshold. And questions that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dataarch import quantity
from dataarch.check.examples import Example
from dataarch.check.extent import Extent
from dataarch.engine.engine import Engine, conditions
from dataarch.errors import Finding, Place
from dataarch.rulebase.model import Condition, Criterion, Decision, Reason
from dataarch.rulebase.walk import atoms, questions_in


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
    """Thresholds of a decision of which its examples show one side, or none."""
    for decision in extent.decisions:
        answers: dict[str, list[int]] = {}
        for example in examples:
            if example.decision == decision.id:
                for key, value in example.answers.known.items():
                    if isinstance(value, int):
                        answers.setdefault(key, []).append(value)
        for (question, cut), at in _thresholds(decision, extent).items():
            given = answers.get(question, [])
            missing = [side for side, there in (
                ("at or above", any(value >= cut for value in given)),
                ("below", any(value < cut for value in given)),
            ) if not there]  # fmt: skip
            if missing:
                bound = quantity.text(cut, engine.base.types[question])
                message = f"no example of {decision.id!r} has a {question} {' or '.join(missing)} {bound}."
                yield Finding(_place(at), message)


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


def _place(at: str) -> Place:
    file, _, line = at.rpartition(":")
    return Place(file, int(line))
