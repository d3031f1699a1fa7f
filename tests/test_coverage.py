"""The statements of the whitepaper: each has a fate, what carries one matters, and the page says what the rules say."""

from __future__ import annotations

from collections import Counter

import pytest

from dataarch.check.coverage import CARRIED, INFORMATION, LEFT_OUT, Section, Statement, read_coverage, uncarried
from dataarch.check.examples import read_examples
from dataarch.engine.engine import Engine
from dataarch.engine.store import rules_folder
from dataarch.errors import Place
from dataarch.render import coverage
from dataarch.rulebase.fields import Findings

from .conftest import ROOT, Run


@pytest.fixture(scope="module")
def sections(engine: Engine) -> list[Section]:
    findings = Findings()
    found = read_coverage(engine, rules_folder(), "rules/", findings)
    assert findings.found == []
    return found


def test_the_page_is_current(engine: Engine, sections: list[Section]) -> None:
    page = (ROOT / "docs/coverage.md").read_text(encoding="utf-8")
    again = "make it anew: dataarch rules coverage --output docs/coverage.md --force"
    assert page == coverage.text(engine.base, sections), again


def test_the_command_prints_the_page(run: Run) -> None:
    assert run("rules", "coverage").stdout == (ROOT / "docs/coverage.md").read_text(encoding="utf-8")


def test_a_carried_statement_names_a_rule_without_which_an_example_fails(
    engine: Engine, sections: list[Section]
) -> None:
    examples = read_examples(engine, rules_folder(), "rules/", Findings())
    assert uncarried(engine, sections, examples) == []


def test_a_statement_that_no_example_needs_is_found(engine: Engine, sections: list[Section]) -> None:
    examples = [one for one in read_examples(engine, rules_folder(), "rules/", Findings()) if one.decision != "pattern"]
    found = uncarried(engine, sections, examples)
    assert any("'fraud-idea'" in one.message for one in found)


def test_the_fates_are_counted_apart(engine: Engine, sections: list[Section]) -> None:
    counts = Counter(one.fate for section in sections for one in section.statements)
    assert counts[CARRIED] > 100
    assert all(one.why for section in sections for one in section.statements if one.fate != CARRIED)
    total = f"| **All** | **{counts[CARRIED]}** | **{counts[INFORMATION]}** | **{counts[LEFT_OUT]}** |"
    assert total in coverage.text(engine.base, sections)


def test_every_part_of_the_whitepaper_that_decides_has_statements(sections: list[Section]) -> None:
    spoken_of = {one.reference for section in sections for one in section.statements}
    parts = ("customer-360", "iot", "recommendations", "engagement", "fraud", "considerations", "databases",
             "analytics", "ml", "modern-architecture")  # fmt: skip
    assert {f"wp.{part}" for part in parts} <= spoken_of


def test_what_is_wrong_with_a_statement_is_found(engine: Engine, tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "coverage.yaml").write_text(
        "sections:\n- title: A\n  statements:\n"
        "  - {id: a, reference: wp.fraud, says: A., carried_by: [pattern.nothing]}\n"
        "  - {id: a, reference: wp.fraud, says: A., information: B., left_out: C.}\n"
    )
    findings = Findings()
    found = read_coverage(engine, str(folder), "here/", findings)
    said = " ".join(one.message for one in findings.found)
    assert "'nothing'" in said
    assert "needs one of" in said
    assert "stands twice" in said
    assert found[0].statements[0] == Statement(
        "a", "wp.fraud", "A.", CARRIED, [], [], "", Place("here/coverage.yaml", 4)
    )
