"""The smallest changes that flip a decision are the smallest, and none is missed; numbers move as far as is said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations, product
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from dataarch import quantity
from dataarch.changes import changes
from dataarch.engine.engine import Engine
from dataarch.engine.graph import Graph
from dataarch.engine.robustness import robustness
from dataarch.engine.smallest import Found, Target, smallest, support
from dataarch.engine.store import compiled, engine_of
from dataarch.errors import Place, RuleBaseError
from dataarch.explanation import explain
from dataarch.profile import Answer, Profile, profile, read, settings as given_by_set
from dataarch.recommendation import recommend
from dataarch.render import terminal
from dataarch.render.changes import in_time
from dataarch.rulebase.load import load

from . import oracle
from .bases import QUESTIONS, _question, conditions, profiles, sources
from .conftest import ROOT

Known = dict[str, Any]
Key = tuple[tuple[int, Any], ...]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
examples = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
more_examples = settings(examples, max_examples=150)
several = st.lists(profiles(), min_size=4, max_size=4)


@st.composite
def bases(draw: st.DrawFn) -> dict[str, bytes]:
    """Rule files with up to three constraints of any shape."""
    files = draw(sources())
    constraints = [
        {"id": f"c{n}", "when": draw(conditions()), "message": "It cannot be.", "reference": "r"}
        for n in range(draw(st.integers(0, 3)))
    ]
    if constraints:
        files["constraints.yaml"] = json.dumps({"constraints": constraints}).encode()
    return files


class Brute:
    """Every profile that edits can make of one, the fewest edits first, found by trying them all."""

    def __init__(self, engine: Engine, document: dict[str, Any], known: Known) -> None:
        self.document, self.known = document, known
        self.order = list(document["questions"])
        self.cuts = {id: engine.atoms["answers"][id].get("cuts", []) for id in self.order}
        self.seen: dict[str, tuple[int, Known]] = {_spelt(known): (0, known)}
        level = [known]
        while level:
            following = []
            for one in level:
                for edited in self.edited(one):
                    if _spelt(edited) not in self.seen:
                        self.seen[_spelt(edited)] = (self.seen[_spelt(one)][0] + 1, edited)
                        following.append(edited)
            level = following
        self.outcomes = [
            (size, self.key(one), oracle.outcomes(document, one))
            for size, one in self.seen.values()
            if not ("none" in one.get("parts", []) and len(one["parts"]) > 1) and oracle.valid(document, one)
        ]

    def edited(self, known: Known) -> Iterator[Known]:
        """The profiles one edit away, valid or not."""
        for id, question in self.document["questions"].items():
            if question["type"] == "any-of":
                now = known.get(id, [])
                for value in question["values"]:
                    yield {**known, id: [v for v in question["values"] if (v in now) != (v == value)]}
            elif question["type"] in ("one-of", "yes-no", "text"):
                for value in oracle.representatives(question, []):
                    yield {**known, id: value}
            else:
                for value in (0, *self.cuts[id]):
                    yield {**known, id: value}

    def key(self, known: Known) -> Key:
        """The edits that make these answers, in the order that settles ties."""
        found: list[tuple[int, Any]] = []
        for place, id in enumerate(self.order):
            question, before, after = self.document["questions"][id], self.known.get(id), known.get(id)
            if question["type"] == "any-of":
                values = list(question["values"])
                found += [(place, values.index(v)) for v in sorted(set(before or []) ^ set(after or []),
                                                                   key=values.index)]  # fmt: skip
            elif question["type"] in ("one-of", "yes-no", "text"):
                if before != after:
                    found.append((place, oracle.representatives(question, []).index(after)))
            elif after is not None:
                at, there = (sum(cut <= (v or 0) for cut in self.cuts[id]) for v in (before, after))
                if before is None or at != there:  # the nearest class first
                    found.append((place, (there, 0) if before is None else (abs(there - at), there)))
        return tuple(found)

    def best(self, decision: str, many: bool, target: Target) -> tuple[int, Key] | None:
        """The fewest edits that lead to a target, the first of several in order."""
        return min(((size, key) for size, key, outcome in self.outcomes if reached(outcome[decision], many, target)),
                   default=None)  # fmt: skip


def _spelt(known: Known) -> str:
    return repr(sorted((id, value) for id, value in known.items() if value != []))


def reached(outcome: list[str] | None, many: bool, target: Target) -> bool:
    """Whether an outcome, in the oracle's form, is that of a target."""
    if target.option is None:
        return (outcome is not None) == target.gained
    return (target.option in (outcome or [])) == target.gained


