"""The customer-360 project with its profiles as a graph, in an environment of its own: each language has an engine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import made_with_environments, processes, run
from .faults import change, every_step_is_realised, without_statement

pytestmark = pytest.mark.project

PATTERN = "customer-360"
LANGUAGES = [
    pytest.param("opencypher", marks=pytest.mark.variant("customer-360 as a graph, asked in openCypher")),
    pytest.param("sparql", marks=pytest.mark.variant("customer-360 as a graph, asked in SPARQL")),
]


@pytest.fixture(scope="module", params=LANGUAGES)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp(request.param) / "made-project"
    return made_with_environments(place, PATTERN, profile_store="neptune", graph_language=request.param)


def test_it_runs_end_to_end(project: Path) -> None:
    done = run(project, "make", "run", env={"LOCAL_AWS_PORT": "0"})
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "every record is in one customer or in quarantine" in done.stdout
    assert not processes(project)


def test_its_tests_pass_and_every_step_is_there(project: Path) -> None:
    every_step_is_realised(PATTERN, project)
    done = run(project, "make", "test", timeout=1800)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        pytest.param("infra/profiles.yaml", "LoadAskAndForget", "", id="no permission to ask the graph"),
        pytest.param(
            "src/graph/graph.py",
            "    s3.delete_object(Bucket=lake, Key=GONE)",
            "    print(GONE)",
            id="the names of the forgotten are kept",
        ),
        pytest.param(
            "layers/graph/python/language.py",
            "in edges.items():",
            "in {}.items():",
            id="relationships that ended stay",
        ),
    ],
)
def test_what_is_broken_makes_its_tests_fail(project: Path, path: str, old: str, new: str) -> None:
    text = (project / path).read_text(encoding="utf-8")
    if new:
        change(project / path, old, new)
    else:
        without_statement(project / path, old)
    try:
        done = run(project, "make", "test", "ARGS=-x tests/end_to_end/test_graph.py", timeout=1800)
    finally:
        (project / path).write_text(text, encoding="utf-8")
    assert done.returncode != 0
    assert re.search(r"^(FAILED|ERROR) \S+", done.stdout, re.MULTILINE), done.stdout[-2000:]
