"""The engine says of every profile what the semantics say, however it gets there."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, assume, given, settings, strategies as st

from dataarch.engine.atoms import holds, test as atom_test
from dataarch.engine.compile import Compiler
from dataarch.engine.engine import Engine
from dataarch.engine.flips import flips
from dataarch.engine.graph import Graph, Walk
from dataarch.engine.roots import NA, NO_OPTION, OPTIONS
from dataarch.engine.store import compiled, engine_of

from . import oracle
from .bases import CUTS, documents, profiles

many_examples = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
few_examples = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def engine_for(files: dict[str, bytes]) -> Engine:
    return engine_of(compiled(files))


def verdicts(engine: Engine, known: dict[str, Any], basis: str = "all") -> dict[str, Any]:
    """What the plain evaluator says, in the oracle's form."""
    bits, _ = engine.bits(known)
    found = engine.view(basis).evaluate(bits)
    return {
        id: [engine.base.decisions[id].options[place].id for place in verdict.chosen] if verdict.applies else None
        for id, verdict in found.items()
    }


def ends(engine: Engine, graph: Graph, known: dict[str, Any]) -> dict[str, Any]:
    """Where the diagrams lead, in the oracle's form but with the options of a many decision as declared."""
    walk = Walk(graph, graph.classes(known))
    found: dict[str, Any] = {}
    for id, roots in graph.roots.items():
        options = [option.id for option in engine.base.decisions[id].options]
        if roots.selected:
            chosen = [o for o, root in zip(options, roots.selected, strict=True) if walk.terminal(root)]
            found[id] = chosen if walk.terminal(roots.applies) else None
        else:
            end = walk.terminal(roots.outcome)
            found[id] = None if end == NA else [] if end == NO_OPTION else [options[end - OPTIONS]]
    return found


def declared(engine: Engine, outcomes: dict[str, Any]) -> dict[str, Any]:
    """The same outcomes with their options in declared order."""
    return {
        id: None if chosen is None else [o.id for o in engine.base.decisions[id].options if o.id in chosen]
        for id, chosen in outcomes.items()
    }


@many_examples
@given(documents(), profiles(), st.sampled_from(["all", "whitepaper"]))
def test_the_plain_evaluator_says_what_the_semantics_say(
    base: tuple[dict[str, bytes], dict[str, Any]], known: dict[str, Any], basis: str
) -> None:
    files, document = base
    engine = engine_for(files)
    day = "2022-08-03" if basis == "whitepaper" else ""
    assert verdicts(engine, known, basis) == oracle.outcomes(document, known, basis, day)


@many_examples
@given(documents(), st.lists(profiles(), min_size=5, max_size=5))
def test_the_diagrams_lead_where_the_plain_evaluator_does(
    base: tuple[dict[str, bytes], dict[str, Any]], several: list[dict[str, Any]]
) -> None:
    engine = engine_for(base[0])
    for basis in ("all", "whitepaper"):
        graph = engine.graph(engine.view(basis))
        for known in several:
            assert ends(engine, graph, known) == declared(engine, verdicts(engine, known, basis))


@few_examples
@given(documents(), profiles())
def test_settled_and_could_be_are_those_of_all_valid_completions(
    base: tuple[dict[str, bytes], dict[str, Any]], known: dict[str, Any]
) -> None:
    files, document = base
    assume(oracle.valid(document, known))
    engine = engine_for(files)
    graph = engine.graph(engine.view())
    possible = [oracle.outcomes(document, complete) for complete in oracle.completions(document, known, CUTS)]
    assume(possible)
    for id, roots in graph.roots.items():
        options = [option.id for option in engine.base.decisions[id].options]
        scopes = graph.scopes(roots.all(), graph.classes(known))
        if roots.selected:
            applies, *selected = scopes
            assert applies.terminals == sum({1 << (one[id] is not None) for one in possible})
            for option, scope in zip(options, selected, strict=True):
                assert scope.terminals == sum({1 << (option in (one[id] or [])) for one in possible})
        else:
            reached = {NA if one[id] is None else OPTIONS + options.index(one[id][0]) if one[id] else NO_OPTION
                       for one in possible}  # fmt: skip
            assert scopes[0].terminals == sum(1 << terminal for terminal in reached)


@few_examples
@given(documents(), profiles())
def test_a_decision_depends_on_a_question_when_some_answers_to_it_differ(
    base: tuple[dict[str, bytes], dict[str, Any]], known: dict[str, Any]
) -> None:
    files, document = base
    assume(oracle.valid(document, known))
    engine = engine_for(files)
    graph = engine.graph(engine.view())
    scopes = {id: graph.scopes(roots.all(), graph.classes(known)) for id, roots in graph.roots.items()}
    by_rest: dict[str, dict[str, set[str]]] = {}
    for complete in oracle.completions(document, known, CUTS, constrained=False):  # constraints do not count here
        outcome = declared(engine, oracle.outcomes(document, complete))
        for question in document["questions"]:
            if question not in known:
                rest = repr({id: value for id, value in complete.items() if id != question})
                for id, chosen in outcome.items():
                    by_rest.setdefault(f"{id}/{question}", {}).setdefault(rest, set()).add(repr(chosen))
    for id in graph.roots:
        depends = 0
        for scope in scopes[id]:
            depends |= scope.depends
        asked = {graph.variables[i].question for i in range(depends.bit_length()) if depends >> i & 1}
        differing = {
            question
            for question in document["questions"]
            if any(len(found) > 1 for found in by_rest.get(f"{id}/{question}", {}).values())
        }
        assert asked == differing


