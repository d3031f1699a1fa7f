"""The event-driven IoT project with Managed Flink, in an environment of its own, for Flink is large."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import made_with_environments, processes, run
from .faults import change, every_step_is_realised

pytestmark = [pytest.mark.project, pytest.mark.variant("iot-event-driven with Managed Flink")]

PATTERN = "iot-event-driven"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("flink") / "made-project"
    chosen = {"stream_processing": "managed-flink", "stream_capacity": "kinesis-provisioned"}
    return made_with_environments(place, PATTERN, **chosen)


def test_it_runs_end_to_end_and_every_reading_is_in_a_window_or_late(project: Path) -> None:
    done = run(project, "make", "run", env={"LOCAL_AWS_PORT": "0"})
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "sent = in the lake + dead letters" in done.stdout
    assert "sensor-sticks m05" in done.stdout
    assert not processes(project)


def test_its_tests_pass_and_every_step_is_there(project: Path) -> None:
    every_step_is_realised(PATTERN, project)
    done = run(project, "make", "test", timeout=1800)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_late_readings_that_are_dropped_make_its_tests_fail(project: Path) -> None:
    path = project / "flink" / "sql" / "60-late.sql"
    change(path, "WHERE is_late IS TRUE;", "WHERE is_late IS TRUE AND sent_at < 0;")
    done = run(project, "make", "test", "ARGS=-x tests/end_to_end/test_restart.py tests/end_to_end/test_pipeline.py")
    change(path, "WHERE is_late IS TRUE AND sent_at < 0;", "WHERE is_late IS TRUE;")
    assert done.returncode != 0
    assert re.search(r"^(FAILED|ERROR) \S+", done.stdout, re.MULTILINE), done.stdout[-2000:]
