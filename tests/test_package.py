"""The package as it is installed: what it holds, and that it says the same as the checkout wherever it stands."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from sysconfig import get_path
from typing import NamedTuple

import pytest

from dataarch import __version__

ROOT = Path(__file__).parent.parent
WORKLOAD = ["recommend", "--set", "use_cases=payment-fraud", "--set", "velocity=real-time", "--format", "json"]

pytestmark = pytest.mark.package


class Built(NamedTuple):
    """What `python -m build` made: `wheel` from the source distribution, `direct` straight from the checkout."""

    sdist: Path
    wheel: Path
    direct: Path


class Installation(NamedTuple):
    """A virtual environment that dataarch is installed in."""

    folder: Path
    package: Path

    @property
    def compiled(self) -> Path:
        """The one compiled form that was shipped."""
        [path] = (self.package / "compiled").iterdir()
        return path


def run(*command: object, cwd: Path, cache: Path | None = None) -> bytes:
    """The standard output of a command that succeeds. Without a cache folder no home can be written, not by root."""
    nowhere = f"{os.devnull}/nowhere"
    environment = os.environ | {"HOME": nowhere, "XDG_CACHE_HOME": str(cache or nowhere)}
    for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONHOME"):
        environment.pop(name, None)
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
    return done.stdout


def install(what: Path, folder: Path, *options: str) -> Installation:
    """An installation of a wheel, a source distribution or a folder that asks nothing of a network.

    What dataarch depends on, and what builds it, is that of the environment that runs the tests.
    """
    venv.create(folder, symlinks=os.name != "nt")
    site = Path(get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    (site / "dependencies.pth").write_text(get_path("purelib") + "\n", encoding="utf-8")
    installation = Installation(folder, site / "dataarch")
    offline = ["--no-deps", "--no-index", "--no-cache-dir", "--no-build-isolation", "--ignore-installed", "-q"]
    pip = [sys.executable, "-m", "pip", "--python", program(installation, "python"), "install"]
    run(*pip, *offline, *options, what, cwd=folder)
    return installation


def program(installation: Installation, name: str) -> Path:
    """A program of an installation."""
    scripts = Path(get_path("scripts", "venv", {"base": str(installation.folder)}))
    return scripts / (f"{name}.exe" if os.name == "nt" else name)


def contents(folder: Path) -> dict[str, tuple[int, int]]:
    """The size and time of every file below a folder."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder, direct = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("direct")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", direct, ROOT, cwd=folder)
    [sdist], [wheel], [straight] = folder.glob("*.tar.gz"), folder.glob("*.whl"), direct.glob("*.whl")
    return Built(sdist, wheel, straight)


@pytest.fixture(scope="module")
def installation(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return install(built.wheel, tmp_path_factory.mktemp("wheel") / "venv")


@pytest.fixture(scope="module")
def expected() -> bytes:
    """What the checkout prints, from rules that it reads and compiles itself."""
    return run(sys.executable, "-m", "dataarch", *WORKLOAD, cwd=ROOT)


@pytest.fixture
def compiled(installation: Installation) -> Iterator[Path]:
    """The shipped compiled form, to be damaged."""
    path = installation.compiled
    content = path.read_bytes()
    yield path
    path.write_bytes(content)


def test_the_wheel_holds_the_package_with_its_rules_and_nothing_beside_it(built: Built) -> None:
    names = zipfile.ZipFile(built.wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"dataarch", f"dataarch-{__version__}.dist-info"}
    rules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "rules").rglob("*.yaml")}
    assert {name.removeprefix("dataarch/") for name in names if name.startswith("dataarch/rules/")} == rules
    assert {"dataarch/py.typed", f"dataarch-{__version__}.dist-info/licenses/LICENSE"} <= set(names)
    assert not [name for name in names if "__pycache__" in name]


def test_a_wheel_is_the_same_from_the_checkout_and_from_the_source_distribution(built: Built) -> None:
    one, other = zipfile.ZipFile(built.wheel), zipfile.ZipFile(built.direct)
    assert {name: one.read(name) for name in one.namelist()} == {name: other.read(name) for name in other.namelist()}