def targets(decision: dict[str, Any], now: list[str] | None) -> set[Target]:
    """Every outcome but the present one."""
    options = [option["id"] for option in decision["options"]]
    many = decision["selects"] == "many"
    applies = [Target(None, now is None)] if decision["reasons"] and (many or now is not None) else []
    if many:
        return {*(Target(option, option not in (now or [])) for option in options), *applies}
    return {*(Target(option, True) for option in options if option not in (now or [])), *applies}


def made(known: Known, edits: Any) -> Known:
    return {**known, **{edit.question: edit.value for edit in edits}}


def within(bound: str, kind: str, values: list[int]) -> list[int]:
    """The values between the thresholds that a bound names."""
    low, high = (re.search(f"{word} (.+?)(?: and|$)", bound) for word in ("at least", "below"))
    return [v for v in values if (not low or v >= quantity.parse(low[1], kind))
            and (not high or v < quantity.parse(high[1], kind))]  # fmt: skip


@examples
@given(bases(), several)
def test_the_sets_found_are_the_smallest_there_are_and_the_first_of_their_size(
    files: dict[str, bytes], some: list[Known]
) -> None:
    engine, document = _loaded(files)
    for known in some:
        if oracle.valid(document, known):
            _are_smallest(engine, document, known)


def _are_smallest(engine: Engine, document: dict[str, Any], known: Known) -> None:
    graph, now = engine.graph(engine.view()), oracle.outcomes(document, known)
    brute = Brute(engine, document, known)
    for id, decision in document["decisions"].items():
        many = decision["selects"] == "many"
        found = smallest(engine, engine.view(), graph, known, id)
        assert {*(one.target for one in found.sets), *found.unreachable} == targets(decision, now[id])
        assert [one.size for one in found.sets] == sorted(one.size for one in found.sets)
        for one in found.sets:
            edited = made(known, one.edits)
            assert oracle.valid(document, edited)
            assert not ("none" in edited.get("parts", []) and len(edited["parts"]) > 1)
            assert reached(oracle.outcomes(document, edited)[id], many, one.target)
            assert (one.size, _loosened(brute, one, edited)) == brute.best(id, many, one.target)
        for target in found.unreachable:
            assert brute.best(id, many, target) is None


def _loosened(brute: Brute, one: Any, edited: Known) -> Key:
    """The key of a found set, each unknown quantity at the least class that its bound allows."""
    nearest = dict(edited)
    for edit in one.edits:
        if edit.bound and edit.question not in brute.known:
            kind = brute.document["questions"][edit.question]["type"]
            nearest[edit.question] = within(edit.bound, kind, [0, *brute.cuts[edit.question]])[0]
    return brute.key(nearest)


@more_examples
@given(bases(), several)
def test_every_value_within_the_bounds_of_a_set_leads_to_the_same_and_the_next_one_does_not(
    files: dict[str, bytes], some: list[Known]
) -> None:
    engine, document = _loaded(files)
    for known in some:
        if oracle.valid(document, known):
            _are_bounded(engine, document, known)


