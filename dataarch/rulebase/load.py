"""Folders of rule files become one rule document: a plain mapping that JSON can hold.

The document is the only source of the model and of the compiled form, so both ways of getting it give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from dataarch import yamltree
from dataarch.errors import Place, RuleBaseError, UserError
from dataarch.rulebase import condition, entries, overlay, whole
from dataarch.rulebase.availability import absent
from dataarch.rulebase.entries import Entry, Reading
from dataarch.rulebase.figures import PRICES, SIZING, prices
from dataarch.rulebase.flows import flows
from dataarch.rulebase.presumption import conditions_of
from dataarch.rulebase.service import service
from dataarch.rulebase.shape import place_of
from dataarch.rulebase.sizing import sizing
from dataarch.rulebase.sources import FORMAT, OVERLAY, Folder, digest_of

Document = dict[str, Any]
_FOLDERS = ("references", "questions", "services", "patterns", "decisions")
_FILES = ("constraints.yaml", "warnings.yaml")
_OF_BASE = ("base.yaml", "flows.yaml", PRICES, SIZING)
_OF_OVERLAYS = ("changes", "bans.yaml", OVERLAY)


class File(NamedTuple):
    """One rule file: its name in its folder, as messages name it, what it holds, and the overlay that it belongs to
    ("" for the base)."""

    name: str
    shown: str
    tree: yamltree.Tree
    overlay: str

    @property
    def stem(self) -> str:
        """The name without folders and ending."""
        return self.name.rpartition("/")[2].removesuffix(".yaml")


def load(sources: dict[str, bytes], prefix: str = "rules/", overlays: Sequence[Folder] = ()) -> Document:
    """The rule document of rule files and of the overlays on them, whose order does not matter.

    Raises RuleBaseError with everything that is wrong, all at once.
    """
    reading = Reading()
    folders = [Folder(prefix, sources), *overlays]
    trees = [_trees(folder, reading) for folder in folders]
    laid = [
        {**overlay.about(made.get(OVERLAY), f"{folder.prefix}{OVERLAY}", reading), "digest": digest_of(folder.sources)}
        for folder, made in zip(folders[1:], trees[1:], strict=True)
    ]
    names = ["", *(one["id"] for one in laid)]
    files = [
        File(name, folder.prefix + name, tree, of)
        for of, folder, made in sorted(zip(names, folders, trees, strict=True), key=lambda one: one[0])
        for name, tree in made.items()
    ]
    for one in laid:
        if names.count(one["id"]) > 1:
            reading.findings.add(place_of(one), f"another overlay is called {one['id']!r}, too.")
    document = _read(files, _base(trees[0], prefix, reading), prefix, reading)
    document["overlays"] = sorted(laid, key=lambda one: str(one["id"]))
    document["base"]["reviewed"] = max([document["base"]["reviewed"], *(one["reviewed"] for one in laid)])
    if not reading.findings.found:
        whole.completed(document, reading)
    if reading.findings.found:
        raise RuleBaseError(*sorted(dict.fromkeys(reading.findings.found)))
    document["origins"] = whole.origins(document, {file.shown: file.overlay for file in files if file.overlay})
    by_name = sorted(zip(names[1:], overlays, strict=True), key=lambda one: one[0])
    document["digest"] = digest_of(sources, [folder.sources for _, folder in by_name])
    return document


def _trees(folder: Folder, reading: Reading) -> dict[str, yamltree.Tree]:
    trees: dict[str, yamltree.Tree] = {}
    for name, content in folder.sources.items():
        shown = folder.prefix + name
        try:
            tree = yamltree.parse(content.decode("utf-8-sig"), shown)
        except UnicodeDecodeError:
            reading.findings.add(Place(shown), "is not UTF-8 text.")
        except UserError as error:
            reading.findings.found += error.findings
        else:
            if tree is None:
                reading.findings.add(Place(shown), "is empty.")
            else:
                trees[name] = tree
    return trees


def _read(files: list[File], base: Entry, prefix: str, reading: Reading) -> Document:
    """All entries; ids first, so that entries may speak of each other in any order."""

    def below(folder: str) -> Iterator[File]:
        for file in files:
            if file.name.startswith(f"{folder}/"):
                reading.overlay = file.overlay
                yield file
        reading.overlay = ""

    document: Document = {"format": FORMAT, "base": base, "references": {}}
    for file in below("references"):
        _add(document["references"], entries.documents(file.tree, file.shown, reading).values(), "reference", reading)
    reading.references = set(document["references"])

    sections, conditional = _questions(below("questions"), reading)
    document["sections"] = sections
    document["questions"] = {q["id"]: q for section in sections for q in section.pop("entries")}
    kinds = {id: (q["type"], list(q["values"])) for id, q in document["questions"].items()}
    options: dict[str, list[str]] = {}
    for file in below("decisions"):
        options.setdefault(file.stem, entries.options(file.tree))
    for file in below("changes"):
        options.setdefault(file.stem, []).extend(entries.options(file.tree))
    reading.words = condition.Vocabulary(kinds, options)
    for id, (tree, shown) in conditional.items():
        conditions_of(document["questions"][id], tree, shown, reading)

    tree = base["residency"]
    base["residency"] = entries.residency(tree, f"{prefix}base.yaml", reading) if tree else None

    document["services"], document["patterns"], document["decisions"] = {}, {}, {}
    for file in below("services"):
        top = reading.fields(file.tree, file.shown, "a file of services")
        made = [service(item, top.file, file.stem, reading) for item in top.items("services", required=True)]
        top.end()
        _add(document["services"], made, "service", reading)
    reading.words.lacking = {id: missing for id, one in document["services"].items()
                             if (missing := absent(one, base["residency"]))}  # fmt: skip
    document["limits"] = {id: entry.pop("limits") for id, entry in document["services"].items()}
    for file in below("patterns"):
        made = [entries.pattern(file.tree, file.shown, reading)]
        _add(document["patterns"], made, "pattern", reading, file.stem)
    for file in below("decisions"):
        layer = file.name.split("/")[1] if file.name.count("/") > 1 else ""
        made = [entries.decision(file.tree, file.shown, layer, reading, document["services"])]
        _add(document["decisions"], [{**entry, "overlay": file.overlay} for entry in made], "decision", reading,
             file.stem)  # fmt: skip
    for kind, what in (("constraints", "a constraint"), ("warnings", "a warning")):
        document[kind] = [
            entry for file in files if file.name == f"{kind}.yaml" for entry in _statements(file, kind, what, reading)
        ]
        _add({}, document[kind], what.split()[1], reading)
    bans = []
    for file in (file for file in files if file.overlay and file.name == "bans.yaml"):
        reading.overlay = file.overlay
        fields = reading.fields(file.tree, file.shown, "the file of bans")
        bans += [overlay.ban(item, file.shown, reading, document["services"])
                 for item in fields.items("bans", required=True)]  # fmt: skip
        fields.end()
    overlay.laid(document, bans, [(file.overlay, file.shown, file.tree) for file in below("changes")], reading)
    overlay.opposed(document, reading)
    single = {file.name: file for file in files if not file.overlay}
    trees = {name: file.tree for name, file in single.items()}
    document["flows"] = flows(trees.get("flows.yaml"), prefix, reading)
    document["prices"] = prices(trees.get(PRICES), prefix, reading, document["services"])
    document["sizing"] = sizing(trees.get(SIZING), prefix, reading, document)
    _strays(files, reading)
    return document


def _base(trees: dict[str, yamltree.Tree], prefix: str, reading: Reading) -> Entry:
    fields = reading.fields(trees.get("base.yaml"), f"{prefix}base.yaml", "base.yaml")
    base = {
        "version": fields.text("version"),
        "reviewed": fields.date("reviewed"),
        "whitepaper": fields.date("whitepaper"),
        "trunk": fields.texts("trunk"),
        "residency": fields.tree("residency"),
    }
    reading.whitepaper = fields.text("whitepaper", required=False)
    if base["trunk"]:
        reading.trunk = fields.place("trunk")
    fields.end()
    return base


def _questions(files: Iterable[File], reading: Reading) -> tuple[list[Entry], dict[str, tuple[yamltree.Mapping, str]]]:
    """The sections in order with their questions, and the questions whose conditions are still to be read.

    A section of an overlay that names one of the base adds its questions to the end of that one.
    """
    sections: dict[str, Entry] = {}
    conditional: dict[str, tuple[yamltree.Mapping, str]] = {}
    everything: dict[str, Entry] = {}
    for file in files:
        fields = reading.fields(file.tree, file.shown, "a section of questions")
        id = fields.id()
        more = bool(file.overlay) and id in sections
        if id != file.stem:
            reading.findings.add(fields.place("id"), f"the id must be the file's name, {file.stem!r}.")
        title, order = fields.text("title", required=not more), fields.whole("order") if not more else 0
        items = fields.items("questions", required=True)
        made = [entries.question(item, fields.file, id, reading) for item in items]
        for item, question in zip(items, made, strict=True):
            if isinstance(item, yamltree.Mapping):
                conditional.setdefault(question["id"], (item, fields.file))
        fields.end()
        _add(everything, made, "question", reading)
        section = sections.setdefault(id, {"id": id, "title": title, "order": order, "questions": [], "entries": []})
        section["questions"] += [q["id"] for q in made]
        section["entries"] += made
    return sorted(sections.values(), key=lambda section: section["order"]), conditional


def _statements(file: File, key: str, what: str, reading: Reading) -> list[Entry]:
    fields = reading.fields(file.tree, file.shown, f"the file of {key}")
    made = [entries.statement(item, file.shown, what, reading) for item in fields.items(key, required=True)]
    fields.end()
    return made


def _add(into: dict[str, Entry], made: Iterable[Entry], what: str, reading: Reading, stem: str = "") -> None:
    for entry in made:
        place = place_of(entry)
        if entry["id"] in into:
            reading.findings.add(place, f"the {what} {entry['id']!r} stands twice (first {into[entry['id']]['at']}).")
            continue
        if stem and entry["id"] != stem:
            reading.findings.add(place, f"the id of a {what} must be its file's name, {stem!r}.")
        into[entry["id"]] = entry


def _strays(files: list[File], reading: Reading) -> None:
    for file in files:
        own = _OF_OVERLAYS if file.overlay else _OF_BASE
        if file.name not in (*_FILES, *own) and file.name.split("/")[0] not in (*_FOLDERS, *own[:1]):
            places = [f"{folder}/" for folder in (*_FOLDERS, *(own[:1] if file.overlay else ()))]
            reading.findings.add(Place(file.shown), f"is no place for rules; they stand in {', '.join(places)}.")
