"""Every project that can be made: its exact files, each of them readable, none of them twice the same work."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from dataarch.scaffold.project import composer

from .conftest import TEMPLATES, contents
from .every import CASES, IDS

EXPECTED = Path(__file__).parent / "expected"
PLACE = re.compile(r"\{\{-?\s*[a-z_]+|\{%")
JINJA_IS_MEANT = re.compile(r"\$\{\{.*?\}\}")  # of a CI file


class Cfn(yaml.SafeLoader):
    """YAML with the short forms of CloudFormation's functions."""


Cfn.add_multi_constructor("!", lambda _loader, _suffix, node: str(getattr(node, "value", node)))


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
