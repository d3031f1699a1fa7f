"""What the tests of the scaffolder share: the folder of templates, and a template of their own."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dataarch.scaffold.project import composer, make, plan
from dataarch.scaffold.template import Template, folder, open_template, plain, templates

TEMPLATES = Path(folder())
PATTERNS = templates()


def contents(place: Path) -> dict[str, bytes]:
    """Every file below a folder with what it holds, without what git keeps for itself."""
    return {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(place).parts
    }


@pytest.fixture(scope="session")
def compose() -> ModuleType:
    """The composer, as dataarch loads it."""
    return composer()


class Small:
    """A template of the tests' own, with one open decision and one fixed one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "templates" / "small"
        self.shared = folder / "templates" / "_shared"
        self.add("small/{{cookiecutter.slug}}/own.txt", "own {{ braces }}")
        self.add("small/parts/colour/red/paint.txt", "red")
        self.add("small/parts/colour/blue/paint.txt", "blue")
        self.add("_shared/partials/record.md.jinja", "# {{ about.title }}: {{ about.choice | join(' ') }}\n")
        self.add("_shared/base/all.txt.jinja", "{{ cookiecutter.slug }} {{ cookiecutter.workload | markdown }}\n")
        self.offer("red", "blue")

    def offer(self, *colours: str) -> None:
        """Leaves the colour open, to be one of these."""
        self.colours = list(colours)
        settings = {"slug": "small", "workload": "Small", "colour": self.colours, "_fixed": {"size": "s"}}
        self.add("small/cookiecutter.json", json.dumps({**settings, "_copy_without_render": ["*"]}))

    def add(self, name: str, text: str) -> Path:
        """A file below the folder of templates."""
        path = self.folder.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def context(self, **values: Any) -> dict[str, Any]:
        """The context of a project, some of it given."""
        return {"slug": "small", "workload": "Small", "colour": "red", **values}

    @property
    def template(self) -> Template:
        """The template as the scaffolder knows it."""
        texts = {"slug": "small", "workload": "Small"}
        return Template("small", str(self.folder), {"colour": self.colours}, {"size": "s"}, texts)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Small:
    """A template of the test's own, and what it shares with others."""
    made = Small(tmp_path)
    monkeypatch.setattr(composer(), "SHARED", made.shared)
    return made


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every project, made."""
    from .every import CASES, IDS

    made = {}
    for id, (pattern, chosen) in zip(IDS, CASES, strict=True):
        template, place = open_template(pattern), tmp_path_factory.mktemp("project") / "project"
        make(plan(template, str(place), {**plain(template, ""), **chosen}), git=False)
        made[id] = place
    return made
