"""Dependencies run one way, and what costs time is loaded by those who need it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = "dataarch"

# Lowest first. A module imports its own line and the lines above it. A name stands for all that is below it, but the
# longest name that fits counts.
LAYERS = [
    ["dataarch", "dataarch.errors", "dataarch.spelling"],
    ["dataarch.quantity", "dataarch.yamltree", "dataarch.files"],
    ["dataarch.scaffold.template", "dataarch.scaffold.naming", "dataarch.scaffold.destination"],
    ["dataarch.rulebase"],
    ["dataarch.profile"],
    ["dataarch.engine"],
    ["dataarch.consequences", "dataarch.subject", "dataarch.uses"],
    ["dataarch.leading"],
    ["dataarch.changes"],
    ["dataarch.recommendation"],
    ["dataarch.comparison", "dataarch.explanation", "dataarch.picture", "dataarch.relevance"],
    ["dataarch.estimate", "dataarch.interview"],
    ["dataarch.prompt"],
    ["dataarch.check", "dataarch.render"],
    ["dataarch.scaffold"],
    ["dataarch.api"],
    ["dataarch.serve"],
    ["dataarch.cli", "dataarch.__main__"],
]
FRONT = ("dataarch.cli", "dataarch.render", "dataarch.prompt", "dataarch.scaffold.project")
FOR_THE_FRONT = {"typer", "click", "rich", "questionary", "cookiecutter", "jinja2", "prompt_toolkit"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted((ROOT / PACKAGE).rglob("*.py"))}


def imports(module: str, *, when_loaded: bool = False) -> Iterator[str]:
    """Every module that a module imports, wherever it does so, or only those that loading it loads."""
    pending: list[ast.AST] = [ast.parse(MODULES[module].read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if when_loaded and (isinstance(node, ast.FunctionDef | ast.Lambda) or is_for_types(node)):
            continue
        pending += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}:{node.lineno} imports relatively"
            source = node.module or ""
            for name in node.names:
                inner = f"{source}.{name.name}"
                yield inner if inner in MODULES else source


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def own_imports(module: str, *, when_loaded: bool = False) -> set[str]:
    return {name for name in imports(module, when_loaded=when_loaded) if name.split(".")[0] == PACKAGE}


def layer(module: str) -> int:
    """The number of a module's line in LAYERS, or -1."""
    if module == PACKAGE:
        return 0
    places = {name: number for number, names in enumerate(LAYERS) for name in names if name != PACKAGE}
    while module:
        if module in places:
            return places[module]
        module = module.rpartition(".")[0]
    return -1


def loaded(*arguments: str, **environment: str) -> set[str]:
    """The modules that a new Python loads in a run that ends well, however abruptly."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | environment,
    )
    assert run.returncode == 0, run.stderr
    lines = run.stderr.splitlines()
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}


def loaded_by_command(cache: str, *arguments: str) -> set[str]:
    names = loaded("-m", PACKAGE, *arguments, XDG_CACHE_HOME=cache)
    assert "dataarch.recommendation" in names
    return names


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_its_own_layer_and_those_below(module: str) -> None:
    own = layer(module)
    assert own >= 0, f"{module} has no place in LAYERS"
    above = sorted(name for name in own_imports(module) if layer(name) > own)
    assert not above, f"{module} imports {', '.join(above)} from above"


def test_every_layer_is_inhabited() -> None:
    gone = [name for names in LAYERS for name in names if name not in MODULES]
    assert not gone


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {module: own_imports(module, when_loaded=True) - {module} for module in MODULES}
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("module", [module for module in MODULES if not module.startswith(FRONT)])
def test_the_core_knows_nothing_of_screens_and_templates(module: str) -> None:
    assert not FOR_THE_FRONT & {name.split(".")[0] for name in imports(module)}


def test_the_list_of_commands_loads_nothing_that_a_command_needs() -> None:
    names = loaded("-c", "import dataarch.cli.app")
    assert "dataarch.cli.app" in names
    assert not {"rich", "yaml", "dataarch.engine", "dataarch.rulebase", "dataarch.render"} & names


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A cache folder in which the rules stand compiled, as they do in an installation."""
    folder = str(tmp_path_factory.mktemp("cache"))
    assert "yaml" in loaded_by_command(folder, "recommend", "--set", "use_cases=payment-fraud", "--format", "json")
    return folder


def test_a_recommendation_from_set_to_json_reads_no_yaml_and_draws_nothing(cache: str) -> None:
    names = loaded_by_command(cache, "recommend", "--set", "use_cases=payment-fraud", "--format", "json")
    assert not {"yaml", "rich", "jinja2", "questionary"} & names


def test_a_recommendation_from_json_answers_to_json_reads_no_yaml_and_draws_nothing(cache: str, tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text('{"use_cases": ["payment-fraud"], "velocity": "real-time"}', encoding="utf-8")
    names = loaded_by_command(cache, "recommend", "--answers", str(answers), "--format", "json")
    assert not {"yaml", "rich", "jinja2", "questionary"} & names
