"""What is presumed follows from the answers, could matter, is confirmed or changed, and is known to no evaluation."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, strategies as st

from dataarch.engine.atoms import holds
from dataarch.engine.engine import Engine
from dataarch.engine.store import compiled, engine_of
from dataarch.errors import RuleBaseError
from dataarch.interview import Interview, card_of, next_card, presume
from dataarch.relevance import Relevance
from dataarch.rulebase.load import load

from . import oracle
from .bases import CUTS, QUESTIONS, _question, profiles
from .test_relevance import bases, changes, in_scope, settled, some_examples, split
from .test_rules import random_profile

LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "colour": st.sampled_from([{"colour": "red"}, {"colour": ["green", "blue"]}]),
    "ready": st.sampled_from([{"ready": "yes"}, {"ready": "no"}]),
    "parts": st.sampled_from([{"parts": "none"}, {"parts": ["left", "right"]}]),
    "place": st.sampled_from([{"place": "north"}, {"place": ["north", "south"]}]),
    "weight": st.sampled_from([{"weight": {"below": "2 kB"}}, {"weight": {"at_least": "1 kB"}}]),
}
ANSWERS: dict[str, st.SearchStrategy[Any]] = {
    "ready": st.sampled_from(["yes", "no"]),
    "parts": st.sampled_from([[], ["none"], ["left"], ["left", "right"]]),
    "weight": st.sampled_from(["0 B", "1 kB", "9 kB"]),
    "depth": st.sampled_from(["0", "2", "9"]),
}


@st.composite
def presuming(draw: st.DrawFn) -> dict[str, bytes]:
    """Rule files in which some questions say what is presumed of them."""
    files = draw(bases())
    section = json.loads(files["questions/all.yaml"])
    for place, question in enumerate(section["questions"]):
        if question["id"] in ANSWERS and draw(st.booleans()):
            leaf = st.one_of(*(LEAVES[other["id"]] for other in QUESTIONS[:place]))
            when = st.one_of(leaf, leaf.map(lambda c: {"not": c}), st.lists(leaf, min_size=2, max_size=2).map(
                lambda parts: {"any": [parts[0], {"not": parts[1]}]}))  # fmt: skip
            question["presumed"] = [
                {"answer": draw(ANSWERS[question["id"]]), "when": draw(when), "because": "So.", "reference": "r"}
                for _ in range(draw(st.integers(1, 2)))
            ]
    return {**files, "questions/all.yaml": json.dumps(section).encode()}


def plain(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same rule files without anything that is presumed."""
    section = json.loads(files["questions/all.yaml"])
    for question in section["questions"]:
        question.pop("presumed", None)
    return {**files, "questions/all.yaml": json.dumps(section).encode()}


@some_examples
@given(presuming(), profiles())
def test_with_what_is_presumed_no_question_is_left_that_could_change_a_choice_in_scope(
    files: dict[str, bytes], answers: dict[str, Any]
) -> None:
    document, relevance = load(files), Relevance(engine_of(compiled(files)))
    interview = Interview()
    while card := next_card(relevance, interview, optional=False):
        assert card.question.id not in interview.known.keys() | interview.declined
        interview = interview.answered(card.question.id, answers.get(card.question.id))
        if not list(oracle.completions(document, interview.known, CUTS)):
            return  # what was answered contradicts a constraint: such a profile is refused, not interviewed
    presumed, _ = presume(relevance, interview)
    known = {**interview.known, **{id: one.answer for id, one in presumed.items()}}
    for id, one in presumed.items():
        assert id not in interview.known.keys() | interview.declined
        assert oracle.valid(document, known)
        first = next(p for p in document["questions"][id]["presumed"] if oracle.holds(p["when"], known, {}, document))
        assert first["answer"] == one.answer
    if presumed:
        assert relevance.standing(interview.known, interview.declined).phase != "pattern"
    found = [
        [(one, oracle.outcomes(document, one)) for one in oracle.completions(document, known, CUTS, constrained)]
        for constrained in (True, False)
    ]
    scope = in_scope(document, known, found[0], thorough=False)
    valid, every = (split(document, one, scope) for one in found)
    for question in document["questions"]:
        if question not in known and question not in interview.declined:
            assert all(settled(valid, part) for part in changes(every, question))


@some_examples
@given(presuming())
def test_no_evaluation_knows_what_is_presumed(files: dict[str, bytes]) -> None:
    with_it, without = compiled(files), compiled(plain(files))
    assert with_it.nodes == without.nodes
    assert json.loads(with_it.core)["graph"] == json.loads(without.core)["graph"]


