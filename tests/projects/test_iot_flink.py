"""The event-driven IoT project with Managed Flink, in an environment of its own, for Flink is large."""

from __future__ import annotations

import re
import time
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
    gone(project)


def gone(project: Path) -> None:
    """Asserts that no process is left; a Java that was killed takes a moment to give its memory back."""
    deadline = time.monotonic() + 10
    while left := processes(project):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def test_its_tests_pass_and_every_step_is_there(project: Path) -> None:
    every_step_is_realised(PATTERN, project)
    done = run(project, "make", "test", timeout=1800)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.parametrize(
    ("path", "old", "new", "tests"),
    [
        pytest.param(
            "flink/sql/60-late.sql",
            "WHERE is_late IS TRUE;",
            "WHERE is_late IS TRUE AND sent_at < 0;",
            "tests/end_to_end/test_pipeline.py -k every_message",
            id="late readings dropped",
        ),
        pytest.param(
            "flink/sql/30-views.sql",
            "WHERE copy = 1;",
            "WHERE copy >= 1;",
            "tests/end_to_end/test_pipeline.py -k every_message",
            id="repeated readings counted",
        ),
        pytest.param(
            "flink/sql/30-views.sql",
            "a.name, a.site, a.line,",
            "a.name, a.line AS site, a.site AS line,",
            "tests/end_to_end/test_pipeline.py -k windows_hold",
            id="another site of the machine",
        ),
        pytest.param(
            "flink/sql/40-windows.sql",
            "INTERVAL '1' MINUTE, INTERVAL '5' MINUTES",
            "INTERVAL '1' MINUTE, INTERVAL '4' MINUTES",
            "tests/end_to_end/test_pipeline.py -k windows_hold",
            id="windows of four minutes",
        ),
        pytest.param(
            "flink/sql/50-alerts.sql",
            "PATTERN (before first_one same{5})",
            "PATTERN (before first_one same{500})",
            "tests/end_to_end/test_pipeline.py -k machines_that_fail",
            id="no sensor sticks",
        ),
        pytest.param(
            "flink/main.py",
            '    for name, value in given.get("configuration", {}).items():\n        settings.set(name, value)\n',
            "",
            "tests/end_to_end/test_restart.py",
            id="no checkpoints",
        ),
        pytest.param(
            "infra/stream.yaml",
            "kinesis:GetRecords",
            "kinesis:PutRecord",
            "tests/end_to_end/test_pipeline.py",
            id="the stream may not be read",
        ),
    ],
)
def test_a_planted_fault_makes_its_tests_fail(project: Path, path: str, old: str, new: str, tests: str) -> None:
    text = (project / path).read_text(encoding="utf-8")
    change(project / path, old, new)
    try:
        done = run(project, "make", "test", f"ARGS=-x {tests}")
    finally:
        (project / path).write_text(text, encoding="utf-8")
    assert done.returncode != 0
    assert re.search(r"^(FAILED|ERROR) \S+", done.stdout, re.MULTILINE), done.stdout[-2000:]
