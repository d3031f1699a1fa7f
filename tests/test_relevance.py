"""What is asked could change a choice in scope, and what is left out could not: checked against every completion."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from dataarch.engine.store import compiled, engine_of
from dataarch.relevance import DONE, OPTIONAL, Relevance
from dataarch.rulebase.load import load

from . import oracle
from .bases import CUTS, profiles, sources

# Without shrinking: every try works out all completions many times over.
some_examples = settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
Document = dict[str, Any]
Outcomes = list[tuple[dict[str, Any], dict[str, Any]]]


@st.composite
def bases(draw: st.DrawFn) -> dict[str, bytes]:
    """Rule files in which one decision is the choice of the pattern, whose steps name some of the others."""
    files = draw(sources())
    ids = sorted(name.rpartition("/")[2].removesuffix(".yaml") for name in files if name.startswith("decisions/"))
    first = draw(st.sampled_from(ids))
    made = {name: content.replace(f'"{first}"'.encode(), b'"pattern"') for name, content in files.items()}
    decision = made.pop(f"decisions/layer/{first}.yaml")
    made["decisions/pattern.yaml"] = decision
    others = [id for id in ids if id != first]
    for option in json.loads(decision)["options"]:
        steps = draw(st.lists(st.sampled_from(others), min_size=1, unique=True)) if others else ["pattern"]
        step = {"id": "step", "title": "Step", "reference": "r", "decisions": steps}
        pattern = {"id": option["id"], "title": "Title", "summary": "Summary.", "reference": "r", "steps": [step]}
        made[f"patterns/{option['id']}.yaml"] = json.dumps(pattern).encode()
    return made


def in_scope(document: Document, known: dict[str, Any], valid: Outcomes, thorough: bool) -> set[str]:
    """The decisions that realise a step of the leading pattern, or that apply in every valid completion."""
    leading = oracle.outcomes(document, known)["pattern"] or []
    steps = {id for option in leading for step in document["patterns"][option]["steps"] for id in step["decisions"]}
    met = {id for id in document["decisions"] if all(found[id] is not None for _, found in valid)}
    return set(document["decisions"]) if thorough else {"pattern"} | steps | met


def parts(document: Document, id: str, outcome: Any) -> dict[str, Any]:
    """An outcome in the parts that are settled one by one: of a decision that selects many each option stands alone."""
    decision = document["decisions"][id]
    if decision["selects"] == "one":
        return {id: outcome}
    options = {f"{id} {option['id']}": option["id"] in (outcome or []) for option in decision["options"]}
    return {id: outcome is not None, **options}


def split(document: Document, found: Outcomes, decisions: set[str]) -> Outcomes:
    return [
        (complete, {part: said for id in decisions for part, said in parts(document, id, outcomes[id]).items()})
        for complete, outcomes in found
    ]


def changes(every: Outcomes, question: str) -> set[str]:
    """The parts of outcomes that two completions which differ in one question alone give differently."""
    seen: dict[str, dict[str, Any]] = {}
    changed = set()
    for complete, found in every:
        rest = json.dumps({key: value for key, value in complete.items() if key != question}, sort_keys=True)
        first = seen.setdefault(rest, found)
        changed |= {part for part in found if first[part] != found[part]}
    return changed


def settled(valid: Outcomes, part: str) -> bool:
    return all(found[part] == valid[0][1][part] for _, found in valid)


@some_examples
@given(bases(), profiles(), st.booleans())
def test_an_interview_asks_exactly_what_could_change_a_choice_in_scope(
    files: dict[str, bytes], answers: dict[str, Any], thorough: bool
) -> None:
    document, engine = load(files), engine_of(compiled(files))
    relevance = Relevance(engine, thorough=thorough)
    known: dict[str, Any] = {}
    declined: set[str] = set()

    def completed(*, constrained: bool) -> Outcomes:
        found = oracle.completions(document, known, CUTS, constrained)
        return [(complete, oracle.outcomes(document, complete)) for complete in found]

    while True:
        standing = relevance.standing(known, declined)
        valid, every = completed(constrained=True), completed(constrained=False)
        if not valid:
            return  # what was answered contradicts a constraint: such a profile is refused, not interviewed
        scope = in_scope(document, known, valid, thorough)
        valid, every = split(document, valid, scope), split(document, every, scope)
        if standing.phase in (OPTIONAL, DONE):
            break
        question, hanging = next(iter(standing.questions.items()))
        assert set(hanging) == {part.split()[0] for part in changes(every, question) if not settled(valid, part)}
        if standing.phase == "pattern":
            assert "pattern" in hanging
        if question in answers:
            known[question] = answers[question]
        else:
            declined.add(question)
    for question in document["questions"]:
        if question not in known and question not in declined:
            assert all(settled(valid, part) for part in changes(every, question))


def test_the_pattern_comes_first(engine: Any) -> None:
    standing = Relevance(engine).standing({})
    assert standing.phase == "pattern"
    assert all(hanging[0] == "pattern" for hanging in standing.questions.values())


def test_what_is_asked_stands_in_interview_order(engine: Any) -> None:
    order = list(engine.base.questions)
    for known in ({}, {"use_cases": ["payment-fraud"], "prediction": ["fraud-scoring"]}):
        asked = list(Relevance(engine).standing(known).questions)
        assert asked == sorted(asked, key=order.index)


def test_a_question_waits_for_what_it_presupposes(engine: Any) -> None:
    known = {"use_cases": ["payment-fraud"], "prediction": ["fraud-scoring"]}
    relevance = Relevance(engine)
    assert "velocity" in relevance.standing(known).questions
    assert "stream_targets" not in relevance.standing(known).questions
    assert "stream_targets" in relevance.standing(known, {"velocity"}).questions
    assert "stream_targets" not in relevance.standing({**known, "velocity": "batch"}).questions
