"""What differs between the answers of two profiles, and which decisions change because of which answers.

The answers behind a change are found by re-evaluation: all that differ are taken over from the second profile into the
first, then one after the other is left out again, the last question of the interview first, for as long as the choice
stays that of the second. What remains is enough for the change, and none of it can be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from dataarch.consequences import Service, Warning
from dataarch.engine.atoms import holds
from dataarch.engine.engine import Engine, Known
from dataarch.engine.evaluate import Verdict, View
from dataarch.leading import choice_of, leading
from dataarch.profile import Profile
from dataarch.recommendation import PATTERN, Decided, Evidence, Recommendation, recommend
from dataarch.rulebase.model import Decision
from dataarch.rulebase.walk import questions_in

CHOICE, CERTAINTY = "choice", "certainty"
Outcome = tuple[bool, frozenset[str]]
"""Whether a decision applies, and what is chosen; another order of the same options is the same outcome."""
Taken = frozenset[str]
"""The questions whose answers are taken over from the second profile into the first."""
_Kind = TypeVar("_Kind", Service, Warning)


class Differing(NamedTuple):
    """One question that the profiles answer differently; an answer that is not known is None."""

    question: str
    first: Any
    second: Any


class Compared(NamedTuple):
    """One decision in both profiles.

    `changed` is choice, certainty (status or confidence alone) or "". Of a changed choice, `answers` names the
    questions that are enough for it; `came` and `went` hold the evidence about the options that came or went that holds
    in one profile only.
    """

    id: str
    first: Decided
    second: Decided
    applies: tuple[bool, bool]
    changed: str
    answers: list[str]
    came: list[Evidence]
    went: list[Evidence]


class Comparison(NamedTuple):
    """The whole difference between two profiles. `came` and `went` hold services and warnings, each by itself."""

    first: Recommendation
    second: Recommendation
    answers: list[Differing]
    pattern: Compared
    decisions: dict[str, Compared]
    services_came: list[Service]
    services_went: list[Service]
    warnings_came: list[Warning]
    warnings_went: list[Warning]


def compare(engine: Engine, first: Profile, second: Profile, basis: str = "all", day: str = "") -> Comparison:
    """What differs between two profiles. Raises UserError where one of them meets a constraint."""
    before, after = recommend(engine, first, basis, day), recommend(engine, second, basis, day)
    answers = differing(engine, first.known, second.known)
    between = _Between(engine, before.view, first.known, second.known)
    compared = {
        id: _compared(engine.base.decisions[id], one, other, between)
        for one, other in zip(_decided(before), _decided(after), strict=True)
        for id in [one.id]
    }
    pattern = compared.pop(PATTERN)
    return Comparison(
        before,
        after,
        answers,
        pattern,
        compared,
        _without(after.services, before.services),
        _without(before.services, after.services),
        _without(after.warnings, before.warnings),
        _without(before.warnings, after.warnings),
    )


def differing(engine: Engine, first: Known, second: Known) -> list[Differing]:
    """The questions with different answers, in interview order."""
    found = (Differing(id, first.get(id), second.get(id)) for id in engine.base.questions)
    return [one for one in found if one.first != one.second]


class _Between:
    """The profiles between two: the first with some answers of the second."""

    def __init__(self, engine: Engine, view: View, first: Known, second: Known) -> None:
        self.engine, self.view, self.first, self.second = engine, view, first, second
        self.graph = engine.graph(view)
        self.keys = [one.question for one in differing(engine, first, second)]
        self._constrained = self._presupposed(
            key for constraint in engine.base.constraints for key in questions_in(constraint.when)
        )
        self._verdicts: dict[Taken, dict[str, Verdict]] = {}
        self._tested: dict[str, set[str]] = {}

    def outcome(self, id: str, taken: Taken) -> Outcome | None:
        """What is recommended for a decision where these answers are taken over; None where they meet a constraint."""
        verdicts = self._evaluated(taken)
        if verdicts is None:
            return None
        decision = self.engine.base.decisions[id]
        scopes = self.graph.scopes(self.graph.roots[id].all(), self.graph.classes(self._known(taken)))
        found = leading(decision, verdicts[id], scopes)
        return _outcome(decision, found.verdict, settled=found.settled)

    def enough(self, id: str) -> list[str]:
        """Answers, in interview order, that give the outcome of the second profile and of which each is needed.

        The plain evaluation, which is quick, says what to try; what is tried is then held to what is recommended, which
        also looks at what could still be. Where the two disagree the search starts again with all that differ.
        """
        whole = frozenset(self.keys)
        wanted, leads = self.outcome(id, whole), self._plain(id, whole)
        tested = self._tests_of(id)
        some = self._least(whole & tested, lambda taken: self._plain(id, taken) == leads)
        if self.outcome(id, some) != wanted:
            some = whole & tested
        found = self._least(some, lambda taken: self.outcome(id, taken) == wanted)
        return [key for key in self.keys if key in found]

    def _least(self, taken: Taken, suffices: Callable[[Taken], bool]) -> Taken:
        """What is left when no single answer can be left out any more, tried in reverse interview order.

        One answer may only become needless when another is gone, so that is tried until nothing changes.
        """
        before: Taken | None = None
        while before != taken:
            before = taken
            for key in reversed(self.keys):
                if key in taken and suffices(taken - {key}):
                    taken -= {key}
        return taken

    def _plain(self, id: str, taken: Taken) -> Outcome | None:
        """The leading outcome of the plain evaluation; None where a constraint is met."""
        verdicts = self._evaluated(taken)
        return _outcome(self.engine.base.decisions[id], verdicts[id], settled=False) if verdicts is not None else None

    def _evaluated(self, taken: Taken) -> dict[str, Verdict] | None:
        if taken not in self._verdicts:
            bits, _ = self.engine.bits(self._known(taken))
            met = any(holds(test, bits) for test in self.engine.tests["constraints"])
            self._verdicts[taken] = {} if met else self.view.evaluate(bits)
        return self._verdicts[taken] or None

    def _known(self, taken: Taken) -> Known:
        known = {**self.first, **{key: self.second.get(key) for key in taken}}
        return {key: value for key, value in known.items() if value is not None}

    def _tests_of(self, id: str) -> set[str]:
        """Every question that can touch a decision or the validity of a profile; all others can be left out."""
        if id not in self._tested:
            decision = self.engine.base.decisions[id]
            conditions = [reason.when for reason in decision.reasons] + [one.when for one in decision.criteria]
            found = self._presupposed(key for condition in conditions for key in questions_in(condition))
            for needed in decision.depends_on:
                found |= self._tests_of(needed)
            self._tested[id] = found | self._constrained
        return self._tested[id]

    def _presupposed(self, keys: Iterable[str]) -> set[str]:
        """Questions, and those that they presuppose."""
        found: set[str] = set()
        pending = list(keys)
        while pending:
            key = pending.pop()
            if key not in found:
                found.add(key)
                pending += questions_in(self.engine.base.questions[key].presupposes or ["all"])
        return found


def _decided(result: Recommendation) -> list[Decided]:
    return [result.pattern, *result.decisions.values()]


def _outcome(decision: Decision, verdict: Verdict, *, settled: bool) -> Outcome:
    choice = choice_of(decision, verdict, settled)
    return verdict.applies, frozenset(choice if isinstance(choice, list) else [choice] if choice else [])


def _compared(decision: Decision, first: Decided, second: Decided, between: _Between) -> Compared:
    before, after = (between.outcome(decision.id, taken) for taken in (frozenset[str](), frozenset(between.keys)))
    if before is None or after is None:  # recommend has refused such a profile
        raise AssertionError(decision.id)
    applies = (before[0], after[0])
    if before == after:
        changed = CERTAINTY if (first.status, first.confidence) != (second.status, second.confidence) else ""
        return Compared(decision.id, first, second, applies, changed, [], [], [])
    came, went = _evidence_changed(first, second, applies, before[1] ^ after[1])
    return Compared(decision.id, first, second, applies, CHOICE, between.enough(decision.id), came, went)


def _evidence_changed(first: Decided, second: Decided, applies: tuple[bool, bool],
                      about: frozenset[str]) -> tuple[list[Evidence], list[Evidence]]:  # fmt: skip
    """The evidence that came and that went. Criteria of a decision that does not apply are not weighed: one that comes
    to apply has all of its evidence anew, one that no longer does has lost its reasons."""
    if not applies[0]:
        return second.because, []
    if not applies[1]:
        return [], [one for one in first.because if one.effect == "applies"]
    return _gained(first, second, about), _gained(second, first, about)


def _gained(first: Decided, second: Decided, about: frozenset[str]) -> list[Evidence]:
    """The evidence about some options that counts in the second and does not hold in the first."""
    known = {entry.rule for ranked in first.ranking for entry in ranked.because}
    found = [entry for ranked in second.ranking if ranked.option in about for entry in ranked.because]
    return [entry for entry in found if entry.rule not in known and not entry.under]


def _without(some: Sequence[_Kind], others: Sequence[_Kind]) -> list[_Kind]:
    """Those whose ids are not among the others."""
    known = {one.id for one in others}
    return [one for one in some if one.id not in known]
