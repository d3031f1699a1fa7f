"""What tests share: the engine of the built-in rules, and a command line run as a real process."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from dataarch.engine.engine import Engine
from dataarch.engine.store import open_engine

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

# A cache of this session alone: what an earlier state of the compiler has kept must not be tested.
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="dataarch-tests-")
atexit.register(shutil.rmtree, os.environ["XDG_CACHE_HOME"], ignore_errors=True)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The built-in rule base."""
    return open_engine()


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `dataarch` as a process of its own in an empty folder."""

    def run(*arguments: str, text: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dataarch", *arguments],
            input=text if text is not None else "",
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", **env},
            timeout=120,
            check=False,
        )

    return run
