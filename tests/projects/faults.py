"""What the projects are held to, and how they are broken on purpose."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

PATTERNS = Path(__file__).parents[2] / "rules" / "patterns"


class Cfn(yaml.SafeLoader):
    """YAML with the short forms of CloudFormation's functions."""


Cfn.add_multi_constructor("!", lambda _, __, node: str(getattr(node, "value", node)))


def change(path: Path, old: str, new: str) -> None:
    """Replaces the one place where a text stands."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name} has {text.count(old)} times: {old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def without_statement(path: Path, sid: str) -> None:
    """Removes a statement from the policies of a template."""
    text = path.read_text(encoding="utf-8")
    found = re.findall(rf"^( +)- Sid: {sid}\b.*\n(?:\1 .*\n)+", text, re.MULTILINE)
    assert len(found) == 1, f"{path.name} has {len(found)} statements {sid}"
    path.write_text(re.sub(rf"^( +)- Sid: {sid}\b.*\n(?:\1 .*\n)+", "", text, flags=re.MULTILINE), encoding="utf-8")


def every_step_is_realised(pattern: str, project: Path) -> None:
    """Asserts that the README names a resource and a path that exist for each step of the pattern, by its title."""
    steps: list[dict[str, Any]] = yaml.safe_load((PATTERNS / f"{pattern}.yaml").read_text(encoding="utf-8"))["steps"]
    readme = (project / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d)\. (.*?) \| `(\w+)` in `(infra/\S+)` \| (.*?) \|$", readme, re.MULTILINE)
    for number, step in enumerate(steps, 1):
        named = [row for row in rows if row[0] == str(number)]
        assert named, f"no row for step {number}"
        assert all(title.startswith(step["title"]) for _, title, *_ in named), (number, step["title"])
    for _, title, resource, template, paths in rows:
        resources = yaml.load((project / template).read_text(encoding="utf-8"), Cfn)["Resources"]
        assert resource in resources, title
        found = re.findall(r"`(\S+)`", paths)
        assert found, title
        assert all((project / path).exists() for path in found), title
