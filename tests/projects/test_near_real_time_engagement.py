"""The project for near real-time customer engagement, made and run as its owner would, whole and broken on purpose."""

from __future__ import annotations

import re

import pytest

from .conftest import Made, processes, run, sound
from .faults import change, every_step_is_realised, without_statement

pytestmark = pytest.mark.project

PATTERN = "near-real-time-engagement"


@pytest.mark.variant("checks of near-real-time-engagement")
def test_its_own_checks_find_nothing(copy: Made) -> None:
    sound(copy())


def test_it_runs_end_to_end_and_accounts_for_every_message(copy: Made) -> None:
    project = copy()
    done = run(project, "make", "run", env={"LOCAL_AWS_PORT": "0"})
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert done.stdout.count("by id: intended = sent + suppressed + failed + uncertain") == 2
    assert len(re.findall(r"missing in the lake +0\n", done.stdout)) == 2
    sent = [int(count) for count in re.findall(r"^ +sent +(\d+)$", done.stdout, re.MULTILINE)]
    assert len(sent) == 2
    assert sent[0] > 120
    assert sent[1] > 30
    model, rule = re.search(r"PR-AUC\) +([\d.]+) +([\d.]+)", done.stdout).groups()  # type: ignore[union-attr]
    assert float(model) > float(rule)
    assert "What the offer changed" in (project / "report.html").read_text()
    assert not processes(project)


def test_its_tests_pass(copy: Made) -> None:
    project = copy()
    done = run(project, "make", "test", env={"LOCAL_AWS_PORT": "0"})
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.variant("near-real-time-engagement with Quick Sight")
def test_the_variant_with_a_dashboard_passes_its_tests_too(copy: Made) -> None:
    project = copy(consumption="athena+quicksight")
    done = run(project, "make", "test", "ARGS=tests/unit tests/end_to_end/test_dashboard_stack.py")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    every_step_is_realised(PATTERN, project)


def test_every_step_of_the_pattern_is_a_resource_and_a_path(copy: Made) -> None:
    every_step_is_realised(PATTERN, copy())


def fails(copy: Made, path: str, old: str, new: str, which: str) -> None:
    project = copy()
    if old:
        change(project / path, old, new)
    else:
        without_statement(project / path, new)
    done = run(project, "make", "test", f"ARGS=-x {which}", env={"LOCAL_AWS_PORT": "0"})
    assert done.returncode != 0
    assert re.search(r"^(FAILED|ERROR) \S+", done.stdout, re.MULTILINE), done.stdout[-2000:]


MESSAGES = "tests/end_to_end/test_messages.py -k"


@pytest.mark.parametrize(
    ("template", "sid", "which"),
    [
        ("messaging.yaml", "SendEmail", f'{MESSAGES} "has_an_end"'),
        ("reactions.yaml", "CloseContactPoints", f'{MESSAGES} "opens_clicks"'),
        ("messaging.yaml", "ResumeCampaigns", "tests/end_to_end/test_breaker.py"),
        ("delivery.yaml", "BringIntoForm", f'{MESSAGES} "has_an_end"'),
        ("scoring.yaml", "WriteScores", "tests/end_to_end/test_model.py"),
        ("retraining.yaml", "StartTraining", 'tests/end_to_end/test_model.py -k "schedule_trains"'),
        ("retraining.yaml", "AskAthena", 'tests/end_to_end/test_model.py -k "schedule_trains"'),
        ("retraining.yaml", "WriteTrainingData", "tests/unit/test_engage_infra.py"),
    ],
)
def test_a_removed_permission_makes_its_tests_fail(copy: Made, template: str, sid: str, which: str) -> None:
    fails(copy, f"infra/{template}", "", sid, which)


@pytest.mark.parametrize(
    ("path", "old", "new", "which"),
    [
        pytest.param(
            "src/engage/claim.py",
            " AND consent = :given",
            "",
            f'{MESSAGES} "opts_out"',
            id="consent not looked at again",
        ),
        pytest.param(
            "src/engage/sweep.py",
            '        if message["kind"] == "marketing":\n',
            "        if False:\n",
            f'{MESSAGES} "crash"',
            id="marketing sent twice after a crash",
        ),
        pytest.param(
            "src/engage/lake.py",
            '        return {"recordId": one["recordId"], "result": "ProcessingFailed", "data": one["data"]}',
            '        return {"recordId": one["recordId"], "result": "Dropped", "data": one["data"]}',
            "tests/unit",
            id="malformed events dropped",
        ),
        pytest.param(
            "infra/delivery.yaml",
            "ErrorOutputPrefix: dead-letter/events/",
            "ErrorOutputPrefix: dead-letter/lost/",
            f'{MESSAGES} "dead_letter"',
            id="the dead-letter target moved",
        ),
        pytest.param(
            "src/engage/resolve.py",
            "bad / sent >= most",
            "bad / sent > 2",
            f'{MESSAGES} "storm"',
            id="no campaign is ever paused",
        ),
        pytest.param(
            "src/engage/resolve.py",
            '    if event["kind"] != "marketing":\n        return\n',
            "",
            "tests/end_to_end/test_breaker.py",
            id="bills held back by a storm",
        ),
        pytest.param(
            "src/engage/resolve.py",
            '        store.close_point(event["customer"], event["channel"], "complained")\n',
            '        if store.note(id, "seen_at", event["at"]):\n'
            '            store.close_point(event["customer"], event["channel"], "complained")\n',
            "tests/end_to_end/test_crashes.py",
            id="an address that stays open after a crash",
        ),
        pytest.param(
            "views/30-customer-features.sql",
            "r.day > date_add('day', -90, s.snapshot) AND r.day <= s.snapshot",
            "r.day > date_add('day', -90, s.snapshot)",
            "tests/end_to_end/test_model.py",
            id="features that know the future",
        ),
    ],
)
def test_a_planted_fault_makes_its_tests_fail(copy: Made, path: str, old: str, new: str, which: str) -> None:
    fails(copy, path, old, new, which)