def _are_bounded(engine: Engine, document: dict[str, Any], known: Known) -> None:
    graph = engine.graph(engine.view())
    for id, decision in document["decisions"].items():
        many = decision["selects"] == "many"
        for one in smallest(engine, engine.view(), graph, known, id).sets:
            bounded = [edit for edit in one.edits if edit.bound]
            values = {edit.question: [0, *engine.atoms["answers"][edit.question]["cuts"]] for edit in bounded}
            kinds = {edit.question: document["questions"][edit.question]["type"] for edit in bounded}
            inside = [within(edit.bound, kinds[edit.question], values[edit.question]) for edit in bounded]

            def leads(new: Known, id: str = id, many: bool = many, one: Any = one) -> bool:
                return oracle.valid(document, new) and reached(oracle.outcomes(document, new)[id], many, one.target)

            for chosen in product(*inside):
                assert leads({**made(known, one.edits), **dict(zip(values, chosen, strict=True))})
            if len(bounded) == 1:
                (question, every), (allowed,) = next(iter(values.items())), inside
                for beside in (every.index(allowed[0]) - 1, every.index(allowed[-1]) + 1):
                    if 0 <= beside < len(every):
                        assert not leads({**made(known, one.edits), question: every[beside]})


@more_examples
@given(bases(), several)
def test_a_quantity_can_move_exactly_as_far_as_is_said(files: dict[str, bytes], some: list[Known]) -> None:
    engine, document = _loaded(files)
    for known in some:
        if oracle.valid(document, known):
            _have_room(engine, document, known)


def _have_room(engine: Engine, document: dict[str, Any], known: Known) -> None:
    graph, now = engine.graph(engine.view()), oracle.outcomes(document, known)
    for id in document["decisions"]:
        rooms = {room.question: room for room in robustness(engine, engine.view(), graph, known, id)}
        for question in ("weight", "depth"):
            if question not in known:
                continue
            value, room = known[question], rooms.get(question)
            flipping = []
            for other in range(0, 6) if question == "depth" else (0, 999, 1000, 1999, 2000, 2001):
                new = {**known, question: other}
                if oracle.valid(document, new) and _set(oracle.outcomes(document, new)[id]) != _set(now[id]):
                    flipping.append(other)
            below, above = ([v for v in flipping if v < value], [v for v in flipping if v > value])
            assert (room and room.under) == (max(below) if below else None)
            assert (room and room.high) == (min(above) if above else None)
            assert room is None or room.low is None or room.low == (room.under or 0) + 1


def _set(outcome: list[str] | None) -> list[str] | None:
    return None if outcome is None else sorted(outcome)


def _loaded(files: dict[str, bytes]) -> tuple[Engine, dict[str, Any]]:
    return engine_of(compiled(files)), load(files)


def small_base(*criteria: tuple[str, Any], never: Any = None) -> Engine:
    """A decision between `stay` and `go`, with criteria that favour an option, and perhaps a constraint."""
    said = {"because": "So.", "reference": "r", "basis": "project", "since": "2022-08-03", "strength": "moderate"}
    decision = {
        "id": "way", "title": "w", "question": "?", "selects": "one", "reviewed": "2026-11-23", "reference": "r",
        "order": "o", "options": [{"id": "stay", "summary": "s"}, {"id": "go", "summary": "s"}],
        "criteria": [{"id": f"c{n}", "favours": option, "when": when, **said}
                     for n, (option, when) in enumerate(criteria)],
    }  # fmt: skip
    files: dict[str, Any] = {
        "base.yaml": {"version": "1", "reviewed": "2026-11-23", "whitepaper": "2022-08-03"},
        "references/r.yaml": {"documents": [{"id": "r", "title": "R", "publisher": "P", "address": "https://r"}]},
        "questions/all.yaml": {"id": "all", "title": "A", "order": "1", "questions": [_question(q) for q in QUESTIONS]},
        "decisions/l/way.yaml": decision,
    }
    if never:
        constraint = {"id": "c", "when": never, "message": "It cannot be.", "reference": "r"}
        files["constraints.yaml"] = {"constraints": [constraint]}
    return engine_of(compiled({name: json.dumps(content).encode() for name, content in files.items()}))


def way_out(engine: Engine, known: Known) -> tuple[int, Known]:
    """How many edits lead to the other option, and the new answers."""
    (one,) = smallest(engine, engine.view(), engine.graph(engine.view()), known, "way").sets
    return one.size, {edit.question: edit.value for edit in one.edits}


