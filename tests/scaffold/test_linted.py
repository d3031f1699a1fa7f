"""Every template and state machine of every project is linted once, and every project held to the controls of AWS."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .closed_services import KEPT, guard

SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"


def run(project: Path, linters: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs a command of the checks in a project."""
    path = f"{linters / SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | {"PATH": path}
    return subprocess.run(
        words, cwd=project, env=env, capture_output=True, text=True, encoding="utf-8", timeout=600, check=False
    )


@pytest.fixture(scope="session")
def linters(projects: dict[str, Path]) -> Path:
    """The environment of the checks, made as a project makes it; all projects have the same."""
    project = next(iter(projects.values()))
    done = subprocess.run(["make", ".venv-check/.ready"], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return project / ".venv-check"


def first_seen(projects: dict[str, Path], pattern: str) -> dict[Path, list[str]]:
    """Per project the files of infra/ that no project before it has, by their content."""
    seen: set[bytes] = set()
    found: dict[Path, list[str]] = {}
    for project in projects.values():
        for path in sorted((project / "infra").glob(pattern)):
            if (data := path.read_bytes()) not in seen:
                seen.add(data)
                found.setdefault(project, []).append(f"infra/{path.name}")
    return found


@pytest.mark.project
def test_every_template_is_clean(projects: dict[str, Path], linters: Path) -> None:
    count = 0
    for project, names in first_seen(projects, "*.yaml").items():
        done = run(project, linters, "cfn-lint", "--ignore-checks", "W3002", "--template", *names)
        assert done.returncode == 0, done.stdout
        count += len(names)
    assert count > len(projects)


@pytest.mark.project
def test_every_state_machine_is_clean(projects: dict[str, Path], linters: Path) -> None:
    found = first_seen(projects, "*.asl.json")
    assert found
    for project in found:
        done = run(project, linters, "python", "-m", "deploy.state_machines")
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.project
def test_every_project_holds_to_the_controls_or_says_why_not(projects: dict[str, Path], linters: Path) -> None:
    for id, project in projects.items():
        done = run(project, linters, "python", "-m", "deploy.guard")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), id


@pytest.mark.project
@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("storage.yaml", "RestrictPublicBuckets: true", "RestrictPublicBuckets: false", "LakeBucket: [CT.S3.PR.1]"),
        ("storage.yaml", "EnableKeyRotation: true", "EnableKeyRotation: false", "storage.yaml: DataKey: [CT.KMS.PR.1]"),
        ("storage.yaml", "Effect: Deny", "Effect: Allow", "storage.yaml: LakeBucketPolicy: [CT.S3.PR.8]"),
        ("storage.yaml", "AWS::KMS::Alias", "AWS::Kendra::Index", "[closed-service] Amazon Kendra is closed to new"),
        ("drift.yaml", "- Sid: Log\n                Effect", "- Effect", "DriftRole: [roles-say-what-for]"),
        ("drift.yaml", "RetentionInDays: !If [IsProd, 90, 14]", "Tags: []", "DriftLogs: [log-groups-expire]"),
        ("guard/excused.yaml", "artifacts.yaml/Bucket", "a.yaml/B", "(CT.S3.PR.10): a.yaml/B is excused for nothing"),
        ("guard/excused.yaml", "because: It holds", "why: It holds", "entry 6: an excuse has control, because and"),
    ],
    ids=lambda value: value.partition(":")[0].replace("\n", " "),
)
def test_what_does_not_hold_is_said(
    projects: dict[str, Path], linters: Path, tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    source = next(project for id, project in projects.items() if id.startswith("fraud-detection"))
    for folder in ("infra", "infra/guard", "deploy"):
        (tmp_path / folder).mkdir()
        for path in (source / folder).iterdir():
            if path.is_file():
                (tmp_path / folder / path.name).write_bytes(path.read_bytes())
    path = tmp_path / "infra" / name
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new))
    done = run(tmp_path, linters, "python", "-m", "deploy.guard")
    assert done.returncode == 1
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_closed_services_are_those_of_the_rules() -> None:
    assert KEPT.read_text(encoding="utf-8") == guard(), "make it anew: python -m tests.scaffold.closed_services"


def test_a_rule_for_closed_services_names_real_types() -> None:
    assert "qldb_is_closed" in guard()
    assert re.search(r"AWS::\(Pinpoint::ApplicationSettings\|.*PinpointEmail::\.\*\)", guard())
    assert "Pinpoint::App)" not in guard()
    assert "Pinpoint::App|" not in guard()
