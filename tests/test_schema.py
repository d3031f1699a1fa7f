"""The JSON document is what its schema says, and the schema lets nothing else pass."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dataarch.engine.engine import Engine
from dataarch.errors import UserError
from dataarch.profile import canonical, profile, read
from dataarch.recommendation import recommend
from dataarch.render import machine
from dataarch.render.glance import LAYERS
from dataarch.rulebase.service import STATUSES
from dataarch.rulebase.shape import STRENGTHS

from .answers import answered, random_answers
from .conftest import ROOT, Run

SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "recommendation.schema.json").read_text(encoding="utf-8"))
DEFINED = SCHEMA["$defs"]
VALID = Draft202012Validator(SCHEMA)
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
Document = dict[str, Any]
Steps = tuple[str | int, ...]


def assert_valid(document: Document) -> None:
    if not VALID.is_valid(document):
        found = [f"{error.json_path}: {error.message[:300]}" for error in VALID.iter_errors(document)]
        pytest.fail("\n".join(found))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


def test_every_definition_is_used() -> None:
    text = json.dumps(SCHEMA)
    assert [name for name in DEFINED if f'"#/$defs/{name}"' not in text] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.stem for example in EXAMPLES])
def test_the_documents_of_the_examples_are_valid(engine: Engine, example: Path) -> None:
    answers = profile(engine.base.questions, read(str(example)))
    assert_valid(machine.document(recommend(engine, answers)))


def test_a_document_with_an_overlay_is_valid(run: Run) -> None:
    asked = ("--set", "use_cases=payment-fraud", "--rules", str(ROOT / "examples/overlay"))
    document = json.loads(run("recommend", *asked, "--unchecked", "--format", "json").stdout)
    assert_valid(document)
    document["rule_base"]["overlays"] = []
    assert not VALID.is_valid(document)


def test_what_a_process_prints_is_valid(run: Run) -> None:
    for answer in ("use_cases=payment-fraud", "velocity=batch", "use_cases=bi-reporting"):
        assert_valid(json.loads(run("recommend", "--set", answer, "--format", "json").stdout))


@pytest.mark.parametrize(("share", "count"), [(0.05, 15), (0.2, 25), (0.5, 60), (0.9, 100)])
def test_the_documents_of_random_profiles_are_valid(engine: Engine, tmp_path: Path, share: float, count: int) -> None:
    random, seen = Random(share), 0
    while seen < count:
        try:
            basis = "whitepaper" if seen % 5 == 0 else "all"
            result = answered(engine, tmp_path, random_answers(engine, random, share), basis)
        except UserError:
            continue
        seen += 1
        assert_valid(json.loads(machine.text(result)))


# --- no weaker than it can be ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Document:
    """A document with something of every kind, shortened so that it is quick to validate."""
    answers = {
        "workload": "Cards",
        "use_cases": ["payment-fraud"],
        "ml_expertise": "none",
        "existing_platforms": ["fraud-detector"],
        "velocity": "batch",
        "latency": "50 ms",
        "event_rate": "5000/s",
        "event_size": "1 kB",
        "availability": "99.9%",
        "kafka_experience": True,
        "item_count": 3,
        "transformation": "heavy",
    }
    document: Document = json.loads(machine.text(answered(engine, tmp_path_factory.mktemp("small"), answers)))
    kept = {"streaming-ingestion", "prediction-service", "inference-serving", "lake-storage", "fraud-model"}
    document["decisions"] = {id: one for id, one in document["decisions"].items() if id in kept}
    for one in [document["pattern"], *document["decisions"].values()]:
        bounded = [flip for flip in one["flips"] if "bound" in flip]
        one["flips"] = [*one["flips"][:1], *bounded[:1]]
        one["because"] = one.get("because", [])[:3]
        one["rejected"] = one.get("rejected", [])[:2]
    document["pattern"] = {key: document["pattern"][key] for key in DEFINED["pattern"]["properties"]}
    assert_valid(document)
    return document


def objects(value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, dict[str, Any]]]:
    """Every object of a document but those whose keys are data: answers, changes, and decisions by id."""
    if isinstance(value, dict):
        if steps[-1:] not in (("profile",), ("change",), ("decisions",)):
            yield steps, value
        for key, inner in value.items():
            yield from objects(inner, (*steps, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from objects(inner, (*steps, index))


def leaves(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Where every single value and every empty list of a document stands."""
    if isinstance(value, dict | list) and value:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*steps, key))
    else:
        yield steps