EARLIER = {"colour": "red", "ready": "yes"}
"""Two edits that come before any edit of `parts`."""


def test_each_value_taken_out_is_an_edit_even_where_no_rule_tells_them_apart() -> None:
    engine = small_base(("go", {"parts": ["left", "right"]}), ("stay", EARLIER))
    assert way_out(engine, {"parts": ["left", "right"]}) == (2, EARLIER)
    assert way_out(engine, {"parts": ["left"]}) == (1, {"parts": []})


def test_one_late_edit_comes_before_two_early_ones_and_two_late_ones_before_three() -> None:
    engine = small_base(("go", EARLIER), ("go", {"parts": "left"}))
    assert way_out(engine, {}) == (1, {"parts": ["left"]})
    late = {"all": [{"weight": {"at_least": "2 kB"}}, {"depth": {"at_least": "5"}}]}
    engine = small_base(("go", {**EARLIER, "parts": "left"}), ("go", late))
    assert way_out(engine, {"colour": "green", "weight": 1000, "depth": 1}) == (2, {"weight": 2000, "depth": 5})


def test_none_takes_the_place_of_values_that_no_rule_looks_at() -> None:
    engine = small_base(("go", {"parts": "none"}))
    assert way_out(engine, {"parts": ["left", "right"]}) == (3, {"parts": ["none"]})
    assert way_out(engine, {}) == (1, {"parts": ["none"]})
    engine = small_base(("go", {"parts": "none"}), ("go", EARLIER))
    assert way_out(engine, {"parts": ["left"]}) == (2, EARLIER)


def test_none_goes_when_another_value_comes() -> None:
    engine = small_base(("go", {"parts": "left"}))
    assert way_out(engine, {"parts": ["none"]}) == (2, {"parts": ["left"]})


def test_none_is_not_added_beside_another_value_although_a_rule_treats_both_alike() -> None:
    engine = small_base(("go", {"parts": ["none", "right"]}))
    assert way_out(engine, {"parts": ["left"]}) == (1, {"parts": ["left", "right"]})


def test_of_two_intervals_the_nearer_one_is_taken() -> None:
    engine = small_base(("go", {"weight": {"below": "1 kB"}}), ("go", {"weight": {"at_least": "5 kB"}}),
                        ("stay", {"weight": {"at_least": "2 kB", "below": "3 kB"}}))  # fmt: skip
    assert way_out(engine, {"weight": 4000}) == (1, {"weight": 5000})
    assert way_out(engine, {"weight": 1500}) == (1, {"weight": 990})


BY_WEIGHT = (
    ("go", {"weight": {"below": "1 kB"}}),
    ("stay", {"weight": {"at_least": "2 kB", "below": "3 kB"}}),
    ("go", {"weight": {"at_least": "5 kB"}}),
    ("go", {"weight": {"at_least": "9 kB"}}),
)


def test_a_number_has_room_up_to_the_nearest_threshold_that_flips() -> None:
    engine = small_base(*BY_WEIGHT)
    (room,) = robustness(engine, engine.view(), engine.graph(engine.view()), {"weight": 2500}, "way")
    assert (room.low, room.under, room.high) == (1000, 999, 5000)
    (room,) = robustness(engine, engine.view(), engine.graph(engine.view()), {"weight": 6000}, "way")
    assert (room.low, room.under, room.high) == (5000, 4999, None)


def test_a_number_passes_over_values_that_no_valid_profile_has() -> None:
    engine = small_base(*BY_WEIGHT, never={"ready": "yes", "weight": {"at_least": "5 kB", "below": "9 kB"}})
    known = {"ready": "yes", "weight": 2500}
    (room,) = robustness(engine, engine.view(), engine.graph(engine.view()), known, "way")
    assert (room.low, room.high) == (1000, 9000)


def outcome_of(engine: Engine, known: Known, id: str) -> list[str] | None:
    """The leading outcome by the plain evaluator, None where the answers meet a constraint."""
    bits, _ = engine.bits(known)
    verdict = engine.view().evaluate(bits)[id]
    return [engine.base.decisions[id].options[place].id for place in verdict.chosen] if verdict.applies else None


