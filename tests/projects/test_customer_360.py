"""The customer-360 project, made and run as its owner would, whole and broken on purpose."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import Made, processes, run, sound
from .faults import change, every_step_is_realised, without_statement

pytestmark = pytest.mark.project

PATTERN = "customer-360"


@pytest.mark.variant("checks of customer-360")
def test_its_own_checks_find_nothing(copy: Made) -> None:
    sound(copy())


def test_it_runs_from_the_sources_to_the_next_best_action(copy: Made) -> None:
    project = copy()
    done = run(project, "make", "run")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "every record is in one customer or in quarantine" in done.stdout
    sent, placed = re.search(r"sources hold +([\d,]+)\n +in exactly one customer +([\d,]+)", done.stdout).groups()  # type: ignore[union-attr]
    assert sent == placed
    model, rule = re.search(r"\(recall\) +([\d.]+)% +([\d.]+)%", done.stdout).groups()  # type: ignore[union-attr]
    assert float(model) > float(rule) + 5
    assert "Without a signature: 403" in done.stdout
    page = (project / ".local" / "customer-360.html").read_text(encoding="utf-8")
    assert "Every record of a source is in exactly one customer" in page
    assert not processes(project)


def test_its_own_tests_pass(copy: Made) -> None:
    done = run(copy(), "make", "test")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


# The first ones are found by the project's unit tests, the others on its local AWS.
@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        pytest.param("lib/identity.py", "given.get(place) or new_id", "new_id", id="ids that do not stay"),
        pytest.param("infra/flows.yaml", "BucketPrefix: raw/crm/contacts", "BucketPrefix: raw/crm", id="a flow astray"),
        pytest.param("src/act/decide.py", 'if not consent["profiling"]:', "if False:", id="profiled without consent"),
        pytest.param(
            "lib/value.py", "np.log1p(row.lately)])", "np.log1p(row.later)])", id="a prediction from what comes later"
        ),
        pytest.param(
            "lib/tables.py",
            '    ("birth-date-unreadable", "birth_text IS NOT NULL AND birth_date IS NULL"),\n',
            "",
            id="a rule of quality forgotten",
        ),
        pytest.param(
            "views/10-customers.sql",
            "ON p.record_id = c.record_id",
            "ON p.record_id = c.record_id AND p.source <> 'sap'",
            id="a source left out of the profiles",
        ),
        pytest.param("jobs/publish.py", 'row["marketing"] == "true" and ', "", id="audiences without consent"),
    ],
)
def test_a_planted_fault_makes_its_tests_fail(copy: Made, path: str, old: str, new: str) -> None:
    project = copy()
    change(project / path, old, new)
    done = run(project, "make", "test", "ARGS=-x")
    assert done.returncode != 0
    assert re.search(r"^(FAILED|ERROR) \S+", done.stdout, re.MULTILINE), done.stdout[-2000:]


@pytest.mark.parametrize(
    ("template", "sid"),
    [
        ("clickstream.yaml", "WriteDeliveries"),
        ("processing.yaml", "ReadRewriteAndDelete"),
        ("processing.yaml", "RunJobs"),
        ("activation.yaml", "ReadProfiles"),
    ],
)
def test_a_removed_permission_makes_its_tests_fail(copy: Made, template: str, sid: str) -> None:
    project = copy()
    without_statement(project / "infra" / template, sid)
    done = run(project, "make", "test", "ARGS=-x")
    assert done.returncode != 0
    assert re.search(r"^(FAILED|ERROR) \S+", done.stdout, re.MULTILINE), done.stdout[-2000:]


def test_every_step_of_the_pattern_is_a_resource_and_a_path(whole: Path) -> None:
    every_step_is_realised(PATTERN, whole)
