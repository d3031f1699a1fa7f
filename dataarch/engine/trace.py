"""Why a condition holds, fails or is unknown: every test with the value that it saw and where that came from.

The distinct conditions of a rule base stand in one list, parts before wholes, with what becomes of each where nothing
is known. Tracing a profile is working out anew those that its answers and outcomes touch; a `Trace` is a view of that
for people.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from dataarch.engine.engine import Engine
from dataarch.engine.evaluate import Verdict, View
from dataarch.profile import Profile, spoken
from dataarch.rulebase.condition import words
from dataarch.rulebase.model import NOT_APPLICABLE, Condition

Held = bool | None
"""True, false, or None: not known."""


class Trace(NamedTuple):
    """One condition: whether it holds, and for a single test what was seen and where it came from; `parts` are the
    traces of the conditions inside."""

    condition: Condition
    text: str
    holds: Held
    saw: str
    source: str
    parts: list[Trace]

    def tests(self) -> list[Trace]:
        """The single tests in it, in order."""
        return [test for part in self.parts for test in part.tests()] if self.parts else [self]


class _Plan(NamedTuple):
    """One distinct condition: the places of its parts; for a single test the question or decision, what is wanted of
    it, and the place of its presupposition (-1: none)."""

    condition: Condition
    kind: str
    parts: list[int]
    subject: str
    wanted: Any
    presupposed: int


class Tracing:
    """The conditions of a rule base, ready to be traced for one profile after another."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.plans: list[_Plan] = []
        self._places: dict[str, int] = {}
        self.touched: dict[str, set[int]] = {}
        for decision in engine.base.decisions.values():
            for condition in [r.when for r in decision.reasons] + [c.when for c in decision.criteria]:
                self.place(condition)
        presupposed = [question.presupposes for question in engine.base.questions.values() if question.presupposes]
        for condition in [*presupposed, *(warning.when for warning in engine.base.warnings)]:
            self.place(condition)
        self.outcomes = _outcomes(engine, engine.view().evaluate(0))
        self.blank: list[Held] = [None] * len(self.plans)
        _work_out(range(len(self.plans)), self.plans, self.blank, {}, self.outcomes)

    def place(self, condition: Condition) -> int:
        """The place of a condition in the list; equal conditions share one."""
        key = repr(condition)
        found = self._places.get(key)
        if found is None:
            kind, presupposed = condition[0], -1
            inside = condition[2 if kind == "count" else 1 :] if kind in ("all", "any", "not", "count") else []
            parts = [self.place(part) for part in inside]
            subjects = {subject for part in parts for subject in self._subjects(part)}
            if kind in ("is", "from", "below", "outcome"):
                subjects = {condition[1]}
                presupposes = self.engine.base.questions[condition[1]].presupposes if kind != "outcome" else None
                if presupposes:
                    presupposed = self.place(presupposes)
                    subjects |= self._subjects(presupposed)
            found = self._places[key] = len(self.plans)
            single = kind in ("is", "from", "below", "outcome")
            wanted = frozenset(condition[2]) if kind in ("is", "outcome") else condition[2] if single else None
            self.plans.append(_Plan(condition, kind, parts, condition[1] if single else "", wanted, presupposed))
            for subject in subjects:
                self.touched.setdefault(subject, set()).add(found)
        return found

    def of(self, profile: Profile, verdicts: dict[str, Verdict]) -> Tracer:
        """The trace of every condition for one profile and the verdicts on it."""
        return Tracer(self, profile, verdicts)

    def _subjects(self, place: int) -> set[str]:
        return {subject for subject, places in self.touched.items() if place in places}