def single_edits(engine: Engine, graph: Graph, known: Known, id: str) -> list[tuple[str, Any]]:
    """Every single edit of a question that the decision can see, as (question, value or the value to be turned)."""
    seen = {graph.variables[i].question for i in range(len(graph.variables)) if _sees(graph, id, i)}
    found: list[tuple[str, Any]] = []
    for question, entry in engine.base.questions.items():
        if question not in seen:
            continue
        if entry.type == "any-of":
            found += [(question, ("turn", value)) for value in entry.values]
        elif entry.type in ("one-of", "yes-no"):
            found += [(question, v) for v in (entry.values or ("yes", "no")) if v != known.get(question)]
        else:
            cuts = engine.atoms["answers"][question]["cuts"]
            at = sum(cut <= known[question] for cut in cuts) if question in known else None
            found += [(question, v) for place, v in enumerate((0, *cuts)) if place != at]
    return found


def _sees(graph: Graph, id: str, index: int) -> bool:
    return any(index in support(graph, root) for root in graph.roots[id].all())


def applied(engine: Engine, known: Known, chosen: tuple[tuple[str, Any], ...]) -> Known | None:
    """The answers after some single edits; None where they are no valid profile, or edit one answer twice."""
    new = dict(known)
    for question, value in chosen:
        if isinstance(value, tuple):
            now = new.get(question, [])
            new[question] = [v for v in engine.base.questions[question].values if (v in now) != (v == value[1])]
        elif question in new and new[question] != known.get(question):
            return None
        else:
            new[question] = value
    if any(isinstance(v, list) and "none" in v and len(v) > 1 for v in new.values()):
        return None
    refused = {"real-time"} <= set(new.get("inference", [])) and "none" in new.get("prediction", [])
    return None if refused else new


@pytest.mark.parametrize("id", ["batch-processing", "stream-processing", "data-catalog", "fraud-model"])
def test_of_the_built_in_rules_no_set_of_one_or_two_edits_is_missed(engine: Engine, id: str) -> None:
    graph, view, random = engine.graph(engine.view()), engine.view(), Random(id)
    many = engine.base.decisions[id].many
    for file in random.sample(EXAMPLES, 2):
        known = profile(engine.base.questions, read(str(file))).known
        found: Found = smallest(engine, view, graph, known, id)
        sizes: dict[Target, int] = {}
        wanted = [*(one.target for one in found.sets), *found.unreachable]
        every = single_edits(engine, graph, known, id)
        if len(every) > 110:
            every = random.sample(every, 110)
        for count in (1, 2):
            for chosen in combinations(every, count):
                new = applied(engine, known, chosen)
                outcome = outcome_of(engine, new, id) if new is not None else None
                for target in wanted:
                    if new is not None and target not in sizes and reached(outcome, many, target):
                        sizes[target] = count
        for one in found.sets:
            assert one.size <= sizes.get(one.target, 99)
            assert reached(outcome_of(engine, made(known, one.edits), id), many, one.target)
            if one.size <= 2 and len(every) < 110:
                assert sizes[one.target] == one.size
        assert not set(found.unreachable) & sizes.keys()


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_what_is_said_to_flip_a_decision_flips_it_in_a_recommendation(engine: Engine, file: Any) -> None:
    """By the whole way: the edited answers are recommended for anew."""
    answers = profile(engine.base.questions, read(str(file)))
    for id in engine.base.decisions:
        for flipped in changes(engine, engine.view(), answers.known, id).sets:
            edited = {edit.question: Answer(edit.value, Place("edited")) for edit in flipped.smallest.edits}
            result = recommend(engine, Profile({**answers.answers, **edited}))
            one = result.pattern if id == "pattern" else result.decisions[id]
            target, choice = flipped.smallest.target, one.choice if isinstance(one.choice, list) else [one.choice]
            if target.option:
                assert ((target.option in choice) == target.gained) == flipped.firm