@few_examples
@given(documents(), profiles())
def test_flips_are_exactly_the_single_edits_that_change_the_leading_outcome(
    base: tuple[dict[str, bytes], dict[str, Any]], known: dict[str, Any]
) -> None:
    files, document = base
    assume(oracle.valid(document, known))
    engine = engine_for(files)
    view = engine.view()
    graph = engine.graph(view)
    found = flips(engine, view, graph, graph.classes(known), known)
    now = oracle.outcomes(document, known)
    for id in graph.roots:
        many = engine.base.decisions[id].many
        before = _choice(now[id], many)
        claimed = {}
        for flip in found[id]:
            edited = {**known, flip.question: flip.value}
            assert oracle.valid(document, edited)
            after = oracle.outcomes(document, edited)[id]
            if not many and after and flip.choice is None:  # nothing speaks for what leads, and it is open
                assert not oracle.speaks(document, id, edited)
                assert len({repr(oracle.outcomes(document, c)[id])
                            for c in oracle.completions(document, edited, CUTS)}) != 1  # fmt: skip
            else:
                assert _choice(after, many) == flip.choice
            assert _set(_choice(after, many)) != _set(before)
            claimed[flip.question, repr(flip.value)] = flip
        for question, value in _edits(document, known):
            edited = {**known, question: value}
            after = _choice(oracle.outcomes(document, edited)[id], many)
            if oracle.valid(document, edited) and _set(after) != _set(before):  # another order alone is no flip
                same = [f for q, f in ((q, f) for (q, _), f in claimed.items()) if q == question]
                assert any(_set(f.choice) == _set(after) or f.choice is None for f in same)
                if not isinstance(value, int):
                    assert (question, repr(value)) in claimed


def _choice(outcome: list[str] | None, many: bool) -> Any:
    return outcome if many else outcome[0] if outcome else None


def _set(choice: Any) -> Any:
    return sorted(choice) if isinstance(choice, list) else choice


def _edits(document: dict[str, Any], known: dict[str, Any]) -> list[tuple[str, Any]]:
    """Every single edit of a profile, as the semantics count them."""
    found: list[tuple[str, Any]] = []
    for id, question in document["questions"].items():
        if question["type"] == "any-of":
            values, now = list(question["values"]), known.get(id, [])
            for value in values:
                edited = [v for v in values if (v in now) != (v == value)]
                if not ("none" in edited and len(edited) > 1):
                    found.append((id, edited))
        else:
            found += [(id, v) for v in oracle.representatives(question, CUTS.get(id, [])) if v != known.get(id)]
    return found


def test_dependent_decisions_are_followed_together() -> None:
    """A decision whose two ways both lead to one outcome is settled, although what it depends on is open."""
    from .bases import QUESTIONS, _question

    reference = {"because": "So.", "reference": "r", "basis": "project", "since": "2022-08-03"}
    first = {
        "id": "first", "title": "f", "question": "?", "selects": "one", "reviewed": "2026-11-23", "reference": "r",
        "order": "o", "options": [{"id": "a", "summary": "s"}, {"id": "b", "summary": "s"}],
        "criteria": [{"id": "x", "favours": "b", "strength": "slight", "when": {"ready": "yes"}, **reference}],
    }  # fmt: skip
    second = {
        **first, "id": "second", "options": [{"id": "c", "summary": "s"}, {"id": "d", "summary": "s"}],
        "criteria": [
            {"id": "y", "favours": "d", "strength": "slight", "when": {"decision": {"first": "a"}}, **reference},
            {"id": "z", "favours": "d", "strength": "slight", "when": {"decision": {"first": "b"}}, **reference},
        ],
    }  # fmt: skip
    files: dict[str, Any] = {
        "base.yaml": {"version": "1", "reviewed": "2026-11-23", "whitepaper": "2022-08-03"},
        "references/r.yaml": {"documents": [{"id": "r", "title": "R", "publisher": "P", "address": "https://r"}]},
        "questions/all.yaml": {"id": "all", "title": "A", "order": "1", "questions": [_question(q) for q in QUESTIONS]},
        "decisions/l/first.yaml": first,
        "decisions/l/second.yaml": second,
    }
    engine = engine_for({name: json.dumps(content).encode() for name, content in files.items()})
    graph = engine.graph(engine.view())
    one = graph.scopes(graph.roots["first"].all(), graph.classes({}))[0]
    two = graph.scopes(graph.roots["second"].all(), graph.classes({}))[0]
    assert not one.settled
    assert two.settled
    assert two.depends == 0


def test_compiling_twice_builds_the_same_diagrams(engine: Engine) -> None:
    view = engine.view()
    first, second = Compiler(engine.base, view.active), Compiler(engine.base, view.active)
    first.compile()
    second.compile()
    assert Graph.of(first).packed() == Graph.of(second).packed() == engine.graph(view).packed()


def test_a_condition_that_contradicts_itself_never_holds_and_its_negation_always_does() -> None:
    table = {"answers": {"ready": {"yes": 1, "no": 2}, "colour": {"red": 4}}, "outcomes": {}}
    red, ready = ["is", "colour", ["red"]], ["is", "ready", ["yes"]]
    never = ["all", ready, ["not", ready]]
    for bits in (0, 1, 2):
        assert not holds(atom_test(never, table), bits)
        assert not holds(atom_test(["any", never, red], table), bits)
        assert holds(atom_test(["all", red, ["not", never]], table), bits | 4)