def test_the_source_distribution_can_be_tested_and_read(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {PurePosixPath(*PurePosixPath(name).parts[1:]) for name in archive.getnames()}
    for wanted in (".ci/build_hook.py", "CHANGELOG.md", "LICENSE", "Makefile", "docs", "examples", "rules", "tests"):
        assert any(name.is_relative_to(wanted) for name in names), f"{wanted} is missing"
    assert not [name for name in names if name.is_relative_to("dataarch/compiled") or "__pycache__" in name.parts]


def test_an_installed_wheel_says_what_the_checkout_says(
    installation: Installation, expected: bytes, tmp_path: Path
) -> None:
    assert run(program(installation, "dataarch"), "--version", cwd=tmp_path).decode() == f"dataarch {__version__}\n"
    assert run(program(installation, "dataarch"), *WORKLOAD, cwd=tmp_path) == expected


def test_an_installed_source_distribution_says_what_the_checkout_says(
    built: Built, expected: bytes, tmp_path: Path
) -> None:
    installed = install(built.sdist, tmp_path / "venv")
    assert installed.compiled.is_file()
    assert run(program(installed, "dataarch"), "--version", cwd=tmp_path).decode() == f"dataarch {__version__}\n"
    assert run(program(installed, "dataarch"), *WORKLOAD, cwd=tmp_path) == expected


def test_an_editable_install_reads_the_rules_of_the_checkout(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    for part in ("dataarch", "rules", ".ci"):
        shutil.copytree(ROOT / part, checkout / part, ignore=shutil.ignore_patterns("__pycache__", "compiled"))
    for part in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / part, checkout)
    installed = install(checkout, tmp_path / "venv", "--editable")
    where = "from dataarch.engine.store import rules_folder; print(rules_folder())"
    assert run(program(installed, "python"), "-c", where, cwd=tmp_path).decode().strip() == str(checkout / "rules")
    assert not installed.package.exists()


def test_an_installation_uses_what_was_compiled_with_it(
    installation: Installation, expected: bytes, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    assert run(program(installation, "dataarch"), *WORKLOAD, cwd=tmp_path, cache=cache) == expected
    assert not cache.exists()


def test_an_installation_that_cannot_be_written_is_not_written(
    installation: Installation, compiled: Path, expected: bytes, tmp_path: Path
) -> None:
    compiled.unlink()  # so that there would be something to write
    before = contents(installation.folder)
    paths = [installation.folder, *installation.folder.rglob("*")]
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in paths if not path.is_symlink()}
    for path, mode in modes.items():
        path.chmod(mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    try:
        assert run(program(installation, "dataarch"), *WORKLOAD, cwd=tmp_path) == expected
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
    assert contents(installation.folder) == before, "root may write anywhere, and dataarch did"


def flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda content: content[: len(content) // 2], id="cut in half"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(flip, id="one bit"),
        pytest.param(lambda _: b'{"document": [], "graph": null}', id="JSON of another shape"),
        pytest.param(lambda content: content.partition(b"\n")[0] + b'\n{"document": []}', id="another body"),
    ],
)
def test_a_damaged_compiled_form_changes_no_byte(
    damage: Callable[[bytes], bytes], installation: Installation, compiled: Path, expected: bytes, tmp_path: Path
) -> None:
    compiled.write_bytes(damage(compiled.read_bytes()))
    assert run(program(installation, "dataarch"), *WORKLOAD, cwd=tmp_path) == expected


def test_without_its_compiled_form_it_compiles_the_rules_and_keeps_them_for_the_next_time(
    installation: Installation, compiled: Path, expected: bytes, tmp_path: Path
) -> None:
    name, cache = compiled.name, tmp_path / "cache"
    compiled.unlink()
    assert run(program(installation, "dataarch"), *WORKLOAD, cwd=tmp_path, cache=cache) == expected
    assert [path.name for path in (cache / "dataarch").iterdir()] == [name]
    assert run(program(installation, "dataarch"), *WORKLOAD, cwd=tmp_path, cache=cache) == expected
