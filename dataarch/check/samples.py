"""Profiles that show something at no great cost: the examples of a decision, and variations on them.

What a sample shows is proven; what none shows is left to the exact search.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import NamedTuple

from dataarch.check.examples import Example
from dataarch.engine.atoms import holds
from dataarch.engine.engine import Engine, Known
from dataarch.engine.evaluate import Verdict, View
from dataarch.errors import RuleBaseError
from dataarch.rulebase.model import NONE, Condition
from dataarch.rulebase.walk import questions_in


class Sample(NamedTuple):
    """One valid profile as a decision sees it: its answers, their bits with the outcomes of what the decision depends
    on, and the verdict."""

    known: Known
    bits: int
    verdict: Verdict


class Samples:
    """The examples of each decision as profiles, whatever day they speak of."""

    def __init__(self, engine: Engine, examples: Iterable[Example] = ()) -> None:
        self.engine = engine
        self.profiles: dict[str, list[Known]] = {id: [] for id in engine.base.decisions}
        for example in examples:
            if example.answers.known not in self.profiles[example.decision]:
                self.profiles[example.decision].append(example.answers.known)
        self._needs: dict[str, dict[str, None]] = {}
        self._questions: dict[str, list[str]] = {}
        for id, decision in engine.base.decisions.items():
            needed = {other: None for one in decision.depends_on for other in (*self._needs[one], one)}
            self._needs[id] = needed
            asked = self._asked([*(reason.when for reason in decision.reasons), *(c.when for c in decision.criteria)])
            asked += [question for other in needed for question in self._questions[other]]
            self._questions[id] = list(dict.fromkeys(asked))
        self._constrained = self._asked([constraint.when for constraint in engine.base.constraints])
        self._seen: dict[tuple[str, str], list[Sample]] = {}

    def of(self, id: str, view: View) -> list[Sample]:
        """The samples of a decision in a view."""
        key = (id, repr([view.active[other] for other in (*self._needs[id], id)]))
        if key not in self._seen:
            found = (self.sample(id, view, known) for known in self.profiles[id])
            self._seen[key] = [one for one in found if one is not None]
        return self._seen[key]

    def sample(self, id: str, view: View, known: Known) -> Sample | None:
        """One profile as a decision sees it; None where it is not valid or the rules contradict each other."""
        bits, _ = self.engine.bits(known)
        if any(holds(test, bits) for test in self.engine.tests["constraints"]):
            return None
        try:
            for other in self._needs[id]:
                bits |= view.outcome_bits(other, view.verdict(other, bits))
            return Sample(known, bits, view.verdict(id, bits))
        except RuleBaseError:
            return None

    def varied(self, id: str, view: View, starts: Sequence[Known], kept: Condition, tries: int,
               random: Random) -> Iterator[Sample]:  # fmt: skip
        """Samples around profiles: what a condition does not ask for is left out here and there, or answered anew."""
        needed = set(self._asked([kept]))
        for attempt in range(tries if starts else 0):
            start, density = starts[attempt % len(starts)], (0.0, 0.15, 0.4, 0.8)[attempt // len(starts) % 4]
            known = {key: value for key, value in start.items() if key in needed or random.random() >= density}
            for question in random.sample(self._questions[id], min(attempt % 4, len(self._questions[id]))):
                known[question] = self._any_answer(question, known.get(question), random)
            found = self.sample(id, view, known)
            if found is not None:
                yield found

    def completed(self, ids: Sequence[str], start: Known, random: Random) -> Known:
        """A profile in which everything that decisions look at is answered, as far as lists need an answer."""
        known = dict(start)
        for question in (*(question for id in ids for question in self._questions[id]), *self._constrained):
            if question not in known and self.engine.base.questions[question].type != "any-of":
                known[question] = self._any_answer(question, None, random)
        return known

    def _asked(self, conditions: Sequence[Condition]) -> list[str]:
        """The questions that conditions ask for, with those that they presuppose, in interview order."""
        found = {question for condition in conditions for question in questions_in(condition)}
        questions, pending = self.engine.base.questions, list(found)
        while pending:
            more = set(questions_in(questions[pending.pop()].presupposes or ["all"])) - found
            found |= more
            pending += more
        return [id for id in questions if id in found]

    def _any_answer(self, id: str, now: object, random: Random) -> object:
        question = self.engine.base.questions[id]
        if question.type == "any-of":
            value = random.choice(list(question.values))
            chosen = set(now) if isinstance(now, list) else set()
            chosen = {NONE} if value == NONE else (chosen - {NONE}) ^ {value}
            return [one for one in question.values if one in chosen]
        if question.told_apart:
            return random.choice(question.told_apart)
        cuts = self.engine.atoms["answers"][id].get("cuts") or [1]
        cut = random.choice(cuts)
        return random.choice((cut, max(cut - 1, 0)))
