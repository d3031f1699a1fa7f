"""Every gap says what it fills, and has a test that fails without it."""

import ast
import importlib

import pytest

from local import LocalAwsError
from tests.local_aws.conftest import BASE, REPOSITORY, Start

pytestmark = pytest.mark.local_aws

GAPS: tuple[str, ...] = importlib.import_module("local.emulator.gaps").GAPS


def test_every_module_is_registered_once() -> None:
    modules = {path.stem for path in (BASE / "local/emulator/gaps").glob("*.py")} - {"__init__"}
    assert modules == set(GAPS)
    assert len(GAPS) == len(set(GAPS))


@pytest.mark.parametrize("gap", GAPS)
def test_a_gap_says_what_the_emulator_does_without_it(gap: str) -> None:
    module = ast.parse((BASE / f"local/emulator/gaps/{gap}.py").read_text())
    assert "emulator" in (ast.get_docstring(module) or "")
    fill = next(node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "fill")
    assert len(fill.args.args) == 1
    imported = [node.module or "" for node in ast.walk(module) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in imported if name.startswith("local.emulator.gaps")]


@pytest.mark.parametrize("gap", GAPS)
def test_a_gap_has_a_test_that_leaves_it_open(gap: str) -> None:
    assert f'without=["{gap}"]' in (REPOSITORY / f"tests/local_aws/test_{gap}.py").read_text()


def test_a_gap_that_does_not_exist_cannot_be_left_out(start: Start) -> None:
    with pytest.raises(LocalAwsError, match="LOCAL_AWS_WITHOUT names no gap: nothing; there are lake, "):
        start(without=["nothing"])
