"""The event-driven IoT project, made and run as its owner would, whole and broken on purpose."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import Made, processes, run, sound
from .faults import change, every_step_is_realised, without_statement

pytestmark = pytest.mark.project

PATTERN = "iot-event-driven"


@pytest.mark.variant("checks of iot-event-driven")
def test_its_own_checks_find_nothing(copy: Made) -> None:
    sound(copy())


def test_it_runs_end_to_end_twice_and_finds_every_message(copy: Made) -> None:
    project = copy()
    for _ in range(2):
        done = run(project, "make", "run", env={"LOCAL_AWS_PORT": "0"})
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
        assert "sent = in the lake + dead letters" in done.stdout
        sent = re.search(r"sent, every copy counted +([\d,]+)\n", done.stdout)
        assert sent
        assert int(sent[1].replace(",", "")) > 2900
        assert re.search(r"readings in the lake with a score +2,880\n", done.stdout), done.stdout
        assert re.search(r"missing +0\n", done.stdout)
        assert "sensor-sticks m05" in done.stdout
    page = (project / ".local" / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 3
    assert "sensor-sticks" in page  # the second shift has no other alert
    assert not processes(project)


def test_its_tests_pass(copy: Made) -> None:
    done = run(copy(), "make", "test")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.variant("iot-event-driven from real sensors")
def test_a_model_of_real_sensors_is_worth_what_the_readme_says(copy: Made) -> None:
    project = copy()
    done = run(project, "make", "run", "ARGS=--data real", env={"LOCAL_AWS_PORT": "0"})
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    readme = (project / "README.md").read_text(encoding="utf-8")
    for name in ("the model", "a limit for each sensor"):
        shown = re.search(rf"^{name} +([\d.]+) +([\d.]+)% +([\d.]+)%$", done.stdout, re.MULTILINE)
        stated = re.search(rf"^\| {name}.* \| ([\d.]+) \| ([\d.]+) % \| ([\d.]+) % \|$", readme, re.MULTILINE)
        assert shown, done.stdout
        assert stated
        measured = [float(one) for one in shown.groups()]
        assert [float(one) for one in stated.groups()] == pytest.approx(measured, rel=0.02)


@pytest.mark.parametrize(
    ("template", "sid"),
    [
        ("devices.yaml", "ConnectAsItself"),
        ("scoring.yaml", "AskTheModel"),
        ("scoring.yaml", "KeepDeadLetters"),
        ("processing.yaml", "RememberDevices"),
        ("processing.yaml", "ReadTheAssetTable"),
        ("processing.yaml", "KeepLateReadings"),
        ("stream.yaml", "WriteTheStream"),
        ("stream.yaml", "ReadTheStream"),
    ],
)
def test_a_removed_permission_makes_its_tests_fail(copy: Made, template: str, sid: str) -> None:
    project = copy()
    without_statement(project / "infra" / template, sid)
    fails(project)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        pytest.param(
            "infra/delivery.yaml", "Prefix: dead-letter/dt=", "Prefix: lost/dt=", id="the dead-letter target moved"
        ),
        pytest.param(
            "src/score/score.py",
            '    deliver(firehose, os.environ["REJECTED_STREAM"], rejected)\n',
            "",
            id="malformed messages dropped",
        ),
        pytest.param("src/window/panes.py", "if minute <= device.closed:", "if False:", id="late readings not told"),
        pytest.param(
            "src/window/panes.py",
            "if seq in device.panes.get(minute, {}) or seq in device.seen_late:",
            "if False:",
            id="repeated readings taken for late ones",
        ),
        pytest.param("devices/outbox.py", "ORDER BY place LIMIT", "ORDER BY place DESC LIMIT", id="outbox backwards"),
        pytest.param("infra/devices.yaml", "PartitionKey: ${topic(2)}", "PartitionKey: ${newuuid()}", id="no order"),
        pytest.param("views/10-readings.sql", "WHERE delivery = 1", "WHERE delivery >= 1", id="readings counted twice"),
    ],
)
def test_a_planted_fault_makes_its_tests_fail(copy: Made, path: str, old: str, new: str) -> None:
    project = copy()
    change(project / path, old, new)
    fails(project)


def fails(project: Path) -> None:
    done = run(project, "make", "test", "ARGS=-x")
    assert done.returncode != 0
    assert re.search(r"^(FAILED|ERROR) \S+", done.stdout, re.MULTILINE), done.stdout[-2000:]


def test_every_step_of_the_pattern_is_a_resource_and_a_path(whole: Path) -> None:
    every_step_is_realised(PATTERN, whole)
