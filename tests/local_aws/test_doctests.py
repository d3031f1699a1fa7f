"""The examples in the docstrings of the local AWS hold, each in the environment its module runs in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.local_aws.conftest import BASE

pytestmark = pytest.mark.local_aws

MODULES = sorted(
    path.relative_to(BASE).as_posix() for path in (BASE / "local").rglob("*.py") if "\n    >>> " in path.read_text()
)


@pytest.mark.parametrize("file", MODULES)
def test_examples_hold(file: str) -> None:
    python = os.environ["LOCAL_AWS_EMULATOR_PYTHON"] if "/emulator/" in file else sys.executable
    name = Path(file).with_suffix("").as_posix().replace("/", ".")
    script = (
        f"import doctest, sys, {name}; found = doctest.testmod(sys.modules['{name}']); "
        "sys.exit(found.failed or not found.attempted)"
    )
    path = os.pathsep.join([str(BASE), str(BASE / "local/runners/glue")])
    done = subprocess.run(
        [python, "-c", script], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
