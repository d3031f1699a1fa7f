"""`rules check` finds what is wrong with a rule base, and shows a profile for which it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dataarch.check.check import Report, check

from .bases import QUESTIONS, _question

SOURCE = {"because": "So it is.", "reference": "r"}
CRITERION = {**SOURCE, "basis": "project", "since": "2022-08-03"}


def favours(id: str, option: str, strength: str, when: Any, **more: Any) -> dict[str, Any]:
    return {"id": id, "favours": option, "strength": strength, "when": when, **CRITERION, **more}


def checked(folder: Path, *criteria: dict[str, Any], options: str = "ab", **more: Any) -> Report:
    """The report on a base with one decision, `first`, between options a, b, …"""
    decision = {
        "id": "first", "title": "First", "question": "Which?", "selects": "one", "reviewed": "2026-11-23",
        "reference": "r", "order": "As it comes.", "options": [{"id": o, "summary": "One."} for o in options],
        "criteria": list(criteria), **more,
    }  # fmt: skip
    files = {
        "base.yaml": {"version": "1", "reviewed": "2026-11-23", "whitepaper": "2022-08-03"},
        "references/r.yaml": {"documents": [{"id": "r", "title": "R", "publisher": "P", "address": "https://r"}]},
        "questions/all.yaml": {"id": "all", "title": "A", "order": "1", "questions": [_question(q) for q in QUESTIONS]},
        "decisions/layer/first.yaml": decision,
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=1))
    return check(str(folder))


def messages(report: Report) -> list[str]:
    """What was found, but for what the examples and questions of such a small base leave out."""
    left_out = ("in no example", "no example of", "no example says", "nothing looks at")
    return [str(finding) for finding in report.findings if not any(said in str(finding) for said in left_out)]


def test_a_sound_base_has_no_findings(tmp_path: Path) -> None:
    report = checked(
        tmp_path, favours("x", "a", "moderate", {"ready": "yes"}), favours("y", "b", "strong", {"colour": "red"})
    )
    assert messages(report) == []


def test_two_decisive_criteria_that_can_hold_together(tmp_path: Path) -> None:
    report = checked(
        tmp_path, favours("x", "a", "decisive", {"ready": "yes"}), favours("y", "b", "decisive", {"colour": "red"})
    )
    (found,) = messages(report)
    assert "'x' and 'y'" in found
    assert "colour=red ready=yes" in found
    assert found.startswith(str(tmp_path / "decisions/layer/first.yaml"))


def test_decisive_criteria_that_exclude_each_other_are_fine(tmp_path: Path) -> None:
    report = checked(
        tmp_path, favours("x", "a", "decisive", {"colour": "blue"}), favours("y", "b", "decisive", {"colour": "red"})
    )
    assert messages(report) == []


def test_a_profile_for_which_every_option_is_ruled_out(tmp_path: Path) -> None:
    report = checked(
        tmp_path,
        {"id": "x", "rules_out": "a", "when": {"ready": "yes"}, **CRITERION},
        {"id": "y", "rules_out": "b", "when": {"weight": {"at_least": "2 kB"}}, **CRITERION},
    )
    (found,) = messages(report)
    assert "every option of 'first' is ruled out" in found
    assert "ready=yes weight=2 kB" in found


def test_an_option_that_never_wins(tmp_path: Path) -> None:
    report = checked(
        tmp_path,
        favours("x", "a", "strong", "always"),
        favours("y", "b", "slight", {"ready": "yes"}),
    )
    assert any("no profile chooses the option 'b'" in message for message in messages(report))


def test_an_option_that_wins_only_while_an_answer_is_unknown_does_not_win(tmp_path: Path) -> None:
    report = checked(
        tmp_path,
        favours("x", "a", "strong", {"ready": "yes"}),
        favours("y", "a", "strong", {"ready": "no"}),
        favours("z", "b", "slight", "always"),
    )
    assert any("no profile chooses the option 'b'" in message for message in messages(report))


def test_a_criterion_that_changes_nothing(tmp_path: Path) -> None:
    never = {"all": [{"colour": "red"}, {"colour": "blue"}]}
    report = checked(
        tmp_path,
        favours("x", "a", "moderate", {"ready": "yes"}),
        favours("y", "b", "strong", {"colour": "red"}),
        favours("z", "a", "strong", never),
    )
    (found,) = messages(report)
    assert "'z'" in found
    assert "dead" in found


def test_a_criterion_that_changes_only_the_order_of_the_first_two_or_a_confidence_lives(tmp_path: Path) -> None:
    report = checked(
        tmp_path,
        favours("x", "a", "strong", "always"),
        favours("y", "b", "slight", {"ready": "yes"}),
        favours("more", "a", "slight", {"colour": "red"}),
        options="abc",
    )
    dead = [message for message in messages(report) if "dead" in message]
    assert dead == []


def test_a_criterion_whose_days_are_over_before_the_whitepaper(tmp_path: Path) -> None:
    report = checked(
        tmp_path,
        favours("x", "a", "moderate", {"ready": "yes"}),
        favours("y", "b", "strong", {"colour": "red"}, since="2010-01-01", until="2011-01-01", superseded_by="w"),
        favours("w", "b", "strong", {"colour": "red"}),
    )
    (found,) = messages(report)
    assert "'y'" in found
    assert "no day" in found


def test_a_criterion_that_lives_only_on_an_earlier_day_lives(tmp_path: Path) -> None:
    report = checked(
        tmp_path,
        favours("x", "a", "moderate", {"ready": "yes"}),
        favours("y", "b", "strong", {"colour": "red"}, until="2024-01-01", superseded_by="w"),
        favours("w", "b", "strong", {"colour": "green"}, since="2024-01-01"),
    )
    assert messages(report) == []


def test_a_reason_that_another_covers(tmp_path: Path) -> None:
    reasons = [{"id": "wide", "when": {"colour": ["red", "blue"]}, **SOURCE}]
    reasons.append({"id": "narrow", "when": {"colour": "red"}, **SOURCE})
    report = checked(
        tmp_path,
        favours("x", "a", "moderate", {"ready": "yes"}),
        favours("y", "b", "strong", {"weight": {"below": "1 kB"}}),
        applies_when=reasons,
    )
    (found,) = messages(report)
    assert "'narrow'" in found


def test_an_example_that_does_not_come_out_as_it_says(tmp_path: Path) -> None:
    file = tmp_path / "decisions/layer/first.examples.yaml"
    file.parent.mkdir(parents=True)
    example = {"it": "prefers b", "answers": {"ready": "yes"}, "choice": "b"}
    file.write_text(json.dumps({"decision": "first", "examples": [example]}))
    report = checked(
        tmp_path, favours("x", "a", "moderate", {"ready": "yes"}), favours("y", "b", "strong", {"colour": "red"})
    )
    (found,) = messages(report)
    assert "prefers b" in found
    assert "a came out" in found


def said(report: Report, words: str) -> list[str]:
    return [str(finding) for finding in report.findings if words in str(finding)]


def with_examples(folder: Path, *answers: dict[str, Any], **more: Any) -> None:
    file = folder / "decisions/layer/first.examples.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    found = [{"it": f"is {n}", "answers": one, "choice": "a", **more} for n, one in enumerate(answers)]
    file.write_text(json.dumps({"decision": "first", "examples": found}))


def test_a_criterion_that_holds_only_where_another_does_has_to_say_so(tmp_path: Path) -> None:
    wide = favours("wide", "a", "moderate", {"colour": ["red", "green"]})
    other = favours("other", "b", "strong", {"ready": "yes"})
    narrow = {"all": [{"colour": "red"}, {"weight": {"below": "1 kB"}}]}
    for more, count in (({}, 1), ({"beside": ["wide"]}, 0), ({"refines": ["wide"]}, 0)):
        report = checked(tmp_path, wide, other, favours("narrow", "a", "moderate", narrow, **more))
        assert len(said(report, "'narrow' of 'first' holds only where 'wide' does")) == count


def test_a_criterion_that_no_example_exercises(tmp_path: Path) -> None:
    with_examples(tmp_path, {"ready": "yes"})
    report = checked(
        tmp_path, favours("x", "a", "moderate", {"ready": "yes"}), favours("y", "b", "strong", {"colour": "red"})
    )
    (found,) = said(report, "holds in no example")
    assert "'y'" in found


def test_a_threshold_of_which_examples_show_one_side(tmp_path: Path) -> None:
    criteria = (
        favours("x", "a", "moderate", {"weight": {"at_least": "2 kB"}}),
        favours("y", "b", "strong", {"colour": "red"}),
    )
    with_examples(tmp_path, {"weight": "2 kB"})
    assert len(said(checked(tmp_path, *criteria), "has a weight just below 2 kB (1 kB to 4 kB)")) == 1
    with_examples(tmp_path, {"weight": "4 kB"}, {"weight": "999 B"})
    assert len(said(checked(tmp_path, *criteria), "at or just above or just below 2 kB")) == 1
    with_examples(tmp_path, {"weight": "2 kB"}, {"weight": "1999 B"})
    assert said(checked(tmp_path, *criteria), "has a weight") == []


def test_an_example_says_since_when_what_it_names_counts(tmp_path: Path) -> None:
    criteria = (
        favours("x", "a", "moderate", {"ready": "yes"}, since="2024-05-01"),
        favours("y", "b", "strong", {"colour": "red"}),
    )
    wanted = "no example says that 'x' counts from 2024-05-01 on (because: [x], from: 2024-05-01)"
    with_examples(tmp_path, {"ready": "yes"}, because=["x"])
    assert len(said(checked(tmp_path, *criteria), wanted)) == 1
    with_examples(tmp_path, {"ready": "yes"}, because=["x"], **{"from": "2024-05-01"})
    assert messages(checked(tmp_path, *criteria)) == said(checked(tmp_path, *criteria), "no example says") == []
    for day, when in (("2024-05-02", "already on 2024-05-01"), ("2024-04-30", "not yet on 2024-04-30")):
        with_examples(tmp_path, {"ready": "yes"}, because=["x"], **{"from": day})
        assert len(said(checked(tmp_path, *criteria), f"what it names counts {when}")) == 1


def test_an_example_says_until_when_what_it_names_counts(tmp_path: Path) -> None:
    criteria = (
        favours("x", "a", "moderate", {"ready": "yes"}, until="2024-05-01", superseded_by="y"),
        favours("y", "b", "strong", {"colour": "red"}),
    )
    wanted = "no example says that 'x' still counts on 2024-04-30 (because: [x], as_of: 2024-04-30)"
    with_examples(tmp_path, {"ready": "yes"}, because=["x"], as_of="2024-04-29")
    assert len(said(checked(tmp_path, *criteria), wanted)) == 1
    with_examples(tmp_path, {"ready": "yes"}, because=["x"], as_of="2024-04-30")
    assert messages(checked(tmp_path, *criteria)) == said(checked(tmp_path, *criteria), "no example says") == []


def test_a_code_that_is_no_region_is_named(tmp_path: Path) -> None:
    service = {"id": "s", "name": "S", "history": [], "reference": "r"}
    lacking = {"regions": ["ap- southeast-7", "eu-west-1"], "seen": "2026-11-25", "reference": "r"}
    (tmp_path / "services").mkdir()
    (tmp_path / "services/own.yaml").write_text(json.dumps({"services": [{**service, "lacking": lacking}]}))
    found = said(checked(tmp_path, favours("x", "a", "moderate", {"ready": "yes"})), "is no code of a Region")
    assert len(found) == 1
    assert "'ap- southeast-7'" in found[0]


def test_what_is_no_resource_type_is_named(tmp_path: Path) -> None:
    service = {"id": "s", "name": "S", "history": [], "reference": "r", "resource_types": ["AWS::QLDB::*", "AWS::QLDB"]}
    (tmp_path / "services").mkdir()
    (tmp_path / "services/own.yaml").write_text(json.dumps({"services": [service]}))
    found = said(checked(tmp_path, favours("x", "a", "moderate", {"ready": "yes"})), "is no resource type")
    assert len(found) == 1
    assert "'AWS::QLDB'" in found[0]


def test_a_service_that_some_regions_lack_excuses_no_option_that_nothing_speaks_for(tmp_path: Path) -> None:
    services = [
        {
            "id": "own",
            "name": "Own",
            "history": [],
            "reference": "r",
            "lacking": {"resource": "A::B", "regions": ["eu-west-1"], "seen": "2026-11-01", "reference": "r"},
        }
    ]
    (tmp_path / "services").mkdir()
    (tmp_path / "services/all.yaml").write_text(json.dumps({"services": services}))
    criteria = (favours("x", "a", "moderate", {"ready": "yes"}), favours("y", "b", "strong", {"colour": "red"}))
    checked(tmp_path, *criteria, options="abc")
    for name, change in (
        ("base", {"residency": {"question": "place", "when": {"ready": "no"}, "strength": "strong"}}),
        ("decisions/layer/first", {"options": [{"id": o, "summary": "One.", **({"service": "own"} if o == "c" else {})}
                                               for o in "abc"]}),
    ):  # fmt: skip
        path = tmp_path / f"{name}.yaml"
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
    found = messages(check(str(tmp_path)))
    assert any("no profile chooses the option 'c' of 'first'" in one for one in found), found


def test_a_profile_that_cannot_be_excuses_no_option(tmp_path: Path) -> None:
    report = checked(
        tmp_path,
        favours("x", "a", "moderate", {"ready": "yes"}),
        favours("y", "b", "strong", {"all": [{"parts": "none"}, {"parts": "left"}]}),
    )
    assert any("no profile chooses the option 'b'" in one for one in messages(report)), messages(report)


def test_an_example_says_how_much_speaks_for_an_option(tmp_path: Path) -> None:
    criteria = (
        favours("x", "a", "moderate", {"ready": "yes"}),
        favours("y", "b", "slight", {"colour": ["red", "blue"]}),
    )
    with_examples(tmp_path, {"ready": "yes", "colour": "red"}, points={"a": 3, "b": 1})
    assert messages(checked(tmp_path, *criteria)) == []
    with_examples(tmp_path, {"ready": "yes"}, points={"a": 9})
    assert len(said(checked(tmp_path, *criteria), "a has 3 points, and not 9")) == 1
    with_examples(tmp_path, {"ready": "yes"}, points={"c": 9, "b": "many"})
    found = messages(checked(tmp_path, *criteria))
    assert any("the option 'c' is not known" in one for one in found)
    assert any("the points of 'b' must be a whole number" in one for one in found)


def test_a_question_that_nothing_looks_at(tmp_path: Path) -> None:
    report = checked(
        tmp_path, favours("x", "a", "moderate", {"ready": "yes"}), favours("y", "b", "strong", {"colour": "red"})
    )
    assert {line.rpartition("'")[0].rpartition("'")[2] for line in said(report, "nothing looks at")} == {
        "parts", "weight", "depth",
    }  # fmt: skip


@pytest.mark.parametrize("falls_away", [{}, {"falls_away": "There is no weight to speak of."}])
def test_a_step_that_no_decision_realises_for_a_profile_that_the_pattern_is_for(
    tmp_path: Path, falls_away: dict[str, str]
) -> None:
    pattern = {
        "id": "pattern", "title": "P", "question": "Which?", "selects": "one", "reviewed": "2026-11-23",
        "reference": "r", "order": "As it comes.", "options": [{"id": o, "summary": "One."} for o in ("own", "none")],
        "criteria": [favours("p", "own", "strong", {"colour": "red"}), favours("n", "none", "moderate", "always")],
    }  # fmt: skip
    own = {"id": "own", "title": "O", "summary": "S.", "reference": "r", "steps": [
        {"id": "first-step", "title": "F", "reference": "r", "decisions": ["first"], **falls_away},
    ]}  # fmt: skip
    for name, content in (("decisions/pattern.yaml", pattern), ("patterns/own.yaml", own)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content))
    reasons = [{"id": "heavy", "when": {"weight": {"at_least": "1 kB"}}, **SOURCE}]
    report = checked(
        tmp_path,
        favours("x", "a", "moderate", {"ready": "yes"}),
        favours("y", "b", "strong", {"ready": "no"}),
        applies_when=reasons,
    )
    found = said(report, "no decision realises the step 'first-step' of 'own'")
    assert len(found) == (0 if falls_away else 1)
    assert all("colour=red" in line and "weight=" in line for line in found)


BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("an unknown key", {"becuase": "x"}, "did you mean 'because'"),
    ("a missing reference", {"reference": None}, "lacks the key 'reference'"),
    ("a reference that nothing defines", {"reference": "rr"}, "the reference 'rr' is not known"),
    ("an option that nothing defines", {"favours": "c"}, "the option 'c' is not known"),
    ("a strength that is none", {"strength": "big"}, "'strength'"),
    ("a question that nothing defines", {"when": {"color": "red"}}, "did you mean 'colour'"),
    ("a value that nothing defines", {"when": {"colour": "reed"}}, "did you mean 'red'"),
    ("a bound without a unit", {"when": {"weight": {"below": "3"}}}, "no unit"),
    ("a decision that nothing defines", {"when": {"decision": {"firstt": "a"}}}, "did you mean 'first'"),
    ("a condition that is a text", {"when": "sometimes"}, "condition"),
    ("a service that nothing defines", {"when": {"lacking": "kinesiss"}}, "the service with regions 'kinesiss'"),
    ("a capital in free text", {"when": {"place": "Berlin"}}, "'Berlin' cannot be told in free text"),
    ("the word for all other texts", {"when": {"place": "another"}}, "'another' cannot be told in free text"),
    ("a date that is none", {"since": "03.08.2022"}, "YYYY-MM-DD"),
    ("an end without a successor", {"until": "2024-01-01"}, "superseded_by"),
    ("two effects at once", {"against": "b"}, "needs one of"),
    ("a refinement of another option", {"refines": ["y"]}, "speaks of another option"),
    ("a refinement of what is stronger", {"refines": ["w"]}, "stronger than it"),
    ("a decision that depends on itself", {"when": {"decision": {"first": "a"}}}, "circle"),
]


@pytest.mark.parametrize(("change", "said"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_what_is_structurally_wrong_is_named_with_file_and_line(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    criterion = {**favours("x", "a", "moderate", {"ready": "yes"}), **change}
    others = (favours("y", "b", "strong", {"colour": "red"}), favours("w", "a", "strong", {"colour": "blue"}))
    report = checked(tmp_path, criterion, *others)
    assert said.lower() in "\n".join(messages(report)).lower()
    assert all(".yaml:" in message for message in messages(report))


def test_everything_that_is_wrong_is_said_in_one_go(tmp_path: Path) -> None:
    wrong = [{**favours(f"c{n}", "a", "moderate", {"ready": "yes"}), "reference": f"no-{n}"} for n in range(5)]
    report = checked(tmp_path, *wrong)
    assert len([message for message in messages(report) if "no-" in message]) == 5