def test_every_presumption_of_the_built_in_rules_can_come_up(engine: Engine) -> None:
    random = Random(1)
    left = {(id, place) for id, tests in engine.tests["presumed"].items() for place in range(len(tests))}
    for _ in range(20_000):
        bits, _ = engine.bits(random_profile(engine, random))
        for id, tests in engine.tests["presumed"].items():
            left.discard((id, next((place for place, test in enumerate(tests) if holds(test, bits)), -1)))
        if not left:
            break
    assert not left


STREAM = {"use_cases": ["campaign-messaging"], "prediction": ["none"], "personas": ["developer"],
          "query_patterns": ["dashboards"], "channels": ["email"], "sources": ["clickstream"],
          "velocity": "near-real-time", "existing_platforms": ["none"]}  # fmt: skip


def begun(known: dict[str, Any]) -> Interview:
    interview = Interview()
    for id, value in known.items():
        interview = interview.answered(id, value)
    return interview


def test_what_usually_follows_is_presumed_and_not_asked(engine: Engine) -> None:
    relevance, interview = Relevance(engine), begun({**STREAM, "stream_processing": ["filtering"]})
    presumed, _ = presume(relevance, interview)
    assert presumed["stream_targets"].answer == ["data-lake"]
    card = next_card(relevance, interview, optional=False)
    assert card is None or card.question.id not in presumed


def test_an_answer_counts_more_than_a_presumption(engine: Engine) -> None:
    relevance = Relevance(engine)
    said = begun({**STREAM, "stream_processing": ["filtering"], "stream_targets": ["splunk"]})
    assert "stream_targets" not in presume(relevance, said)[0]
    unknown = begun({**STREAM, "stream_processing": ["filtering"]}).answered("stream_targets", None)
    assert "stream_targets" not in presume(relevance, unknown)[0]


def test_a_presumption_is_offered_where_its_question_is_put_all_the_same(engine: Engine) -> None:
    card = card_of(Relevance(engine), begun({**STREAM, "stream_processing": ["filtering"]}), "stream_targets")
    assert card.default == ["data-lake"]


def test_who_wants_to_be_asked_everything_is(engine: Engine) -> None:
    relevance = Relevance(engine, thorough=True)
    assert presume(relevance, begun({**STREAM, "stream_processing": ["filtering"]}))[0] == {}


def test_nothing_is_presumed_while_the_pattern_hangs_on_answers(engine: Engine) -> None:
    assert presume(Relevance(engine), begun({"velocity": "near-real-time"}))[0] == {}


REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("no yes or no", "ready", {"answer": "maybe"}, "the answer of 'ready' is yes or no"),
    ("a value that nothing defines", "parts", {"answer": ["lefft"]}, "did you mean 'left'"),
    ("none beside another value", "parts", {"answer": ["none", "left"]}, "'none' stands beside other values"),
    ("a quantity without a unit", "weight", {"answer": "3"}, "no unit"),
    ("a later question", "ready", {"when": {"weight": {"below": "1 kB"}}}, "'weight', which is not asked before it"),
    ("an outcome", "ready", {"when": {"decision": {"pattern": "a"}}}, "hangs on an outcome"),
    ("no condition", "ready", {"when": None}, "lacks the key 'when'"),
    ("no source", "ready", {"reference": None}, "lacks the key 'reference'"),
    ("a word that means nothing here", "ready", {"becuase": "So."}, "did you mean 'because'"),
]


@pytest.mark.parametrize(("question", "change", "said"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_cannot_be_presumed_is_refused(question: str, change: dict[str, Any], said: str) -> None:
    answer = {"ready": "yes", "parts": ["left"], "weight": "1 kB"}[question]
    entry = {"answer": answer, "when": {"colour": "red"}, "because": "So.", "reference": "r", **change}
    questions = [
        {**_question(one), **({"presumed": [entry]} if one["id"] == question else {})} for one in QUESTIONS
    ]
    files = {
        "base.yaml": {"version": "1", "reviewed": "2026-11-23", "whitepaper": "2022-08-03"},
        "references/r.yaml": {"documents": [{"id": "r", "title": "R", "publisher": "P", "address": "https://r"}]},
        "questions/all.yaml": {"id": "all", "title": "All", "order": "1", "questions": questions},
        "decisions/pattern.yaml": {
            "id": "pattern", "title": "P", "question": "Which?", "selects": "one", "reviewed": "2026-11-23",
            "reference": "r", "applies_when": [{"id": "w", "when": "always", "because": "So.", "reference": "r"}],
            "options": [{"id": "a", "summary": "One."}],
        },
    }  # fmt: skip
    with pytest.raises(RuleBaseError) as caught:
        load({name: json.dumps(content).encode() for name, content in files.items()})
    found = " ".join(str(finding) for finding in caught.value.findings)
    assert said.lower() in found.lower()
    assert "questions/all.yaml:" in found