def at(document: Any, steps: Steps) -> Any:
    for step in steps:
        document = document[step]
    return document


def replaced(document: Document, steps: Steps, value: Any) -> Document:
    """A copy of a document with another value in one place."""
    made = copy.deepcopy(document)
    at(made, steps[:-1])[steps[-1]] = value
    return made


def test_no_key_may_be_missing(small: Document) -> None:
    optional = {"under", "bound"}
    for steps, found in objects(small):
        for key in set(found) - optional:
            if key == "always" and found["choice"] is None:
                continue  # nothing else tells it apart then
            made = copy.deepcopy(small)
            del at(made, steps)[key]
            assert not VALID.is_valid(made), (*steps, key)


def test_no_key_may_be_added(small: Document) -> None:
    for steps, _ in objects(small):
        assert not VALID.is_valid(replaced(small, (*steps, "surprise"), "x")), steps


def test_no_value_may_be_of_another_kind(small: Document) -> None:
    for steps in leaves(small):
        wrongs: list[Any] = [{"a": 1}, [[]]]
        for wrong in wrongs:
            assert not VALID.is_valid(replaced(small, steps, wrong)), (steps, wrong)


def test_no_word_but_prose_may_be_any_word(small: Document) -> None:
    prose = {"because", "why", "message", "name", "former_name", "replacement", "overlays", "workload"}
    for steps in leaves(small):
        if not prose & set(map(str, steps[-2:])):
            assert not VALID.is_valid(replaced(small, steps, "No such word!")), steps


Mutation = Callable[[Document], Any]


def one(document: Document, id: str) -> dict[str, Any]:
    found: dict[str, Any] = document["decisions"][id]
    return found


