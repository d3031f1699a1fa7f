"""The rules listed, shown, and their examples run; the catalogue in the documentation is that of the rules."""

from __future__ import annotations

from pathlib import Path

from dataarch.engine.engine import Engine
from dataarch.render import catalogue, markdown

from .conftest import ROOT, Run

MAKE = "dataarch rules list --format markdown --output docs/rules.md --force makes it anew"


def test_the_catalogue_is_that_of_the_rules(engine: Engine) -> None:
    kept = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
    assert kept == markdown.document(engine.base, catalogue.whole(engine.base)), MAKE


def test_the_list_has_every_decision_question_and_pattern(run: Run, engine: Engine) -> None:
    shown = run("rules", "list", COLUMNS="200").stdout
    for id in [*engine.base.decisions, *engine.base.questions, *engine.base.patterns]:
        assert id in shown


def test_a_rule_is_shown_by_its_name_alone_or_with_its_decision(run: Run) -> None:
    alone, whole = run("rules", "show", "kafka-all-four"), run("rules", "show", "streaming-ingestion.kafka-all-four")
    assert alone.stdout == whole.stdout
    assert "decisive" in alone.stdout
    assert "rules/decisions/ingestion/streaming-ingestion.yaml:" in alone.stdout


def test_the_rules_of_a_decision_are_shown(run: Run, engine: Engine) -> None:
    shown = run("rules", "show", "warehouse", COLUMNS="200").stdout
    assert all(one.id in shown for one in engine.base.decisions["warehouse"].criteria if not one.derived)


def test_a_rule_that_does_not_exist_is_named_with_the_nearest(run: Run) -> None:
    done = run("rules", "show", "kafka-all-for")
    assert done.returncode == 2
    assert "Did you mean 'kafka-all-four'?" in done.stderr


def test_the_examples_of_a_file_are_run(run: Run, tmp_path: Path) -> None:
    file = "decisions/ingestion/streaming-ingestion.examples.yaml"
    assert run("rules", "test", str(ROOT / "rules" / file)).stdout.endswith("examples come out as they say\n")
    wrong = (ROOT / "rules" / file).read_text(encoding="utf-8").replace("choice: msk", "choice: eventbridge", 1)
    (tmp_path / "streaming-ingestion.examples.yaml").write_text(wrong, encoding="utf-8")
    done = run("rules", "test", "streaming-ingestion.examples.yaml")
    assert done.returncode == 1
    assert "msk came out" in done.stdout
