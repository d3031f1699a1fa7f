"""The command line keeps its contract: exit statuses, what goes where, the JSON document, and the same bytes again."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dataarch import __version__
from dataarch.engine.engine import Engine
from dataarch.engine.store import rules_folder
from dataarch.errors import UserError
from dataarch.profile import profile, settings
from dataarch.recommendation import recommend
from dataarch.render import machine

from .answers import answered, random_answers
from .conftest import ROOT, Run

Document = dict[str, Any]
LEADS = ("use_cases=payment-fraud",)
SETTLED = ("use_cases=payment-fraud", "velocity=real-time", "sources=transactions", "prediction=fraud-scoring")
NONE_FITS = ("use_cases=bi-reporting", "velocity=batch")
SILENT = ("velocity=batch",)


def asked(*texts: str, format: str = "json") -> list[str]:
    """The arguments of a recommendation from `--set` alone."""
    return ["recommend", *(part for text in texts for part in ("--set", text)), "--format", format]


def recommended(engine: Engine, *texts: str, basis: str = "all") -> Document:
    """The document for answers as they are given on the command line, without a process."""
    return machine.document(recommend(engine, profile(engine.base.questions, settings(texts)), basis))


def decided(document: Document) -> dict[str, Any]:
    """All decisions of a document, the pattern's among them."""
    return {"pattern": document["pattern"], **document["decisions"]}


# --- exit status, and what goes where ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "status", "choice", "none_fits"),
    [(SETTLED, "settled", "fraud-detection", False), (LEADS, "open", "fraud-detection", False),
     (NONE_FITS, "settled", None, True)],
    ids=["settled", "open with a lead", "none of the five"],
)  # fmt: skip
def test_a_pattern_or_none_of_the_five_is_an_answer(
    run: Run, texts: tuple[str, ...], status: str, choice: str | None, none_fits: bool
) -> None:
    done = run(*asked(*texts))
    assert (done.returncode, done.stderr) == (0, "")
    pattern = json.loads(done.stdout)["pattern"]
    assert (pattern["status"], pattern["choice"], pattern["none_fits"]) == (status, choice, none_fits)
    assert pattern["confidence"] in ("high", "medium", "low")


@pytest.mark.parametrize("format", ["terminal", "json", "markdown"])
def test_where_nothing_speaks_for_any_pattern_all_is_printed_and_the_questions_are_named(run: Run, format: str) -> None:
    done = run(*asked(*SILENT, format=format))
    assert done.returncode == 3
    document = json.loads(run(*asked(*SILENT)).stdout)
    pattern = document["pattern"]
    assert (pattern["status"], pattern["choice"], pattern["none_fits"]) == ("open", None, False)
    assert len(pattern["ranking"]) == 5
    assert document["decisions"]
    assert document["unanswered"]
    first = ", ".join(pattern["needs"][:5])
    assert done.stderr == f"Nothing that is known speaks for any pattern. Answer first: {first}.\n"
    assert done.stdout.count("\n") > 5


def test_what_is_written_to_a_file_is_what_is_printed(run: Run, tmp_path: Path) -> None:
    for format, name in (("json", "r.json"), ("markdown", "r.md"), ("html", "r.html")):
        done = run(*asked(*LEADS, format=format), "--output", name)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", f"Written to {name}.\n")
        assert (tmp_path / name).read_bytes().decode() == run(*asked(*LEADS, format=format)).stdout


@pytest.mark.parametrize("texts", [LEADS, SILENT], ids=["leads", "silent"])
def test_keeping_the_answers_leaves_the_result_as_it_is(run: Run, texts: tuple[str, ...]) -> None:
    plain, keeping = run(*asked(*texts)), run(*asked(*texts), "--save", "a.yaml")
    assert keeping.stdout == plain.stdout
    assert keeping.stderr == f"Answers kept in a.yaml.\n{plain.stderr}"
    assert keeping.returncode == plain.returncode


# --- the document ------------------------------------------------------------------------------------------------


