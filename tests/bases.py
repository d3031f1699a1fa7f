"""Small random rule bases with correlated and contradictory conditions, as hypothesis strategies."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from dataarch.rulebase.load import load

QUESTIONS: list[dict[str, Any]] = [
    {"id": "colour", "type": "one-of", "values": ["red", "green", "blue"]},
    {"id": "ready", "type": "yes-no"},
    {"id": "parts", "type": "any-of", "values": ["none", "left", "right"]},
    {"id": "place", "type": "text"},
    {"id": "weight", "type": "size"},
    {"id": "depth", "type": "whole-number", "presupposes": {"not": {"colour": "red"}}},
]
CUTS = {"weight": [1000, 2000], "depth": [2, 5]}
WEIGHTS, DEPTHS = ("1 kB", "2 kB"), ("2", "5")

tests = st.one_of(
    st.sampled_from(["red", "green", "blue"]).map(lambda v: {"colour": v}),
    st.lists(st.sampled_from(["red", "green", "blue"]), min_size=2, max_size=2, unique=True).map(
        lambda v: {"colour": v}
    ),
    st.sampled_from(["yes", "no"]).map(lambda v: {"ready": v}),
    st.sampled_from(["none", "left", "right"]).map(lambda v: {"parts": v}),
    st.sampled_from([["left", "right"], ["none", "right"]]).map(lambda v: {"parts": v}),
    st.sampled_from(["north", "south", ["north", "south"]]).map(lambda v: {"place": v}),
    st.tuples(st.sampled_from(["at_least", "below"]), st.sampled_from(WEIGHTS)).map(lambda b: {"weight": dict([b])}),
    st.tuples(st.sampled_from(["at_least", "below"]), st.sampled_from(DEPTHS)).map(lambda b: {"depth": dict([b])}),
)


def conditions(outcomes: list[tuple[str, list[str]]] = []) -> st.SearchStrategy[Any]:  # noqa: B006
    """Conditions over the questions, and over the outcomes of earlier decisions."""
    leaves = tests
    for id, options in outcomes:
        leaves = st.one_of(leaves, *(st.just({"decision": {id: option}}) for option in [*options, "not-applicable"]))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: {"all": parts}),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: {"any": parts}),
            inner.map(lambda part: {"not": part}),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: {"at_least": 2, "of": parts}),
        ),
        max_leaves=4,
    )


@st.composite
def decisions(draw: st.DrawFn, id: str, earlier: list[tuple[str, list[str]]]) -> dict[str, Any]:
    """A decision that may depend on earlier ones; only its first option is ever decisive, so none conflict."""
    options = [f"{id}-{n}" for n in range(draw(st.integers(2, 3)))]
    when: st.SearchStrategy[Any] = conditions(earlier)
    always: st.SearchStrategy[Any] = st.just("always")
    criteria: list[dict[str, Any]] = []
    for n in range(draw(st.integers(1, 6))):
        option = draw(st.sampled_from(options))
        effect = draw(st.sampled_from(["favours", "favours", "favours", "against", "rules_out"]))
        strengths = ["slight", "moderate", "strong"]
        if effect == "favours" and option == options[0]:
            strengths.append("decisive")
        criterion: dict[str, Any] = {"id": f"c{n}", effect: option}
        if effect != "rules_out":
            criterion["strength"] = draw(st.sampled_from(strengths))
        criterion["when"] = draw(st.one_of(when, when, when, always))
        if draw(st.integers(0, 4)) == 0:
            criterion["unless"] = draw(when)
        criterion |= {"because": "It is so.", "reference": "r", "since": "2022-08-03"}
        criterion["basis"] = draw(st.sampled_from(["whitepaper", "aws", "project"]))
        refined: list[str] = [
            c["id"]
            for c in criteria
            if c.get(effect) == option and _weight(c) <= _weight(criterion)
        ]
        if refined:
            criterion["refines"] = draw(st.lists(st.sampled_from(refined), max_size=1))
        criteria.append(criterion)
    decision: dict[str, Any] = {
        "id": id,
        "title": id,
        "question": "Which?",
        "selects": draw(st.sampled_from(["one", "many"])),
        "reviewed": "2026-11-23",
        "reference": "r",
        "order": "As it comes.",
    }
    if draw(st.booleans()):
        decision["applies_when"] = [
            {"id": f"r{n}", "when": draw(when), "because": "It applies.", "reference": "r"}
            for n in range(draw(st.integers(1, 2)))
        ]
    decision["options"] = [{"id": option, "summary": "One."} for option in options]
    decision["criteria"] = criteria
    return decision


@st.composite
def sources(draw: st.DrawFn) -> dict[str, bytes]:
    """The rule files of a small random base."""
    files: dict[str, Any] = {
        "base.yaml": {"version": "1", "reviewed": "2026-11-23", "whitepaper": "2022-08-03"},
        "references/r.yaml": {"documents": [{"id": "r", "title": "R", "publisher": "P", "address": "https://r"}]},
        "questions/all.yaml": _section(),
    }
    earlier: list[tuple[str, list[str]]] = []
    for id in ("first", "second", "third")[: draw(st.integers(1, 3))]:
        decision = draw(decisions(id, earlier))
        files[f"decisions/layer/{id}.yaml"] = decision
        earlier.append((id, [option["id"] for option in decision["options"]]))
    if draw(st.booleans()):
        constraint = draw(st.tuples(tests, tests).map(lambda pair: {"all": list(pair)}))
        entry = {"id": "impossible", "when": constraint, "message": "It cannot be.", "reference": "r"}
        files["constraints.yaml"] = {"constraints": [entry]}
    return {name: json.dumps(content).encode() for name, content in files.items()}


def documents() -> st.SearchStrategy[tuple[dict[str, bytes], dict[str, Any]]]:
    """Rule files with the rule document that they make."""
    return sources().map(lambda files: (files, load(files)))


@st.composite
def profiles(draw: st.DrawFn) -> dict[str, Any]:
    """Known answers to some of the questions."""
    possible: dict[str, st.SearchStrategy[Any]] = {
        "colour": st.sampled_from(["red", "green", "blue"]),
        "ready": st.sampled_from(["yes", "no"]),
        "parts": st.sampled_from([[], ["none"], ["left"], ["right"], ["left", "right"]]),
        "place": st.sampled_from(["north", "south", "another"]),
        "weight": st.sampled_from([0, 999, 1000, 1999, 2000, 9000]),
        "depth": st.sampled_from([0, 1, 2, 4, 5]),
    }
    return {id: draw(values) for id, values in possible.items() if draw(st.booleans())}


def _weight(criterion: dict[str, Any]) -> int:
    return ["slight", "moderate", "strong", "decisive", None].index(criterion.get("strength"))


def _section() -> dict[str, Any]:
    """The one section of questions."""
    return {"id": "all", "title": "All", "order": "1", "questions": [_question(question) for question in QUESTIONS]}


def _question(question: dict[str, Any]) -> dict[str, Any]:
    entry = {"id": question["id"], "prompt": "What?", "help": "Because.", "type": question["type"]}
    if "values" in question:
        entry["values"] = [{"id": value, "label": value} for value in question["values"]]
    if "presupposes" in question:
        entry["presupposes"] = question["presupposes"]
    return entry
