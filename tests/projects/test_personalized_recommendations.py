"""The personalized-recommendations project, made and run as its owner would, whole and broken on purpose."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import Made, processes, run, sound
from .faults import change, every_step_is_realised, without_statement

pytestmark = pytest.mark.project

PATTERN = "personalized-recommendations"


@pytest.mark.variant("checks of personalized-recommendations")
def test_its_own_checks_find_nothing(copy: Made) -> None:
    sound(copy())


def test_it_runs_end_to_end(copy: Made) -> None:
    project = copy()
    done = run(project, "make", "run")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "everything told = everything kept" in done.stdout
    assert re.search(r" missing +0\n +sent by nobody +0\n +differing +0\n", done.stdout), done.stdout
    assert re.search(r"poisoned events +6\n", done.stdout)
    low, high = re.search(r"above popularity by (\S+) to (\S+)", done.stdout).groups()  # type: ignore[union-attr]
    assert 0 < float(low) < float(high)
    page = (project / ".local" / "recommendations.html").read_text(encoding="utf-8")
    assert "How recommendations change as events arrive" in page
    assert "<script" not in page
    assert not processes(project)


def test_its_tests_pass(copy: Made) -> None:
    project = copy()
    done = run(project, "make", "test")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert not processes(project)


@pytest.mark.variant("personalized-recommendations with Glue")
def test_the_variant_on_glue_learns_from_what_the_views_call_clean(copy: Made) -> None:
    project = copy(data_preparation="glue")
    (project / ".venv").unlink()  # Spark is in an environment of its own
    wanted = "tests/unit tests/end_to_end/test_training.py -k 'not training or views_call_clean'"
    done = run(project, "make", "test", f"ARGS={wanted}")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.parametrize(
    ("template", "sid", "tests"),
    [
        ("serving.yaml", "AskTheModel", "end_to_end/test_pipeline.py"),
        ("serving.yaml", "TellTheModel", "end_to_end/test_pipeline.py"),
        ("serving.yaml", "ChangeItems", "end_to_end/test_pipeline.py"),
        ("serving.yaml", "KeepAnswers", "end_to_end/test_pipeline.py"),
        ("delivery.yaml", "WriteDeliveries", "end_to_end/test_pipeline.py"),
        ("training.yaml", "LendTheImportRole", "end_to_end/test_pipeline.py"),
        ("personalize.yaml", "ReadWhatWasPrepared", "end_to_end/test_pipeline.py"),
        ("personalize.yaml", "KeepCampaigns", "end_to_end/test_pipeline.py"),
        ("retraining.yaml", "StartTheRetraining", "end_to_end/test_weekly_training.py"),
        ("training.yaml", "SwitchCampaigns", "end_to_end/test_weekly_training.py"),
    ],
)
def test_a_removed_permission_makes_its_tests_fail(copy: Made, template: str, sid: str, tests: str) -> None:
    project = copy()
    without_statement(project / "infra" / template, sid)
    fails(project, tests)


@pytest.mark.parametrize(
    ("path", "old", "new", "tests"),
    [
        pytest.param(
            "infra/delivery.yaml", "Prefix: dead-letter/dt=", "Prefix: lost/dt=", "end_to_end/test_pipeline.py",
            id="the dead-letter target moved",
        ),
        pytest.param(
            "src/track/take.py", "letters.append(_letter(id, str(error), json.dumps(one)))", "pass",
            "unit/test_take.py", id="poisoned events dropped",
        ),
        pytest.param(
            "src/track/take.py", '"tracked": tracked, ', '"tracked": True, ', "unit/test_take.py",
            id="what the tracker lacks is never imported",
        ),
        pytest.param(
            "views/20-judged-interactions.sql", "WHEN n.nth > 1 THEN 'duplicate'", "WHEN n.nth > 9 THEN 'duplicate'",
            "end_to_end/test_pipeline.py", id="duplicates kept",
        ),
        pytest.param(
            "infra/personalize.yaml", 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("purchase")\n        | EXCLUDE',
            "EXCLUDE", "end_to_end/test_pipeline.py", id="what was bought is offered again",
        ),
        pytest.param(
            "src/recommend/answer.py", "and one.item not in who.bought", "", "unit/test_answer.py",
            id="the fallback forgets a filter",
        ),
        pytest.param(
            "src/recommend/answer.py", 'if answer["source"] != "fallback":', "if True:", "unit/test_answer.py",
            id="a fallback is cached",
        ),
        pytest.param(
            "src/train/step.py", "LEAST_INTERACTIONS, LEAST_USERS = 1000, 25", "LEAST_INTERACTIONS, LEAST_USERS = 1, 1",
            "end_to_end/test_training.py", id="no minimum",
        ),
        pytest.param(
            "src/train/step.py", "if found[\"solutionVersionArn\"] == version:", "if True:",
            "end_to_end/test_weekly_training.py", id="a weekly model never answers",
        ),
        pytest.param("infra/serving.yaml", "RouteKey: GET /popular\n      AuthorizationType: AWS_IAM",
            "RouteKey: GET /popular\n      AuthorizationType: NONE", "unit/test_recommendation_infra.py",
            id="an open route"),
    ],
)  # fmt: skip
def test_a_planted_fault_makes_its_tests_fail(copy: Made, path: str, old: str, new: str, tests: str) -> None:
    project = copy()
    change(project / path, old, new)
    fails(project, tests)


def fails(project: Path, tests: str) -> None:
    """Asserts that the project's own tests fail, those that are about the fault first."""
    done = run(project, "make", "test", f"ARGS=-x tests/{tests}")
    assert done.returncode != 0
    assert re.search(r"^(FAILED|ERROR) \S+", done.stdout, re.MULTILINE), done.stdout[-2000:]


def test_every_step_of_the_pattern_is_a_resource_and_a_path(whole: Path) -> None:
    every_step_is_realised(PATTERN, whole)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("event_id,user_id\n", "these columns are missing: item_id"),
        (None, "cannot be read: No such file or directory."),
    ],
)
def test_own_data_that_cannot_be_used_are_one_sentence(copy: Made, content: str | None, said: str) -> None:
    project = copy()
    (project / "own").mkdir()
    if content is not None:
        (project / "own" / "interactions.csv").write_text(content)
    done = run(project, "make", "run", "ARGS=--data own")
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not processes(project)