WRONG: dict[str, Mutation] = {
    "another version of the schema": lambda d: d.update(schema_version=2),
    "a day that is none": lambda d: d["rule_base"].update(as_of="2026-13-01"),
    "a short digest": lambda d: d["rule_base"].update(digest="abc"),
    "an unknown basis": lambda d: d["rule_base"].update(basis="mine"),
    "a key with a hyphen": lambda d: d["profile"].update({"event-rate": "5/s"}),
    "a bare number for a rate": lambda d: d["profile"].update(event_rate=5000),
    "a size for a duration": lambda d: d["profile"].update(latency="50 GB"),
    "a duration for a size": lambda d: d["profile"].update(event_size="50 s"),
    "a list for one choice": lambda d: d["profile"].update(velocity=["batch"]),
    "one choice for a list": lambda d: d["profile"].update(use_cases="payment-fraud"),
    "a choice twice": lambda d: d["profile"].update(use_cases=["payment-fraud", "payment-fraud"]),
    "a word for yes": lambda d: d["profile"].update(kafka_experience="yes"),
    "a text for a count": lambda d: d["profile"].update(item_count="3"),
    "a negative count": lambda d: d["profile"].update(item_count=-3),
    "null for an unknown answer": lambda d: d["profile"].update(velocity=None),
    "an endless name": lambda d: d["profile"].update(workload="x" * 501),
    "a sixth pattern": lambda d: d["pattern"].update(choice="lambda"),
    "none as the name of no pattern": lambda d: d["pattern"].update(choice="none"),
    "a pattern that does not apply": lambda d: d["pattern"].update(status="not-applicable"),
    "a pattern where none fits": lambda d: d["pattern"].update(none_fits=True),
    "settled on nothing": lambda d: d["pattern"].update(status="settled", choice=None, needs=[], could_be=[None]),
    "no outcome at all": lambda d: d["pattern"].update(could_be=[]),
    "an outcome twice": lambda d: d["pattern"].update(could_be=["fraud-detection", "fraud-detection"]),
    "four in the ranking": lambda d: d["pattern"]["ranking"].pop(),
    "none in the ranking": lambda d: d["pattern"]["ranking"][0].update(option="none"),
    "the pattern among the decisions": lambda d: d["decisions"].update(pattern=one(d, "lake-storage")),
    "no decisions": lambda d: d["decisions"].clear(),
    "a certain confidence": lambda d: one(d, "lake-storage").update(confidence="certain"),
    "settled with a need": lambda d: one(d, "lake-storage").update(status="settled", needs=["velocity"]),
    "settled with two outcomes": lambda d: one(d, "lake-storage").update(
        status="settled", needs=[], could_be=["s3", None]
    ),
    "settled without a choice": lambda d: one(d, "lake-storage").update(status="settled", needs=[], choice=None),
    "open and high": lambda d: one(d, "lake-storage").update(status="open", confidence="high", needs=["velocity"]),
    "open without a need": lambda d: one(d, "lake-storage").update(status="open", confidence="low", needs=[]),
    "not applicable with a choice": lambda d: one(d, "lake-storage").update(status="not-applicable", choice="s3"),
    "a list for one option": lambda d: one(d, "lake-storage").update(choice=["s3"]),
    "one option for a list": lambda d: one(d, "prediction-service").update(choice="sagemaker"),
    "a negative lead": lambda d: one(d, "prediction-service").update(margin=-1),
    "a strength that is no word": lambda d: one(d, "prediction-service")["because"][0].update(strength="huge"),
    "a reason with a strength": lambda d: one(d, "prediction-service")["because"][0].update(strength="strong"),
    "evidence of nobody": lambda d: d["pattern"]["ranking"][0]["because"][0].update(basis=None),
    "decisive against": lambda d: d["pattern"]["ranking"][0]["because"][0].update(
        effect="against", strength="decisive"
    ),
    "ruled out by points": lambda d: d["pattern"]["ranking"][0]["because"][0].update(effect="rules_out"),
    "evidence without a sentence": lambda d: d["pattern"]["ranking"][0]["because"][0].update(because=""),
    "a rule without its decision": lambda d: d["pattern"]["ranking"][0]["because"][0].update(rule="fraud"),
    "a flip of two answers": lambda d: d["pattern"]["flips"][0]["change"].update(budget="balanced", velocity="batch"),
    "a flip of no answer": lambda d: d["pattern"]["flips"][0]["change"].clear(),
    "a flip to no pattern of ours": lambda d: d["pattern"]["flips"][0].update(choice="none"),
    "a bound without a side": lambda d: d["pattern"]["flips"][0].update(bound="200 ms"),
    "a bound without an end": lambda d: d["pattern"]["flips"][0].update(bound="at least 200 ms and below"),
    "a service in no layer": lambda d: d["services"][0].update(layer="magic"),
    "a service in no state": lambda d: d["services"][0]["lifecycle"].update(status="launched"),
    "a need that is no key": lambda d: d.update(unanswered=["event-rate"]),
    "a need twice": lambda d: d.update(unanswered=["velocity", "velocity"]),
}


@pytest.mark.parametrize("mutate", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_document_is_refused(small: Document, mutate: Mutation) -> None:
    made = copy.deepcopy(small)
    mutate(made)
    assert made != small
    assert not VALID.is_valid(made)


# --- in step with the rules --------------------------------------------------------------------------------------


def test_every_question_is_listed_with_its_type(engine: Engine) -> None:
    listed = {key: entry["$ref"].rpartition("/")[2] for key, entry in DEFINED["profile"]["properties"].items()}
    types = {"any-of": "choices", "one-of": "id", "whole-number": "count"}
    assert listed == {id: types.get(question.type, question.type) for id, question in engine.base.questions.items()}


def test_every_canonical_quantity_is_valid(engine: Engine) -> None:
    random = Random(1)
    for id, question in engine.base.questions.items():
        if question.type not in ("size", "duration", "rate", "percentage"):
            continue
        allowed = Draft202012Validator(DEFINED[question.type])
        for value in (0, 1, 10, 999, *(random.randrange(10 ** random.randrange(1, 30)) for _ in range(60))):
            assert allowed.is_valid(canonical(question, value)), (id, value, canonical(question, value))


def test_every_word_of_the_rules_is_listed(engine: Engine) -> None:
    options = {option.id for option in engine.base.decisions["pattern"].options}
    assert set(DEFINED["of_the_five"]["enum"]) == options - {"none"} | {None}
    assert set(DEFINED["evidence"]["properties"]["strength"]["enum"]) == {*STRENGTHS, "rules out", None}
    service = DEFINED["service"]["properties"]
    assert set(service["layer"]["enum"]) == set(LAYERS)
    assert set(service["lifecycle"]["properties"]["status"]["enum"]) == {*STATUSES, "active"} - {"launched"}
