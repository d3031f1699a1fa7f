"""Every project that can be made: its exact files, each of them readable, none of them twice the same work."""

from __future__ import annotations

import ast
import itertools
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from dataarch.scaffold.project import composer, make, plan
from dataarch.scaffold.template import Template, open_template, plain

from .conftest import PATTERNS, TEMPLATES, contents

EXPECTED = Path(__file__).parent / "expected"
PLACE = re.compile(r"\{\{-?\s*[a-z_]+|\{%")
JINJA_IS_MEANT = re.compile(r"\$\{\{.*?\}\}")  # of a CI file


class Cfn(yaml.SafeLoader):
    """YAML with the short forms of CloudFormation's functions."""


Cfn.add_multi_constructor("!", lambda _loader, _suffix, node: str(getattr(node, "value", node)))


MANY = 64
"""So many combinations of a template are all made; of more, some in which every three options meet."""


def combinations(template: Template) -> Iterator[dict[str, str]]:
    """Combinations of the options of the decisions that a template leaves open, the default first."""
    keys = [decision.replace("-", "_") for decision in template.open]
    every = [dict(zip(keys, options, strict=True)) for options in itertools.product(*template.open.values())]
    some = every if len(every) <= MANY else covering(every)
    for chosen in some:
        options = {decision: [chosen[decision.replace("-", "_")]] for decision in template.open}
        if all(template.has(id, options) or found == [template.open[id][0]] for id, found in options.items()):
            yield chosen


def covering(every: list[dict[str, str]]) -> list[dict[str, str]]:
    """Few of the combinations, in which any three options that can meet do."""
    meets = [set(itertools.combinations(sorted(chosen.items()), 3)) for chosen in every]
    found, left = [every[0]], set().union(*meets) - meets[0]
    while left:
        best = max(range(len(every)), key=lambda place: len(meets[place] & left))
        found.append(every[best])
        left -= meets[best]
    return found


CASES = [(pattern, chosen) for pattern in PATTERNS for chosen in combinations(open_template(pattern))]
IDS = [f"{pattern}-{'-'.join(chosen.values())}" for pattern, chosen in CASES]


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every project, made."""
    made = {}
    for id, (pattern, chosen) in zip(IDS, CASES, strict=True):
        template, place = open_template(pattern), tmp_path_factory.mktemp("project") / "project"
        make(plan(template, str(place), {**plain(template, ""), **chosen}), git=False)
        made[id] = place
    return made


def expected(pattern: str, chosen: dict[str, str]) -> set[str]:
    """The files of a project as they were written down: those of every project, then those of each option."""
    found: set[str] = set()
    inside = True
    for line in (EXPECTED / f"{pattern}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            decision, _, option = line.removeprefix("# ").partition(": ")
            offer = chosen.get(decision.replace("-", "_"), "")
            if not composer().applies(TEMPLATES / pattern, chosen, decision):
                offer = ""
            inside = not option or option in composer().parts_of(TEMPLATES / pattern, decision, offer)
        elif line and inside:
            found.add(line)
    return found


@pytest.mark.parametrize(("pattern", "chosen"), CASES, ids=IDS)
def test_a_project_has_exactly_these_files(
    projects: dict[str, Path], pattern: str, chosen: dict[str, str], request: pytest.FixtureRequest
) -> None:
    found = set(contents(projects[request.node.callspec.id]))
    wanted = expected(pattern, chosen)
    assert sorted(found - wanted) == []
    assert sorted(wanted - found) == []


def distinct(projects: dict[str, Path]) -> dict[bytes, str]:
    """Every file of all projects once, by its content."""
    found: dict[bytes, str] = {}
    for place in projects.values():
        for name, data in contents(place).items():
            found.setdefault(data, name)
    return found


def test_every_file_can_be_read_by_what_will_read_it(projects: dict[str, Path]) -> None:
    read = 0
    for data, name in distinct(projects).items():
        text = data.decode("utf-8")
        assert "\r" not in text, name
        assert text.endswith("\n") or not text, name
        parsers: dict[str, Any] = {
            ".py": lambda code: compile(ast.parse(code), "file", "exec"),
            ".json": json.loads,
            ".toml": tomllib.loads,
            ".yaml": lambda code: yaml.load(code, Cfn),
            ".yml": lambda code: yaml.load(code, Cfn),
        }
        if parse := parsers.get(Path(name).suffix):
            parse(text)
            read += 1
    assert read > 20


def test_nothing_of_the_templates_own_language_is_left(projects: dict[str, Path]) -> None:
    for data, name in distinct(projects).items():
        if name == "infra/templates.yaml":
            continue  # of e-mail, whose places SES fills
        if Path(name).suffix in (".md", ".yaml", ".yml", ".toml", "") and not name.endswith("Makefile"):
            left = JINJA_IS_MEANT.sub("", data.decode("utf-8"))
            left = re.sub(r"\{\{resolve:.*?\}\}", "", left)
            assert not PLACE.search(left), name


def test_a_lock_file_names_no_index_and_a_hash_for_everything(projects: dict[str, Path]) -> None:
    locks = {name: data.decode() for data, name in distinct(projects).items() if name.startswith("requirements/")}
    assert locks
    for name, text in locks.items():
        assert "://" not in text, name
        required = [line for line in text.splitlines() if re.match(r"[a-zA-Z0-9]", line)]
        assert required, name
        assert all("==" in line for line in required), name
        assert text.count("--hash=sha256:") >= len(required), name
