"""A template gives one and the same project, from wherever and by whichever tool it is rendered."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ..conftest import ROOT
from ..test_package import Built, Installation, built, installation, program, run as run_program
from .conftest import PATTERNS, TEMPLATES, contents

__all__ = ["built", "installation"]  # fixtures

COOKIECUTTER = str(Path(sys.executable).with_name("cookiecutter"))


def execute(*command: object, cwd: Path, **env: str) -> None:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout


def cookiecutter(source: object, pattern: str, place: Path, *options: str) -> dict[str, bytes]:
    """The project that plain cookiecutter makes of a template's defaults, with a home folder of its own."""
    place.mkdir()
    home = place.with_name(f"{place.name}-home")
    home.mkdir()
    execute(COOKIECUTTER, source, *options, "--no-input", "--output-dir", place, cwd=place, HOME=str(home),
            XDG_CONFIG_HOME=str(home))  # fmt: skip
    return contents(place / pattern)


@pytest.fixture(params=PATTERNS)
def pattern(request: pytest.FixtureRequest) -> str:
    """Each pattern that has a template."""
    return str(request.param)


@pytest.fixture
def expected(pattern: str, tmp_path: Path) -> dict[str, bytes]:
    """The project that the checkout's dataarch makes."""
    place = tmp_path / "expected"
    place.mkdir()
    execute(sys.executable, "-m", "dataarch", "scaffold", pattern, "--no-git", cwd=place, PYTHONPATH=str(ROOT))
    found = contents(place / pattern)
    assert len(found) > 30
    return found


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with the templates as they are now."""
    place = tmp_path_factory.mktemp("repository") / "dataarch"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(TEMPLATES, place / "templates", ignore=ignored)
    shutil.copy(ROOT / ".gitattributes", place)
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    execute("git", "init", "-q", "-b", "main", cwd=place)
    execute("git", "add", "-A", cwd=place)
    execute("git", *identity, "commit", "-qm", "x", cwd=place)
    return place


def test_plain_cookiecutter_makes_the_same(pattern: str, expected: dict[str, bytes], tmp_path: Path) -> None:
    assert cookiecutter(TEMPLATES / pattern, pattern, tmp_path / "plain") == expected


def test_a_clone_makes_the_same_without_links_and_with_converted_lines(
    pattern: str, expected: dict[str, bytes], repository: Path, tmp_path: Path
) -> None:
    settings = ("-c", "core.symlinks=false", "-c", "core.autocrlf=true")
    execute("git", *settings, "clone", "-q", repository, "clone", cwd=tmp_path)
    assert cookiecutter(tmp_path / "clone/templates" / pattern, pattern, tmp_path / "a") == expected


def test_an_address_of_a_repository_makes_the_same(
    pattern: str, expected: dict[str, bytes], repository: Path, tmp_path: Path
) -> None:
    address = f"file://{repository}"  # cloned by cookiecutter itself
    bare = tmp_path / "bare.git"
    execute("git", "clone", "-q", "--bare", address, bare, cwd=tmp_path)
    made = cookiecutter(f"git+file://{bare}", pattern, tmp_path / "a", "--directory", f"templates/{pattern}")
    assert made == expected


def test_a_zip_archive_makes_the_same(
    pattern: str, expected: dict[str, bytes], repository: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "dataarch.zip"
    execute("git", "archive", "--format=zip", "--prefix=dataarch-1/", "-o", archive, "HEAD", cwd=repository)
    assert zipfile.is_zipfile(archive)
    assert cookiecutter(archive, pattern, tmp_path / "a", "--directory", f"templates/{pattern}") == expected


@pytest.mark.package
def test_a_wheel_makes_the_same(
    pattern: str, expected: dict[str, bytes], installation: Installation, tmp_path: Path
) -> None:
    run_program(program(installation, "dataarch"), "scaffold", pattern, "--no-git", cwd=tmp_path)
    assert contents(tmp_path / pattern) == expected


@pytest.mark.package
def test_a_wheel_holds_the_templates_and_nothing_that_was_compiled_from_them(built: Built) -> None:
    names = {name for name in zipfile.ZipFile(built.wheel).namelist() if name.startswith("dataarch/templates/")}
    assert {name.removeprefix("dataarch/templates/") for name in names} == set(contents(TEMPLATES)) - {
        name for name in contents(TEMPLATES) if "__pycache__" in name
    }
    assert contents(TEMPLATES)
