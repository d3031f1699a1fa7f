"""Why a condition holds, fails or is unknown: every test with the value that it saw and where that came from."""

from __future__ import annotations

from typing import Any, NamedTuple

from dataarch.engine.engine import Engine
from dataarch.engine.evaluate import Verdict
from dataarch.profile import Profile, spoken
from dataarch.rulebase.condition import words
from dataarch.rulebase.model import NOT_APPLICABLE, Condition


class Trace(NamedTuple):
    """One condition: whether it holds (None where that is not known), and for a single test what was seen and where
    it came from; `parts` are the traces of the conditions inside."""

    condition: Condition
    text: str
    holds: bool | None
    saw: str
    source: str
    parts: list[Trace]

    def tests(self) -> list[Trace]:
        """The single tests in it, in order."""
        return [test for part in self.parts for test in part.tests()] if self.parts else [self]


class Tracer:
    """Traces conditions for one profile and the verdicts on it."""

    def __init__(self, engine: Engine, profile: Profile, verdicts: dict[str, Verdict]) -> None:
        self.engine, self.profile, self.verdicts = engine, profile, verdicts
        self.types = engine.base.types

    def trace(self, condition: Condition) -> Trace:
        """The trace of a condition. Unknown follows Kleene: it is passed on unless the other parts decide."""
        kind = condition[0]
        text = words(condition, self.types)
        if kind in ("all", "any", "not", "count"):
            parts = [self.trace(part) for part in condition[2 if kind == "count" else 1 :]]
            return Trace(condition, text, _joined(condition, [part.holds for part in parts]), "", "", parts)
        if kind == "outcome":
            outcome = self._outcome(condition[1])
            held = any(option in condition[2] for option in outcome)
            return Trace(condition, text, held, ", ".join(outcome) or "nothing", f"decision {condition[1]}", [])
        question = self.engine.base.questions[condition[1]]
        answer = self.profile.answers.get(question.id)
        if question.presupposes and self.trace(question.presupposes).holds is False:
            return Trace(condition, text, False, "does not apply", "", [])
        if answer is None:
            return Trace(condition, text, None, "not known yet", "", [])
        return Trace(condition, text, _test(condition, answer.value), spoken(question, answer.value),
                     str(answer.place), [])  # fmt: skip

    def _outcome(self, id: str) -> list[str]:
        verdict, decision = self.verdicts[id], self.engine.base.decisions[id]
        if not verdict.applies:
            return [NOT_APPLICABLE]
        return [decision.options[place].id for place in verdict.chosen]


def _test(condition: Condition, value: Any) -> bool:
    """Whether a known answer passes a single test."""
    kind, _, wanted = condition
    if kind == "from":
        return bool(value >= wanted)
    if kind == "below":
        return bool(value < wanted)
    return any(item in wanted for item in value) if isinstance(value, list) else value in wanted


def _joined(condition: Condition, parts: list[bool | None]) -> bool | None:
    kind = condition[0]
    if kind == "not":
        return None if parts[0] is None else not parts[0]
    if kind == "count":
        sure, possible = parts.count(True), parts.count(True) + parts.count(None)
        return True if sure >= condition[1] else False if possible < condition[1] else None
    deciding = kind == "any"
    if deciding in parts:
        return deciding
    return None if None in parts else not deciding