def test_the_document_has_what_the_contract_names(run: Run, engine: Engine) -> None:
    document = json.loads(run(*asked(*LEADS, "event_rate=5000/s", "sources=transactions")).stdout)
    assert document["schema_version"] == 1
    assert document["rule_base"] == {
        "version": engine.base.version,
        "digest": engine.base.digest,
        "as_of": engine.base.reviewed,
        "basis": "all",
        "overlays": [],
    }
    assert document["profile"] == {
        "use_cases": ["payment-fraud"],
        "sources": ["transactions"],
        "event_rate": "5000/s",
    }
    pattern = document["pattern"]
    assert {"status", "choice", "none_fits", "could_be", "confidence", "closest", "ranking"} <= set(pattern)
    for ranked in pattern["ranking"]:
        assert {"option", "score", "because"} <= set(ranked)
        for evidence in ranked["because"]:
            assert {"rule", "strength", "basis", "because", "reference"} <= set(evidence)
    assert pattern["ranking"][0]["option"] == pattern["choice"]
    assert set(engine.base.decisions) == {"pattern", *document["decisions"]}
    assert "pattern" not in document["decisions"]
    for id, decision in document["decisions"].items():
        assert {"status", "choice", "could_be", "confidence", "because", "rejected", "needs", "flips"} <= set(decision)
        many = engine.base.decisions[id].many
        assert decision["choice"] is None or isinstance(decision["choice"], list if many else str), id
        assert set(decision["needs"]) <= set(document["unanswered"]) | set(document["profile"])
        assert (decision["status"] == "not-applicable") == (decision["could_be"] == [None])
    for service in document["services"]:
        assert {"id", "name", "layer", "lifecycle"} <= set(service)
        assert {"status", "date", "replacement", "reference"} <= set(service["lifecycle"])
    for warning in document["warnings"]:
        assert {"id", "message", "reference"} <= set(warning)
    assert set(document["unanswered"]) <= set(engine.base.questions) - set(document["profile"])


def test_every_reference_of_a_document_leads_somewhere(engine: Engine) -> None:
    document = recommended(engine, *SETTLED, "existing_platforms=fraud-detector", "ml_expertise=none")
    found: set[str] = set()

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            if value.get("reference"):
                found.add(value["reference"])
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                collect(item)

    collect(document)
    assert len(found) > 5
    for id in found:
        assert engine.base.reference(id).address


def test_the_profile_is_canonical(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "latency: 0.2s\nevent_rate: 300k/min\nstored_data: 1200 TB\navailability: 99.90 percent\nuser_count: 20,000\n"
        "sources: [transactions, clickstream, transactions]\nkafka_experience: TRUE\nuse_cases: [payment-fraud]\n"
        "velocity: ~\nbudget:\n",
        encoding="utf-8",
    )
    done = run("recommend", "--answers", "a.yaml", "--format", "json", "--save", "b.yaml")
    expected = {
        "use_cases": ["payment-fraud"],
        "sources": ["clickstream", "transactions"],
        "latency": "200 ms",
        "event_rate": "5000/s",
        "kafka_experience": True,
        "stored_data": "1.2 PB",
        "user_count": 20000,
        "availability": "99.9%",
    }
    found = json.loads(done.stdout)["profile"]
    assert found == expected
    assert (tmp_path / "b.yaml").read_text(encoding="utf-8").splitlines()[1:] == [
        f"{key}: {', '.join(value).join('[]') if isinstance(value, list) else 'yes' if value is True else value}"
        for key, value in found.items()
    ]


def test_saved_answers_give_the_same_bytes_again(run: Run, engine: Engine, tmp_path: Path) -> None:
    answers = random_answers(engine, Random(5), 1.0) | {"workload": 'Ä "b": c', "prediction": ["fraud-scoring"]}
    (tmp_path / "a.json").write_text(json.dumps(answers), encoding="utf-8")
    first = run("recommend", "--answers", "a.json", "--format", "json", "--save", "b.yaml")
    again = run("recommend", "--answers", "b.yaml", "--format", "json", "--save", "c.yaml")
    assert first.returncode == again.returncode == 0
    assert first.stdout == again.stdout
    assert len(json.loads(first.stdout)["profile"]) == len(answers)
    assert (tmp_path / "b.yaml").read_bytes() == (tmp_path / "c.yaml").read_bytes()
    from_document = json.dumps(json.loads(first.stdout)["profile"])
    assert run("recommend", "--answers", "-", "--format", "json", text=from_document).stdout == first.stdout


