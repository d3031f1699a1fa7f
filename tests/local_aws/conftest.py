"""The local AWS under test: its environment is made once, instances are started as tests ask for them."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
BASE = REPOSITORY / "templates" / "_shared" / "base"
sys.path.insert(0, str(BASE))

from local import LocalAws  # noqa: E402  # lies in the template, as it will lie in a project

Start = Callable[..., LocalAws]


def environment_of(name: str, requirements: str, *options: str) -> Path:
    """Returns the Python of a cached environment with these requirements, made at its first use, by one process."""
    folder = REPOSITORY / f".venv-{name}"
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _made(folder, requirements, options)


def _made(folder: Path, requirements: str, options: Sequence[str]) -> Path:
    mark = hashlib.sha256(requirements.encode()).hexdigest()
    python = folder / "bin" / "python"
    stamp = folder / ".complete"
    if stamp.exists() and stamp.read_text() == mark:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=not shutil.which("uv"))
    listed = folder / "requirements.txt"
    listed.write_text(requirements)
    pip = (
        ["uv", "pip", "install", "--quiet", "--python", str(python)]
        if shutil.which("uv")
        else [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    )
    subprocess.run([*pip, *options, "-r", str(listed)], check=True)
    stamp.write_text(mark)
    return python


@pytest.fixture(scope="session", autouse=True)
def _emulator_environment() -> Iterator[None]:
    """Makes the emulator's environment once, and names it to `local`."""
    requirements = (BASE / "requirements" / "emulator.txt").read_text()
    python = environment_of("local-aws", requirements, "--require-hashes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCAL_AWS_EMULATOR_PYTHON", str(python))
        # Every instance on a port of its own: the usual one may be somebody's, and is tried by its own test.
        patch.setenv("LOCAL_AWS_PORT", "0")
        yield


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """A running local AWS with every gap filled, shared by the session; tests name their own buckets and tables."""
    with LocalAws(tmp_path_factory.mktemp("aws")) as running:
        yield running


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a local AWS of one's own: `start(without=["lake"])`; stopped after the test."""
    with ExitStack() as stack:

        def begin(without: Sequence[str] = (), folder: Path | None = None) -> LocalAws:
            place = folder or tmp_path / f"aws-{os.urandom(4).hex()}"
            return stack.enter_context(LocalAws(place, without=without))

        yield begin


@pytest.fixture(scope="session")
def spark_python() -> Path:
    """The Python of an environment with Spark, as a project's that has Glue jobs."""
    return environment_of("local-spark", "pyspark==3.5.6\nboto3==1.43.106\nduckdb==2.0.0\nsetuptools\n")


@pytest.fixture(scope="session")
def flink_python() -> Path:
    """The Python of an environment with Flink."""
    return environment_of("local-flink", "apache-flink==2.2.1\nsetuptools<81\n")
