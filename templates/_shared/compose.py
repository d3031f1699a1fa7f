"""Composes a project out of layers: what its pattern always has, what every project has, and what was decided.

The one composer: plain cookiecutter calls it from its hook, dataarch calls it in process, and both get the same files.
A layer is a folder; a decision's layer is the folder that bears the names of the decision and of the option chosen.
Layers only add: two of them that hold one file are an error. Files that end in `.jinja` are rendered, all others are
copied byte for byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import indent as indented
from typing import Any, NamedTuple

SLUG = re.compile(r"[a-z][a-z0-9-]{0,47}")
OWN = "{{cookiecutter.slug}}"
RENDERED = ".jinja"
SHARED = Path(__file__).parent
_IGNORED = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".DS_Store"}
_MARKS = re.compile(r"([\\`*_\[\]<>|~#&$!])")


class ComposeError(Exception):
    """The project cannot be composed; says why in one sentence."""


class Layer(NamedTuple):
    """A folder whose files go into the project, and which decision brought it, as a person reads it."""

    label: str
    folder: Path


class Source(NamedTuple):
    """Where one file of the project comes from; `about` is the decision that a decision record is about, or None."""

    path: Path
    label: str
    about: dict[str, Any] | None = None


def offered(template: Path) -> dict[str, list[str]]:
    """The decisions that a template leaves open, with what it offers, its default first.

    An offer is an option, or, of a decision that selects many, several joined by `+`.
    """
    read = _settings(template)
    return {key.replace("_", "-"): value for key, value in read.items() if isinstance(value, list) and key[0] != "_"}


def fixed(template: Path, context: dict[str, Any]) -> dict[str, str]:
    """The decisions that are not open: the same in every project of a template, or settled by another choice."""
    read = _settings(template)
    found: dict[str, str] = dict(read.get("_fixed", {}))
    for other, options in read.get("_settles", {}).items():
        found |= options.get(context[other.replace("-", "_")], {})
    return found


def applies(template: Path, context: dict[str, Any], decision: str) -> bool:
    """Whether a project has a decision at all: one that follows another has no place beside its other options."""
    wanted: dict[str, list[str]] = _settings(template).get("_only_with", {}).get(decision, {})
    chosen = {other: str(context[other.replace("-", "_")]).split("+") for other in wanted}
    return all(set(options) & set(chosen[other]) for other, options in wanted.items())


def layers(template: Path, context: dict[str, Any]) -> list[Layer]:
    """The layers of a project, the pattern's own first.

    Raises ComposeError for an option that the template does not have.
    """
    found = [Layer("the pattern", template / OWN), Layer("every project", SHARED / "base")]
    open_ones = offered(template)
    chosen = {decision: context[decision.replace("-", "_")] for decision in open_ones}
    for decision, option in {**fixed(template, context), **chosen}.items():
        options = open_ones.get(decision, [option])
        if option not in options:
            raise ComposeError(f"{decision} is {option!r}; this template has {', '.join(options)}.")
        if not applies(template, context, decision):
            continue
        for parts in (SHARED / "parts", template / "parts"):
            # Compared with the folders that exist, so that a name can never lead anywhere else.
            inside = {folder.name: folder for folder in _folders(parts)}
            brought = {folder.name: folder for folder in _folders(inside[decision])} if decision in inside else {}
            wanted = parts_of(template, decision, option)
            found += [Layer(f"{decision}: {part}", brought[part]) for part in wanted if part in brought]
    return found


def parts_of(template: Path, decision: str, option: str) -> list[str]:
    """The folders that an offer brings: those of its options, or what `_made_of` says that an option is made of, so
    that what several options have in common lies in one folder.
    """
    made_of: dict[str, list[str]] = _settings(template).get("_made_of", {}).get(decision, {})
    return [part for one in option.split("+") for part in made_of.get(one, [one])]


def sources(template: Path, context: dict[str, Any]) -> dict[str, Source]:
    """Every file of a project by its path in it, sorted, with where it comes from.

    Raises ComposeError where two layers hold one file.
    """
    found: dict[str, Source] = {}
    for layer in layers(template, context):
        for path in _files(layer.folder):
            name = path.relative_to(layer.folder).as_posix().removesuffix(RENDERED)
            if name in found:
                raise ComposeError(f"Both {found[name].label} and {layer.label} bring {name}.")
            found[name] = Source(path, layer.label)
    record = SHARED / "partials" / f"record.md{RENDERED}"
    for number, decision in enumerate(decisions(template, context), 1):
        found[f"docs/decisions/{number:04}-{decision['id']}.md"] = Source(record, f"{decision['id']}: record", decision)
    return dict(sorted(found.items()))


def decisions(template: Path, context: dict[str, Any]) -> list[dict[str, Any]]:
    """What is known of each decision: given in the context, or, without any answers, the choice alone."""
    given: list[dict[str, Any]] | None = context.get("_decisions")
    if given is not None:
        return given
    open_ones = offered(template)
    chosen = {id: context[id.replace("-", "_")] for id in open_ones}
    defaults = {id: options[0] for id, options in open_ones.items()}
    always, found = _settings(template).get("_fixed", {}), []
    for id, offer in {**fixed(template, context), **chosen}.items():
        if not applies(template, context, id):
            continue
        if id in chosen:
            how = "default" if defaults[id] == offer else "chosen"
        else:
            how = "always" if id in always else "follows"
        options = {option: None for other in open_ones.get(id, [offer]) for option in other.split("+")}
        found.append(decision(id, offer.split("+"), how, options=list(options)))
    return found


def decision(id: str, choice: list[str], how: str, **known: Any) -> dict[str, Any]:
    """One decision as the templates read it; `how` is a word that `choices.py` of dataarch explains."""
    title = id.replace("-", " ").capitalize()
    empty = {"title": title, "question": "", "options": choice, "settled": True, "confidence": "", "objections": [],
             "because": [], "rejected": [], "needs": [], "lacking": [], "record": ""}  # fmt: skip
    return {**empty, "id": id, "choice": choice, "how": how, **known}


def compose(template: Path, project: Path, context: dict[str, Any]) -> list[str]:
    """Completes a project into which the pattern's own files were copied, and returns the paths of all its files.

    `context` holds the values of cookiecutter.json with one option for every decision; values are never rendered.
    Raises ComposeError.
    """
    slug = context["slug"]
    if not SLUG.fullmatch(slug):
        raise ComposeError(f"{slug!r} is no name for a project: a letter, then letters, digits and -, all small.")
    environment = _environment(SHARED / "partials")
    known = {
        "cookiecutter": context,
        "pattern": template.name,
        "decisions": decisions(template, context),
        "answers": context.get("_answers", {}),
        "rule_base": context.get("_rule_base"),
        "diagram": context.get("_diagram", ""),
    }
    found = sources(template, context)
    known |= {"untyped": _settings(template).get("_untyped", []), **python_folders(found)}
    compiled: dict[Path, Any] = {}
    for name, source in found.items():
        target = project / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.path.suffix != RENDERED:
            target.write_bytes(source.path.read_bytes())
            continue
        shown = _rendered(environment, compiled, source, {**known, "about": source.about})
        target.write_text(shown, encoding="utf-8", newline="\n")
        (project / f"{name}{RENDERED}").unlink(missing_ok=True)
    return list(found)


def python_folders(files: Iterable[str]) -> dict[str, list[str]]:
    """Where the Python of a project is: `packages`, and `flat` folders, whose modules import each other by bare names
    as they will where they are shipped to.

    >>> python_folders(["data/__init__.py", "data/split.py", "model/train.py", "src/score/handler.py", "tests/a.py"])
    {'packages': ['data'], 'flat': ['model', 'src/score']}
    """
    names = [name for name in files if name.endswith(".py") and not name.startswith(("local/", "tests/"))]
    folders = {name.rpartition("/")[0] for name in names} - {""}
    packages = {folder for folder in folders if f"{folder}/__init__.py" in names}
    flat = sorted(folder for folder in folders if not any(f"{folder}/".startswith(f"{one}/") for one in packages))
    return {"packages": sorted(one for one in packages if "/" not in one), "flat": flat}


def yaml(value: Any, indent: int = 0) -> str:
    """A value as block YAML, without a newline at its end, its lines indented by so many steps.

    >>> print(yaml({"a": [1, "no"], "b": {}}))
    a:
    - 1
    - 'no'
    b: {}
    """
    from yaml import safe_dump  # cookiecutter brings it

    text = safe_dump(value, allow_unicode=True, sort_keys=False, width=float("inf"))
    return indented(text.removesuffix("...\n").rstrip("\n"), "  " * indent)


def markdown(text: str) -> str:
    r"""A text that Markdown shows as it is, on one line.

    >>> print(markdown("a*b | <c>"))
    a\*b \| \<c\>
    """
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _environment(partials: Path) -> Any:
    """Templates are data: a sandbox keeps those that a stranger wrote from reaching any Python."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        loader=FileSystemLoader(partials),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"yaml": yaml, "markdown": markdown}
    return environment


def _rendered(environment: Any, compiled: dict[Path, Any], source: Source, known: dict[str, Any]) -> str:
    """The text of a file that is rendered. Raises ComposeError where it cannot be, or reaches for what it may not."""
    from jinja2 import TemplateError

    try:
        if source.path not in compiled:  # a record for each decision is made of one template
            compiled[source.path] = environment.from_string(source.path.read_text(encoding="utf-8"))
        return str(compiled[source.path].render(known))
    except TemplateError as error:
        raise ComposeError(f"{source.path} cannot be rendered: {error}.") from error


def _settings(template: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((template / "cookiecutter.json").read_text(encoding="utf-8"))
    return read


def _folders(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else iter(())


def _files(folder: Path) -> Iterator[Path]:
    """The files below a folder; a link would not survive a checkout without links, so none is allowed."""
    for path in sorted(folder.rglob("*")):
        if _IGNORED & set(path.parts):
            continue
        if path.is_symlink():
            raise ComposeError(f"{path} is a link; a template has none.")
        if path.is_file():
            yield path