class Tracer:
    """Whether each condition of the rule base holds for one profile; unknown follows Kleene."""

    def __init__(self, tracing: Tracing, profile: Profile, verdicts: dict[str, Verdict]) -> None:
        self.tracing, self.profile, self.verdicts = tracing, profile, verdicts
        self.outcomes = _outcomes(tracing.engine, verdicts)
        touched: set[int] = set()
        for subject in profile.answers:
            touched |= tracing.touched.get(subject, set())
        for id, outcome in self.outcomes.items():
            if outcome != tracing.outcomes[id]:
                touched |= tracing.touched.get(id, set())
        self.held = tracing.blank.copy()
        _work_out(sorted(touched), tracing.plans, self.held, profile.known, self.outcomes)

    def trace(self, condition: Condition) -> Trace:
        """The trace of a condition, for people."""
        return self._trace(self.tracing.place(condition))

    def holds(self, condition: Condition) -> Held:
        """Whether a condition holds."""
        return self.held[self.tracing.place(condition)]

    def missing(self, condition: Condition) -> set[str]:
        """The questions whose answers an unknown condition still needs."""
        return self._missing(self.tracing.place(condition))

    def _missing(self, place: int) -> set[str]:
        plan = self.tracing.plans[place]
        if self.held[place] is not None:
            return set()
        if not plan.parts:
            return {plan.subject}
        return {key for part in plan.parts for key in self._missing(part)}

    def _trace(self, place: int) -> Trace:
        plan = self.tracing.plans[place]
        text = words(plan.condition, self.tracing.engine.base.types)
        saw, source = self._seen(plan)
        parts = [self._trace(part) for part in plan.parts]
        return Trace(plan.condition, text, self.held[place], saw, source, parts)

    def _seen(self, plan: _Plan) -> tuple[str, str]:
        """What a single test saw, and where that came from."""
        if plan.kind == "outcome":
            return ", ".join(self.outcomes[plan.condition[1]]) or "nothing", f"decision {plan.condition[1]}"
        if plan.kind not in ("is", "from", "below"):
            return "", ""
        if plan.presupposed >= 0 and self.held[plan.presupposed] is False:
            return "does not apply", ""
        answer = self.profile.answers.get(plan.condition[1])
        if answer is None:
            return "not known yet", ""
        return spoken(self.tracing.engine.base.questions[plan.condition[1]], answer.value), str(answer.place)


def traced(tracing: Tracing, view: View, profile: Profile) -> Tracer:
    """The trace of a profile, evaluated under a view."""
    bits, _ = tracing.engine.bits(profile.known)
    return tracing.of(profile, view.evaluate(bits))


def _outcomes(engine: Engine, verdicts: dict[str, Verdict]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for id, verdict in verdicts.items():
        options = engine.base.decisions[id].options
        found[id] = [options[place].id for place in verdict.chosen] if verdict.applies else [NOT_APPLICABLE]
    return found


def _work_out(places: Iterable[int], plans: list[_Plan], held: list[Held], known: dict[str, Any],
              outcomes: dict[str, list[str]]) -> None:  # fmt: skip
    """Sets what becomes of the conditions at these places, parts before wholes. One loop: a trace is mostly this."""
    for place in places:
        condition, kind, parts, subject, wanted, presupposed = plans[place]
        state: Held = None
        if kind == "is" or kind == "from" or kind == "below":
            value = known.get(subject)
            applies = held[presupposed] if presupposed >= 0 else True
            if applies is False:
                state = False
            elif value is not None and applies:
                if kind == "is":
                    state = not wanted.isdisjoint(value) if isinstance(value, list) else value in wanted
                else:
                    state = value >= wanted if kind == "from" else value < wanted
        elif kind == "all" or kind == "any":
            deciding = kind == "any"
            state = not deciding
            for part in parts:
                inner = held[part]
                if inner is deciding:
                    state = deciding
                    break
                if inner is None:
                    state = None
        elif kind == "outcome":
            state = not wanted.isdisjoint(outcomes[subject])
        elif kind == "not":
            inner = held[parts[0]]
            state = None if inner is None else not inner
        else:
            states = [held[part] for part in parts]
            sure, possible = states.count(True), states.count(True) + states.count(None)
            state = True if sure >= condition[1] else False if possible < condition[1] else None
        held[place] = state