def explained(engine: Engine, name: str, *settings: str) -> str:
    found = explain(engine, [name], profile(engine.base.questions, given_by_set(settings)))
    return " ".join(terminal.explanation(found).split())


CLICKSTREAM = ("use_cases=payment-fraud", "sources=transactions", "velocity=real-time", "latency=120ms")
NIGHTLY = ("transformation=heavy", "velocity=batch", "dataset_size=2TB")


def test_the_smallest_sets_are_shown_with_what_they_lead_to(engine: Engine) -> None:
    text = explained(engine, "streaming-ingestion", *CLICKSTREAM)
    assert "The smallest changes that flip it" in text
    assert "- latency below 70 ms → msk" in text
    assert "- velocity: near-real-time and latency at least 1 s → data-firehose" in text


def test_a_single_edit_that_is_among_the_smallest_sets_is_not_listed_again(engine: Engine) -> None:
    text = explained(engine, "streaming-ingestion", *CLICKSTREAM)
    assert text.count("latency below 70 ms → msk") == 1


def test_a_number_is_shown_with_its_thresholds_and_what_lies_beyond(engine: Engine) -> None:
    text = explained(engine, "streaming-ingestion", *CLICKSTREAM)
    assert "How far the numbers can move" in text
    assert "latency, now 120 ms: below 70 ms → msk; no larger value changes it" in text


def test_growth_is_told_where_it_reaches_a_threshold(engine: Engine) -> None:
    text = explained(engine, "batch-processing", *NIGHTLY, "yearly_growth=40%")
    assert "from 5 TB on → emr, which growth of 40% a year reaches in about 2.7 years" in text
    assert "which growth" not in explained(engine, "batch-processing", *NIGHTLY)
    assert "which growth" not in explained(engine, "batch-processing", *NIGHTLY, "yearly_growth=0%")


def test_growth_that_doubles_takes_as_long_as_the_logarithm_says(engine: Engine) -> None:
    known = profile(engine.base.questions, given_by_set([*NIGHTLY, "yearly_growth=100%"])).known
    known["dataset_size"] = 1_250_000_000_000
    rooms = robustness(engine, engine.view(), engine.graph(engine.view()), known, "batch-processing")
    assert [room.years for room in rooms if room.question == "dataset_size"] == [pytest.approx(2)]


def test_what_does_not_grow_with_the_data_is_promised_no_day(engine: Engine) -> None:
    slow = [part for part in CLICKSTREAM if "latency" not in part]
    for setting in ("latency=60ms", "latency=300ms"):
        assert "which growth" not in explained(engine, "streaming-ingestion", *slow, setting, "yearly_growth=100%")


@pytest.mark.parametrize(
    ("years", "said"),
    [(0.01, "within a month"), (0.25, "in about 3 months"), (1.5, "in about 18 months"), (2.0, "in about 2 years"),
     (2.14, "in about 2.1 years"), (51, "in more than 50 years")],
)  # fmt: skip
def test_a_time_to_come_is_rounded_as_a_person_would(years: float, said: str) -> None:
    assert in_time(years) == said


def test_options_that_no_answers_lead_to_are_named(engine: Engine) -> None:
    assert "No change of your answers" not in explained(engine, "streaming-ingestion", *CLICKSTREAM)
    fraud = profile(engine.base.questions, given_by_set(CLICKSTREAM))
    found = explain(engine, ["prediction-service"], fraud, basis="whitepaper")
    assert "No change of your answers leads to bedrock." in " ".join(terminal.explanation(found).split())


def test_only_a_quantity_can_be_said_to_grow() -> None:
    files = {name: path.read_bytes() for path in (ROOT / "rules").rglob("*.yaml")
             if not (name := str(path.relative_to(ROOT / "rules"))).endswith(".examples.yaml")}  # fmt: skip
    wrong = files["questions/team.yaml"].replace(b"    type: one-of\n", b"    type: one-of\n    grows: yes\n")
    with pytest.raises(RuleBaseError, match="a one-of question has nothing that grows"):
        load(files | {"questions/team.yaml": wrong})
