"""Projects that are made and run: their environments are made once, each test works on a copy of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from dataarch.scaffold.project import make, plan
from dataarch.scaffold.template import open_template, plain

ENVIRONMENTS = (".venv", ".venv-local")

Made = Callable[..., Path]

FAULTS = ("test_a_removed_permission_makes_its_tests_fail", "test_a_planted_fault_makes_its_tests_fail")
SHARE = 6
"""Of so many faults, and of so many variants, one is tried for a commit and others for the next; EVERY_TURN=1 tries
all of them."""

_MADE: dict[str, Path] = {}
"""The whole project of each pattern, made once for all modules."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps the faults, in each module, and the variants whose turn it is by the commit."""
    if os.environ.get("EVERY_TURN"):
        return
    turn = _turn()
    faults: Counter[str] = Counter()
    variants: dict[str, int] = {}
    left_out = []
    for item in items:
        variant = item.get_closest_marker("variant")
        if variant:
            place = variants.setdefault(variant.args[0], len(variants))
        elif getattr(item, "originalname", "") in FAULTS:
            module = item.nodeid.partition("::")[0]
            place = faults[module]
            faults[module] += 1
        else:
            continue
        if place % SHARE != turn:
            left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _turn() -> int:
    """A number below SHARE that follows from the commit; 0 where there is none."""
    asked = ("git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD")
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return int(done.stdout.strip() or "0", 16) % SHARE


def run(
    project: Path, *words: str, timeout: float = 900, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a command in a project, without what the tests' own environment says about Python and AWS."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "VIRTUAL_"))}
    return subprocess.run(
        words,
        cwd=project,
        env={**kept, **(env or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )


def processes(project: Path) -> set[int]:
    """The processes that work in or for a project, by their folder or command line (Linux)."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode(errors="replace")
            if str(project) in command or str((process / "cwd").readlink()).startswith(str(project)):
                found.add(int(process.name))
        except OSError:
            continue
    return found


def made_with_environments(place: Path, pattern: str, **chosen: str) -> Path:
    """A project with environments of its own, made by its own `make setup`."""
    template = open_template(pattern)
    make(plan(template, str(place), plain(template, "made-project") | chosen), git=False)
    done = run(place, "make", "setup", timeout=1800)
    assert done.returncode == 0, done.stderr
    return place


def sound(project: Path) -> None:
    """Passes where the linters, the controls and the types of a project have nothing to say (`make check`)."""
    done = run(project, "make", "check")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.fixture(scope="module")
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default project of the PATTERN of a test module, with its environments, made by its own `make setup`."""
    pattern = request.module.PATTERN
    if pattern not in _MADE:
        _MADE[pattern] = made_with_environments(tmp_path_factory.mktemp("made") / "made-project", pattern)
    return _MADE[pattern]


@pytest.fixture
def copy(request: pytest.FixtureRequest, whole: Path, tmp_path: Path) -> Iterator[Made]:
    """Makes a copy of the project that shares its environments: `copy(inference_serving="sagemaker-endpoint")`."""
    made: list[Path] = []

    def copied(**chosen: str) -> Path:
        project = tmp_path / f"project-{len(made)}"
        if chosen:
            template = open_template(request.module.PATTERN)
            make(plan(template, str(project), plain(template, "made-project") | chosen), git=False)
        else:
            left_out = shutil.ignore_patterns(*ENVIRONMENTS, ".local", "__pycache__")
            shutil.copytree(whole, project, ignore=left_out)
        for name in ENVIRONMENTS:
            (project / name).symlink_to(whole / name)
        made.append(project)
        return project

    yield copied
    for project in made:
        run(project, ".venv/bin/python", "-m", "local", "down")
