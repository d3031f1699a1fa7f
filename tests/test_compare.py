"""Two profiles compared: what changes, and which of the answers that differ are behind it."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from dataarch.comparison import Comparison, compare
from dataarch.engine.engine import Engine
from dataarch.engine.store import compiled, engine_of
from dataarch.errors import Place, UserError
from dataarch.profile import Answer, Profile, profile, read
from dataarch.recommendation import Decided, Recommendation, recommend
from dataarch.render import contrast

from .answers import random_answers
from .bases import profiles, sources
from .conftest import ROOT, Run

Document = dict[str, Any]
FRAUD, CUSTOMERS, REPORTING = (
    str(ROOT / "examples" / f"{name}.yaml") for name in ("fraud-detection", "customer-360", "nightly-reporting")
)
EXAMPLES = sorted(str(path) for path in (ROOT / "examples").glob("*.yaml"))
KAFKA = "kafka_experience: yes\nopen_source_required: yes\nstored_data: 5 TB\n"


def schema(name: str) -> Document:
    found: Document = json.loads((ROOT / "docs" / f"{name}.schema.json").read_text(encoding="utf-8"))
    return found


SCHEMA = schema("comparison")
SHARED: Registry[Any] = Registry().with_resource(
    "recommendation.schema.json", Resource.from_contents(schema("recommendation"))
)
VALID = Draft202012Validator(SCHEMA, registry=SHARED)


@pytest.fixture
def kafka(tmp_path: Path) -> str:
    """The answers of an example, and some more."""
    file = tmp_path / "kafka.yaml"
    file.write_text(Path(FRAUD).read_text(encoding="utf-8") + KAFKA, encoding="utf-8")
    return str(file)


def compared(run: Run, *arguments: str, text: str | None = None) -> Document:
    done = run("compare", *arguments, "--format", "json", text=text)
    assert (done.returncode, done.stderr) == (0, "")
    document: Document = json.loads(done.stdout)
    assert [error.message for error in VALID.iter_errors(document)] == []
    return document


def recommended(run: Run, file: str) -> Document:
    document: Document = json.loads(run("recommend", "--answers", file, "--format", "json").stdout)
    return document


# --- the document ------------------------------------------------------------------------------------------------


def test_the_answers_that_differ_are_told_apart_by_who_gave_them(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("velocity: batch\nlatency: 5 s\nsources: [transactions]\nregion: eu-west-1\n")
    (tmp_path / "b.yaml").write_text("velocity: real-time\nevent_rate: 10/s\nsources: [transactions]\nregion:\n")
    found = compared(run, "a.yaml", "b.yaml")
    assert found["answers"] == {
        "only_first": {"latency": "5 s", "region": "eu-west-1"},
        "only_second": {"event_rate": "10/s"},
        "different": {"velocity": {"first": "batch", "second": "real-time"}},
    }
    assert (found["first"]["file"], found["second"]["file"]) == ("a.yaml", "b.yaml")
    assert found["second"]["profile"]["event_rate"] == "10/s"


@pytest.mark.parametrize("pair", [(FRAUD, CUSTOMERS), (REPORTING, FRAUD)], ids=["two patterns", "from none of them"])
def test_before_and_after_are_what_is_recommended(run: Run, pair: tuple[str, str]) -> None:
    found = compared(run, *pair)
    for side, file in zip(("first", "second"), pair, strict=True):
        alone = recommended(run, file)
        assert found["rule_base"] == alone["rule_base"]
        assert found[side]["profile"] == alone["profile"]
        for id, one in {**found["decisions"], "pattern": found["pattern"]}.items():
            decided = alone["pattern"] if id == "pattern" else alone["decisions"][id]
            assert {key: value for key, value in one[side].items() if key != "applies"} == {
                key: decided[key] for key in one[side] if key != "applies"
            }
    first, second = (recommended(run, file) for file in pair)
    for part in ("services", "warnings"):
        ids = [{entry["id"] for entry in document[part]} for document in (first, second)]
        assert {entry["id"] for entry in found[part]["came"]} == ids[1] - ids[0]
        assert {entry["id"] for entry in found[part]["went"]} == ids[0] - ids[1]
    assert found["pattern"]["changed"] == "choice"


def test_evidence_that_came_and_went_holds_on_one_side_alone(run: Run, kafka: str) -> None:
    found = compared(run, FRAUD, kafka)["decisions"]["streaming-ingestion"]
    assert (found["first"]["choice"], found["second"]["choice"]) == ("kinesis-data-streams", "msk")
    rules = {
        side: {e["rule"] for e in _about(recommended(run, file)["decisions"]["streaming-ingestion"])}
        for side, file in (("first", FRAUD), ("second", kafka))
    }
    for part, there, elsewhere in (("came", "second", "first"), ("went", "first", "second")):
        named = {e["rule"] for entry in found[part] for e in entry["because"]}
        assert named <= rules[there]
        assert not named & rules[elsewhere]
        assert {entry["option"] for entry in found[part]} <= {"msk", "kinesis-data-streams"}
    assert any(entry["option"] == "msk" for entry in found["came"])


def _about(decided: Document) -> list[Document]:
    rejected = [one for entry in decided["rejected"] for one in entry["because"]]
    return [*decided["because"], *rejected]


def test_an_answer_that_no_decision_looks_at_is_behind_no_change(run: Run, kafka: str) -> None:
    found = compared(run, FRAUD, kafka)
    assert "stored_data" in found["answers"]["only_second"]
    assert all("stored_data" not in one["answers"] for one in found["decisions"].values())


def test_a_decision_that_is_only_surer_is_no_change_of_choice(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("use_cases: [payment-fraud]\n")
    more = "sources: [transactions]\nprediction: [fraud-scoring]\n"
    (tmp_path / "b.yaml").write_text(f"use_cases: [payment-fraud]\n{more}")
    pattern = compared(run, "a.yaml", "b.yaml")["pattern"]
    assert pattern["changed"] == "certainty"
    assert (pattern["first"]["status"], pattern["second"]["status"]) == ("open", "settled")
    assert (pattern["answers"], pattern["came"], pattern["went"]) == ([], [], [])


def test_basis_and_day_are_those_of_both(run: Run) -> None:
    assert compared(run, FRAUD, CUSTOMERS, "--basis", "whitepaper")["rule_base"]["basis"] == "whitepaper"
    assert compared(run, FRAUD, CUSTOMERS, "--as-of", "2024-01-01")["rule_base"]["as_of"] == "2024-01-01"


def test_the_schema_is_a_schema_of_which_every_definition_is_used() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    text = json.dumps(SCHEMA)
    assert [name for name in SCHEMA["$defs"] if f'"#/$defs/{name}"' not in text] == []


def test_a_wrong_document_is_refused(run: Run, kafka: str) -> None:
    document = compared(run, FRAUD, kafka)
    changed = document["decisions"]["streaming-ingestion"]
    wrong: list[tuple[Document, str, Any]] = [
        (document, "surprise", 1),
        (document["first"], "profile", None),
        (document["answers"], "different", {"velocity": "batch"}),
        (changed, "changed", None),
        (changed, "answers", []),
        (changed["first"], "choice", 3),
        (changed["second"], "applies", False),
        (changed["came"][0], "because", []),
        (document["pattern"]["first"], "choice", "none"),
        (document["pattern"]["first"], "none_fits", True),
    ]
    for place, key, value in wrong:
        kept = place.get(key)
        place[key] = value
        assert not VALID.is_valid(document), (key, value)
        place[key] = kept
        if kept is None:
            del place[key]
    assert VALID.is_valid(document)


# --- the page ----------------------------------------------------------------------------------------------------


def test_the_first_lines_say_what_changes_in_the_architecture(run: Run) -> None:
    lines = run("compare", FRAUD, CUSTOMERS, COLUMNS="120").stdout.splitlines()
    found = compared(run, FRAUD, CUSTOMERS)
    changed = [id for id, one in found["decisions"].items() if one["changed"] == "choice"]
    assert lines[0] == "Fraud detection → Customer 360"
    count = f"With the pattern, {len(changed)} of {len(found['decisions'])} decisions change."
    assert any(line.startswith(count) for line in lines[1:5])
    assert any(re.match(r"Warehouse +athena +redshift$", line) for line in lines[:24])


def test_what_changes_comes_before_the_answers_and_these_before_the_reasons(run: Run, kafka: str) -> None:
    text = run("compare", FRAUD, kafka).stdout
    places = [text.index(said) for said in ("decisions change", "3 answers differ", "Because of ", "Holds now:")]
    assert places == sorted(places)
    part = text.partition("\nStreaming ingestion: kinesis-data-streams → msk\n")[2].partition("\n\n")[0]
    answers = compared(run, FRAUD, kafka)["decisions"]["streaming-ingestion"]["answers"]
    assert answers
    for key in answers:
        assert f"{key} (not known → yes)" in " ".join(part.split())


def test_a_decision_that_stays_is_not_told(run: Run, kafka: str) -> None:
    found = compared(run, FRAUD, kafka)["decisions"]
    assert found["lake-storage"]["changed"] is None
    assert "Data lake storage" not in run("compare", FRAUD, kafka).stdout


def test_the_same_file_twice_differs_in_nothing(run: Run) -> None:
    done = run("compare", FRAUD, FRAUD)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The same answers\n")
    found = compared(run, FRAUD, FRAUD)
    assert found["answers"] == {"only_first": {}, "only_second": {}, "different": {}}
    assert {one["changed"] for one in [found["pattern"], *found["decisions"].values()]} == {None}


def test_other_answers_may_come_to_the_same_decisions(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("use_cases: [payment-fraud]\nworkload: A\n")
    (tmp_path / "b.yaml").write_text("use_cases: [payment-fraud]\nworkload: B [x]\n")
    done = run("compare", "a.yaml", "b.yaml")
    assert done.returncode == 0
    assert done.stdout.startswith("Other answers, the same decisions\n")
    assert re.search(r"^workload +A +B \[x\]$", done.stdout, re.MULTILINE)


def test_where_nothing_speaks_for_a_pattern_the_comparison_is_still_done(run: Run) -> None:
    done = run("compare", FRAUD, "-", text="velocity: batch\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Fraud detection → no pattern yet\n")


@pytest.mark.parametrize("width", ["80", "120"])
def test_no_line_is_wider_than_the_terminal(run: Run, width: str) -> None:
    for pair in ((FRAUD, CUSTOMERS), (CUSTOMERS, EXAMPLES[0]), (REPORTING, FRAUD)):
        lines = run("compare", *pair, COLUMNS=width).stdout.splitlines()
        assert [line for line in lines if len(line) > int(width)] == []


def test_sources_are_listed_when_asked_for(run: Run, kafka: str) -> None:
    assert "\nSources\n" not in run("compare", FRAUD, kafka).stdout
    assert "\nSources\n" in run("compare", FRAUD, kafka, "--sources").stdout


def test_markdown_and_a_file_say_the_same(run: Run, kafka: str, tmp_path: Path) -> None:
    printed = run("compare", FRAUD, kafka, "--format", "markdown")
    assert "### Streaming ingestion: kinesis-data-streams → msk" in printed.stdout
    assert "## Sources" in printed.stdout
    kept = run("compare", FRAUD, kafka, "--format", "markdown", "--output", "c.md")
    assert (kept.returncode, kept.stdout, kept.stderr) == (0, "", "Written to c.md.\n")
    assert (tmp_path / "c.md").read_text(encoding="utf-8") == printed.stdout
    again = run("compare", FRAUD, CUSTOMERS, "--output", "c.md")
    assert (again.returncode, again.stdout) == (2, "")
    assert run("compare", FRAUD, CUSTOMERS, "--output", "c.md", "--force").returncode == 0


# --- what is read ------------------------------------------------------------------------------------------------


def test_one_of_the_two_may_come_from_standard_input(run: Run) -> None:
    text = Path(CUSTOMERS).read_text(encoding="utf-8")
    for arguments, side in (((FRAUD, "-"), "second"), (("-", FRAUD), "first")):
        found = compared(run, *arguments, text=text)
        assert found[side]["file"] == "-"
        assert found[side]["profile"]["workload"] == "Customer data platform"


def test_both_from_standard_input_is_refused(run: Run) -> None:
    done = run("compare", "-", "-", text="velocity: batch\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: Both profiles are -; only one of them can be read from standard input.\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("velocity: batch\nlatencey: 5 s\n", "bad.yaml:2: there is no key 'latencey'. Did you mean 'latency'?"),
        ("velocity: fast\n", "bad.yaml:1: velocity: 'fast' is none of its values."),
        ("inference: [real-time]\nprediction: [none]\n", "bad.yaml:1: Real-time inference was asked for"),
    ],
    ids=["a key", "a value", "answers that exclude each other"],
)
def test_a_wrong_answer_names_its_file_and_line(run: Run, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    for pair in ((FRAUD, "bad.yaml"), ("bad.yaml", FRAUD)):
        done = run("compare", *pair)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="needs a file system of bytes")
@pytest.mark.parametrize("format", ["terminal", "json", "markdown"])
def test_a_name_that_is_no_text_can_be_shown(run: Run, tmp_path: Path, format: str) -> None:
    name = os.fsdecode(b"a\xff\x1b.yaml")
    (tmp_path / name).write_text("velocity: batch\n")
    done = run("compare", name, FRAUD, "--format", format)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert re.search(r"\ba\S+\.yaml\b", done.stdout)


def test_a_file_that_is_not_there_is_named(run: Run) -> None:
    done = run("compare", FRAUD, "gone.yaml")
    assert (done.returncode, done.stderr) == (2, "error: gone.yaml: cannot be read: no such file or directory.\n")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_it_takes_two_files(run: Run, count: int) -> None:
    done = run("compare", *[FRAUD] * count)
    assert (done.returncode, done.stdout) == (2, "")
    assert "dataarch compare --help" in done.stderr


# --- the answers behind a change ---------------------------------------------------------------------------------


def answered(known: dict[str, Any]) -> Profile:
    return Profile({id: Answer(value, Place("given")) for id, value in known.items()})


def outcome(one: Decided) -> tuple[bool, set[str]]:
    """Whether a decision applies and what it chooses, as a person reads it off a recommendation."""
    chosen = one.choice if isinstance(one.choice, list) else [one.choice] if one.choice else []
    return one.choice is not None or bool(one.rejected), set(chosen)


def decided(result: Recommendation, id: str) -> Decided:
    return result.pattern if id == "pattern" else result.decisions[id]


def with_answers(
    engine: Engine, result: Comparison, id: str, keys: set[str], basis: str = "all"
) -> tuple[bool, set[str]] | None:
    """What a decision comes to when some answers of the second profile replace those of the first; None if refused."""
    known = dict(result.first.profile.known)
    for key in keys:
        known.pop(key, None)
        if key in result.second.profile.known:
            known[key] = result.second.profile.known[key]
    try:
        return outcome(decided(recommend(engine, answered(known), basis), id))
    except UserError:
        return None


def assert_explained(engine: Engine, result: Comparison, basis: str = "all") -> None:
    """Every changed choice is named with answers that are enough for it and of which none can be left out."""
    differing = [one.question for one in result.answers]
    for one in (result.pattern, *result.decisions.values()):
        before, after = outcome(one.first), outcome(one.second)
        assert one.applies == (before[0], after[0])
        assert (one.changed == "choice") == (before != after), one.id
        assert one.answers == [key for key in differing if key in one.answers]
        if one.changed == "choice":
            assert with_answers(engine, result, one.id, set(one.answers), basis) == after
            for key in one.answers:
                assert with_answers(engine, result, one.id, {*one.answers} - {key}, basis) != after, (one.id, key)


@st.composite
def engines(draw: st.DrawFn) -> Engine:
    """A small random rule base of which the first decision is the pattern."""
    files = {
        name.replace("/first.", "/pattern."): text.replace(b'"first"', b'"pattern"')
        for name, text in draw(sources()).items()
    }
    for option in json.loads(files["decisions/layer/pattern.yaml"])["options"]:
        step = {"id": "s", "title": "S", "reference": "r", "decisions": ["pattern"]}
        entry = {"id": option["id"], "title": "P", "summary": "A pattern.", "reference": "r", "steps": [step]}
        files[f"patterns/{option['id']}.yaml"] = json.dumps(entry).encode()
    return engine_of(compiled(files))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(engines(), profiles(), profiles(), st.sampled_from(["all", "whitepaper"]))
def test_the_answers_named_are_enough_and_each_is_needed(
    engine: Engine, first: dict[str, Any], second: dict[str, Any], basis: str
) -> None:
    try:
        result = compare(engine, answered(first), answered(second), basis)
    except UserError:
        assume(False)
    assert_explained(engine, result, basis)


@pytest.mark.parametrize(("before", "after"), [(0.5, 0.5), (0.05, 0.7), (0.9, 0.1)])
def test_they_are_enough_and_needed_under_the_built_in_rules(
    engine: Engine, tmp_path: Path, before: float, after: float
) -> None:
    random, seen = Random(int(before * 100)), 0
    while seen < 3:
        found = []
        for share in (before, after):
            file = tmp_path / "answers.json"
            file.write_text(json.dumps(random_answers(engine, random, share)), encoding="utf-8")
            found.append(profile(engine.base.questions, read(str(file))))
        first, second = found
        try:
            result = compare(engine, first, second)
        except UserError:
            continue
        seen += 1
        assert_explained(engine, result)
        assert VALID.is_valid(json.loads(contrast.text(result, ("a", "b"))))


def test_the_examples_are_explained_among_each_other(engine: Engine) -> None:
    read_in = [profile(engine.base.questions, read(file)) for file in EXAMPLES]
    for first, second in zip(read_in, [*read_in[1:], read_in[0]], strict=True):
        assert_explained(engine, compare(engine, first, second))


def test_of_several_answers_that_are_each_enough_the_first_question_is_named(engine: Engine) -> None:
    first = profile(engine.base.questions, read(FRAUD))
    more = {"existing_platforms": ["kafka"], "open_source_required": "yes", "kafka_experience": "yes"}
    result = compare(engine, first, answered({**first.known, **more}))
    ingestion = result.decisions["streaming-ingestion"]
    enough = [
        one.question
        for one in result.answers
        if with_answers(engine, result, ingestion.id, {one.question}) == outcome(ingestion.second)
    ]
    assert len(enough) > 1
    assert ingestion.answers == enough[:1]


# --- cases by hand: a base of five questions, where the second option wins under one condition ------------------


def explained(when: Any, first: str, second: str, constraint: Any = None) -> list[str]:
    """The answers behind the change of the choice when it goes from the first answers to the second."""
    option = {"reference": "r", "basis": "project", "because": "It is so.", "since": "2022-08-03"}
    yes_no: list[dict[str, Any]] = [{"id": id, "prompt": "?", "help": "So.", "type": "yes-no"} for id in "xyzvw"]
    yes_no[-1]["presupposes"] = {"x": "yes"}
    files: dict[str, Any] = {
        "base.yaml": {"version": "1", "reviewed": "2026-11-23", "whitepaper": "2022-08-03"},
        "references/r.yaml": {"documents": [{"id": "r", "title": "R", "publisher": "P", "address": "https://r"}]},
        "questions/all.yaml": {"id": "all", "title": "All", "order": "1", "questions": yes_no},
        "decisions/layer/pattern.yaml": {
            "id": "pattern", "title": "P", "question": "?", "selects": "one", "reviewed": "2026-11-23",
            "reference": "r", "order": "As it comes.",
            "options": [{"id": "a", "summary": "A."}, {"id": "b", "summary": "B."}],
            "criteria": [
                {"id": "usual", "favours": "a", "strength": "moderate", "when": "always", **option},
                {"id": "rare", "favours": "b", "strength": "strong", "when": when, **option},
            ],
        },
    }  # fmt: skip
    for id in ("a", "b"):
        step = {"id": "s", "title": "S", "reference": "r", "decisions": ["pattern"]}
        files[f"patterns/{id}.yaml"] = {"id": id, "title": id, "summary": "S.", "reference": "r", "steps": [step]}
    if constraint:
        entry = {"id": "c", "when": constraint, "message": "It cannot be.", "reference": "r"}
        files["constraints.yaml"] = {"constraints": [entry]}
    engine = engine_of(compiled({name: json.dumps(content).encode() for name, content in files.items()}))
    before, after = (answered(dict.fromkeys("xyzv", "no") | dict.fromkeys(keys, "yes")) for keys in (first, second))
    result = compare(engine, before, after)
    assert (result.first.pattern.choice, result.second.pattern.choice) == ("a", "b")
    assert_explained(engine, result)
    return result.pattern.answers


def test_an_answer_that_counts_only_beside_another_needs_both() -> None:
    assert explained({"x": "yes", "y": "yes"}, "", "xyz") == ["x", "y"]


def test_an_answer_is_taken_over_where_the_rest_would_meet_a_constraint() -> None:
    when = {"x": "yes"}
    assert explained(when, "y", "xz") == ["x"]
    assert explained(when, "y", "xz", constraint={"x": "yes", "y": "yes"}) == ["x", "y"]


def test_an_answer_counts_that_makes_another_have_its_effect() -> None:
    assert explained({"w": "yes"}, "w", "xw") == ["x"]


def test_what_becomes_needless_only_later_is_left_out_too() -> None:
    whole = {"x": "yes", "y": "yes", "z": "yes", "v": "yes"}
    when = {"any": [whole, {**whole, "x": "no"}, {"x": "no", "y": "no", "z": "yes"}]}
    assert explained(when, "", "xyzv") == ["z"]  # without x, y is needless; without both, v is