# --- giving answers ----------------------------------------------------------------------------------------------


def test_set_wins_over_the_file_and_the_last_set_over_the_first(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("velocity: batch\nsources: [sap, hdfs]\nbudget: balanced\n", encoding="utf-8")
    done = run("recommend", "--answers", "a.yaml", *asked("velocity=micro-batch", "velocity=real-time",
               "sources=clickstream, transactions", "open_source_required=yes", "kafka_experience=no",
               "budget=", *LEADS)[1:])  # fmt: skip
    assert done.returncode == 0
    assert json.loads(done.stdout)["profile"] == {
        "use_cases": ["payment-fraud"],
        "sources": ["clickstream", "transactions"],
        "velocity": "real-time",
        "open_source_required": True,
        "kafka_experience": False,
    }


@pytest.mark.parametrize("format", ["terminal", "json", "markdown"])
def test_the_same_answers_give_the_same_bytes_whatever_the_run(run: Run, tmp_path: Path, format: str) -> None:
    one = run(*asked(*SETTLED, format=format), PYTHONHASHSEED="1")
    elsewhere = tmp_path / "a" / "b"
    elsewhere.mkdir(parents=True)
    other = subprocess.run(
        [sys.executable, "-m", "dataarch", *asked(*SETTLED, format=format)],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert one.returncode == other.returncode == 0
    assert one.stdout == other.stdout.decode()


def test_the_order_of_the_answers_does_not_matter(run: Run) -> None:
    assert run(*asked(*SETTLED)).stdout == run(*asked(*reversed(SETTLED))).stdout


# --- whose word, and on which day --------------------------------------------------------------------------------

FRAUD_TEAMS = [
    ("use_cases=payment-fraud", "ml_expertise=none"),
    ("use_cases=account-takeover", "ml_expertise=none", "velocity=real-time"),
    ("use_cases=fake-accounts", "ml_expertise=none", "sources=mobile-app"),
    ("use_cases=payment-fraud,claims-fraud", "ml_expertise=none", "labelled_examples=0"),
    ("use_cases=payment-fraud", "ml_expertise=none", "prediction=fraud-scoring", "caller_waits=yes"),
]


@pytest.mark.parametrize("texts", FRAUD_TEAMS, ids=" ".join)
def test_a_fraud_team_without_experts_got_fraud_detector_from_the_whitepaper_and_never_gets_it_today(
    engine: Engine, texts: tuple[str, ...]
) -> None:
    then = recommended(engine, *texts, basis="whitepaper")["decisions"]["prediction-service"]
    assert "fraud-detector" in then["choice"]
    today = recommended(engine, *texts)
    now = today["decisions"]["prediction-service"]
    assert "fraud-detector" not in now["choice"]
    rejected = {entry["option"]: entry["because"] for entry in now["rejected"]}["fraud-detector"]
    assert "rules_out" in {evidence["effect"] for evidence in rejected}
    assert "fraud-detector" not in [service["id"] for service in today["services"]]


@pytest.mark.parametrize("texts", FRAUD_TEAMS[:2], ids=" ".join)
def test_who_runs_fraud_detector_keeps_it_with_a_warning(run: Run, texts: tuple[str, ...]) -> None:
    document = json.loads(run(*asked(*texts, "existing_platforms=fraud-detector")).stdout)
    assert "fraud-detector" in document["decisions"]["prediction-service"]["choice"]
    (service,) = [service for service in document["services"] if service["id"] == "fraud-detector"]
    assert service["lifecycle"]["status"] == "closed-to-new"
    assert service["lifecycle"]["date"]
    assert service["lifecycle"]["reference"]
    (warning,) = [warning for warning in document["warnings"] if warning["id"] == "lifecycle.fraud-detector"]
    assert service["lifecycle"]["date"] in warning["message"]


def test_the_whitepaper_speaks_on_its_own_day(run: Run, engine: Engine) -> None:
    base = engine.base
    named = run(*asked(*FRAUD_TEAMS[0]), "--basis", "whitepaper")
    assert (named.returncode, named.stderr) == (0, "")
    document = json.loads(named.stdout)
    assert (document["rule_base"]["basis"], document["rule_base"]["as_of"]) == ("whitepaper", base.whitepaper)
    assert "fraud-detector" in document["decisions"]["prediction-service"]["choice"]
    evidence = [e for one in decided(document).values() for e in one.get("because", []) if e["effect"] == "favours"]
    assert {e["basis"] for e in evidence} == {"whitepaper"}


def test_a_day_of_the_past_is_evaluated_as_it_was(run: Run, engine: Engine) -> None:
    done = run(*asked(*FRAUD_TEAMS[0]), "--as-of", "2024-06-30")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert (document["rule_base"]["basis"], document["rule_base"]["as_of"]) == ("all", "2024-06-30")
    assert "fraud-detector" in document["decisions"]["prediction-service"]["choice"]
    today = run(*asked(*FRAUD_TEAMS[0]), "--as-of", engine.base.reviewed)
    assert today.stdout == run(*asked(*FRAUD_TEAMS[0])).stdout


# --- what could still change -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_the_choice_of_every_completion_is_one_that_could_be(engine: Engine, tmp_path: Path, seed: int) -> None:
    random, compared = Random(seed), 0
    known = random_answers(engine, random, 0.2)
    known.pop("prediction", None)  # so that no constraint is met already
    partial = decided(machine.document(answered(engine, tmp_path, known)))
    for _ in range(6):
        try:
            complete = answered(engine, tmp_path, {**random_answers(engine, random, 1.0), **known})
        except UserError:
            continue
        compared += 1
        for id, one in decided(machine.document(complete)).items():
            chosen = one["choice"] if isinstance(one["choice"], list) else [one["choice"]]
            assert set(chosen) <= set(partial[id]["could_be"]), id
            assert set(partial[id].get("always", [])) <= set(chosen) or one["choice"] is None, id
            if partial[id]["status"] != "open":
                settled = partial[id]["choice"]
                assert sorted(chosen) == sorted(settled) if isinstance(settled, list) else [settled] == chosen, id
    assert compared


@pytest.mark.parametrize("seed", range(8))
def test_a_flip_changes_the_choice_as_it_says(engine: Engine, tmp_path: Path, seed: int) -> None:
    random, followed = Random(seed), 0
    answers = random_answers(engine, random, random.choice((0.1, 0.3, 0.8)))
    document = machine.document(answered(engine, tmp_path, {**answers, "prediction": ["fraud-scoring"]}))
    flips = [(id, flip) for id, one in decided(document).items() for flip in one["flips"]]
    for id, flip in random.sample(flips, min(10, len(flips))):
        edited = machine.document(answered(engine, tmp_path, {**document["profile"], **flip["change"]}))
        before, after = decided(document)[id]["choice"], decided(edited)[id]
        followed += 1
        assert after["choice"] == flip["choice"], (id, flip)
        assert after["choice"] != before, (id, flip)
    assert followed


def test_a_flip_promises_no_choice_for_which_nothing_would_speak(engine: Engine, tmp_path: Path) -> None:
    document = machine.document(answered(engine, tmp_path, {"region": "eu-west-1"}))
    for flip in document["decisions"]["ml-approach"]["flips"]:
        edited = machine.document(answered(engine, tmp_path, {**document["profile"], **flip["change"]}))
        assert edited["decisions"]["ml-approach"]["choice"] == flip["choice"], flip


def test_what_counts_although_it_is_not_certain_is_shown_as_such(run: Run) -> None:
    done = run("explain", "streaming-ingestion", "--set", "use_cases=payment-fraud", "--set", "velocity=real-time")
    counts, _, unknown = done.stdout.partition("\nCounts so far\n")[2].partition("\nFailed\n")
    assert "Firehose needs at" in counts
    assert "caller_waits" in counts
    assert "Firehose needs at" not in unknown.partition("\nUnknown\n")[2].partition("\nWhat lost")[0]


# --- the front door ----------------------------------------------------------------------------------------------


def test_the_version_is_said(run: Run) -> None:
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"dataarch {__version__}\n", "")


def test_help_shows_the_front_door_first(run: Run) -> None:
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    commands = re.findall(r"^\W*([a-z]+) {2,}", done.stdout.partition("Commands")[2], re.MULTILINE)
    assert commands[:2] == ["recommend", "explain"]


@pytest.mark.parametrize("command", [["recommend"], ["explain"], ["rules"], ["rules", "check"]], ids=" ".join)
def test_every_command_has_help(run: Run, command: list[str]) -> None:
    done = run(*command, "-h")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: dataarch {' '.join(command)}" in done.stdout


def completed(run: Run, words: str) -> list[str]:
    """What a shell offers for the last of some words."""
    done = run(_DATAARCH_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(words.count(" ")))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_the_shell_is_given_a_script_that_completes(run: Run) -> None:
    done = run(_DATAARCH_COMPLETE="source_bash")
    assert done.returncode == 0
    assert "_DATAARCH_COMPLETE=complete_bash" in done.stdout
    assert re.search(r"^complete .* dataarch$", done.stdout, re.MULTILINE)


def test_the_shell_completes_commands_names_keys_and_values(run: Run, engine: Engine) -> None:
    assert completed(run, "dataarch ")[:2] == ["recommend", "explain"]
    assert set(engine.base.decisions) <= set(completed(run, "dataarch explain "))
    assert completed(run, "dataarch explain streaming-") == ["streaming-ingestion"]
    assert "kinesis-data-streams" in completed(run, "dataarch explain kinesis")
    assert completed(run, "dataarch recommend --set veloc") == ["velocity="]
    assert completed(run, "dataarch recommend --set velocity=near") == ["velocity=near-real-time"]
    assert completed(run, "dataarch recommend --format j") == ["json"]


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("decisions/ingestion/streaming-ingestion.yaml", "strength: strong", "strength: huge"),
        ("decisions/ingestion/streaming-ingestion.yaml", "selects: one", "selects: [one"),
        ("constraints.yaml", "reference: ", "reference: nowhere."),
    ],
    ids=["a word that is not known", "no YAML", "a reference that leads nowhere"],
)
def test_a_broken_rule_is_named_by_file_and_line(run: Run, tmp_path: Path, file: str, before: str, after: str) -> None:
    rules = tmp_path / "rules of mine"
    shutil.copytree(rules_folder(), rules)
    text = (rules / file).read_text(encoding="utf-8")
    line = text[: text.index(before)].count("\n") + 1
    (rules / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    done = run("rules", "check", "rules of mine")
    assert done.returncode == 1
    said = " ".join((done.stdout + done.stderr).split())
    assert re.search(rf"rules of mine/{re.escape(file)}:(\d+):", said), said
    lines = [int(number) for number in re.findall(rf"{re.escape(file)}:(\d+):", said)]
    assert min(abs(line - number) for number in lines) <= 2, (line, lines)
    assert "Traceback" not in said


def test_a_folder_that_holds_no_rules_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for folder in ("empty", "missing", "file"):
        done = run("rules", "check", folder)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"error: {folder}: ")
        assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="needs what Unix has")
def test_a_rule_file_that_cannot_be_read_is_an_error(run: Run, tmp_path: Path) -> None:
    shutil.copytree(rules_folder(), tmp_path / "rules")
    (tmp_path / "rules" / "gone.yaml").symlink_to("nowhere")
    done = run("rules", "check", "rules")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: rules/gone.yaml: cannot be read: no such file or directory.\n"
