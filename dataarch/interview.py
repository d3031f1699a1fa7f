"""The interview: what was answered in which order, and what is asked next.

An interview is its responses. Going back is having one response fewer; what it said is kept as the default for when the
question comes again. What is presumed follows from the responses and is worked out anew after each; it becomes a
response when the person confirms it.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from dataarch.engine.atoms import holds
from dataarch.profile import Profile
from dataarch.recommendation import refuse_invalid
from dataarch.relevance import DONE, ON_LAYERS, OPTIONAL, Relevance, Standing
from dataarch.rulebase.model import Presumption, Question

Known = dict[str, Any]


class Response(NamedTuple):
    """What was said to a question: a value, or None for "I don't know yet"."""

    question: str
    value: Any


class Interview(NamedTuple):
    """Responses in the order in which they were given, and former answers that are offered again."""

    responses: tuple[Response, ...] = ()
    kept: Known = {}  # noqa: RUF012  # never changed

    @property
    def known(self) -> Known:
        """Question → value of what is known."""
        return {one.question: one.value for one in self.responses if one.value is not None}

    @property
    def declined(self) -> set[str]:
        """The questions that were asked and whose answers are not known."""
        return {one.question for one in self.responses if one.value is None}

    def answered(self, question: str, value: Any) -> "Interview":
        """The interview with a response more, or with another one in its place."""
        response = Response(question, value)
        if any(one.question == question for one in self.responses):
            changed = tuple(response if one.question == question else one for one in self.responses)
            return self._replace(responses=changed)
        return self._replace(responses=(*self.responses, response))

    def back(self) -> "Interview":
        """The interview before its last response, which is offered when its question comes again."""
        *before, last = self.responses
        kept = self.kept if last.value is None else {**self.kept, last.question: last.value}
        return Interview(tuple(before), kept)


class Card(NamedTuple):
    """A question as it is put: what is offered as its answer, which decisions hang on it, what else its section is
    going to ask as far as is known, how many questions there are at most, and how many answers are presumed so far."""

    question: Question
    section: str
    default: Any
    hanging: list[str]
    ahead: list[str]
    at_most: int
    presumed: int
    standing: Standing


def resume(profile: Profile, declined: Collection[str] = ()) -> Interview:
    """An interview that begins with what is known already."""
    known = [Response(id, answer.value) for id, answer in profile.answers.items()]
    return Interview((*known, *(Response(id, None) for id in declined)))


def presume(relevance: Relevance, interview: Interview) -> tuple[dict[str, Presumption], Standing]:
    """What is presumed instead of being asked, and where the interview stands with it.

    Nothing is while the pattern hangs on answers, nor in a thorough interview. Of the questions that come next those
    before the first that must be put are taken together; the next ones may follow from them. A presumption that what
    was presumed after it undoes is given up for good, so that this comes to an end.
    """
    found: dict[str, Presumption] = {}
    undone: set[str] = set()
    while True:
        known = {**interview.known, **{id: one.answer for id, one in found.items()}}
        for id, one in found.items():
            if _presumption(relevance, id, {key: value for key, value in known.items() if key != id}) != one:
                undone.add(id)
        if undone & found.keys():
            found = {id: one for id, one in found.items() if id not in undone}
            continue
        standing = relevance.standing(known, interview.declined)
        more = _presumptions(relevance, standing, known, undone)
        if not more:
            return found, standing
        found |= more


def next_card(relevance: Relevance, interview: Interview, *, optional: bool) -> Card | None:
    """The next question to put; None where nothing is left that matters. `optional` goes on to the last section."""
    presumed, standing = presume(relevance, interview)
    if standing.phase == DONE or (standing.phase == OPTIONAL and not optional):
        return None
    return _card(relevance, interview, next(iter(standing.questions)), presumed, standing)


def card_of(relevance: Relevance, interview: Interview, question: str) -> Card:
    """A question that is put whether it matters or not, with what was said or presumed before as its default."""
    others = [one for one in interview.responses if one.question != question]
    kept = {**interview.kept, **{one.question: one.value for one in interview.responses if one.question == question}}
    without = Interview(tuple(others), kept)
    presumed, _ = presume(relevance, without)
    if question in presumed:
        one = presumed.pop(question)
        without = without._replace(kept={question: one.answer, **kept})
    known = {**without.known, **{id: one.answer for id, one in presumed.items()}}
    return _card(relevance, without, question, presumed, relevance.standing(known, without.declined))


def _presumptions(relevance: Relevance, standing: Standing, known: Known, undone: Collection[str]
                  ) -> dict[str, Presumption]:  # fmt: skip
    """What is presumed of the questions that come next, up to the first that must be put."""
    found: dict[str, Presumption] = {}
    if standing.phase == ON_LAYERS and not relevance.thorough:
        for id in standing.questions:
            so_far = {**known, **{other: one.answer for other, one in found.items()}}
            one = None if id in undone else _presumption(relevance, id, so_far)
            if one is None:
                break
            found[id] = one
    return found


def _presumption(relevance: Relevance, question: str, known: Known) -> Presumption | None:
    """The first answer that is presumed of a question; none where the question does not apply, or would with this
    answer make the profile invalid."""
    engine = relevance.engine
    bits, _ = engine.bits(known)
    tests = engine.tests["presumed"].get(question, ())
    for one, test in zip(engine.base.questions[question].presumed, tests, strict=True):
        if holds(test, bits):
            after, idle = engine.bits({**known, question: one.answer})
            barred = question in idle or any(holds(constraint, after) for constraint in engine.tests["constraints"])
            return None if barred else one
    return None


def refuse(relevance: Relevance, profile: Profile) -> None:
    """Raises UserError where the answers meet a constraint."""
    bits, _ = relevance.engine.bits(profile.known)
    refuse_invalid(relevance.engine, profile, bits)


def _card(relevance: Relevance, interview: Interview, question: str, presumed: dict[str, Presumption],
          standing: Standing) -> Card:  # fmt: skip
    base = relevance.engine.base
    asked = base.questions[question]
    title = next(section["title"] for section in base.sections if section["id"] == asked.section)
    ahead = [id for id in standing.questions if id != question and base.questions[id].section == asked.section]
    hanging = standing.questions.get(question, [])
    left = len(standing.questions)
    return Card(asked, title, interview.kept.get(question), hanging, ahead, left, len(presumed), standing)
