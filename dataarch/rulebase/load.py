"""A folder of rule files becomes one rule document: a plain mapping that JSON can hold.

The document is the only source of the model and of the compiled form, so both ways of getting it give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dataarch import yamltree
from dataarch.errors import Place, RuleBaseError, UserError
from dataarch.rulebase import condition, entries
from dataarch.rulebase.availability import availability
from dataarch.rulebase.entries import Entry, Reading
from dataarch.rulebase.figures import PRICES, SIZING, prices
from dataarch.rulebase.flows import flows
from dataarch.rulebase.presumption import conditions_of, misplaced
from dataarch.rulebase.service import service
from dataarch.rulebase.sizing import sizing
from dataarch.rulebase.sources import FORMAT, digest_of
from dataarch.rulebase.walk import decisions_in, questions_in

Document = dict[str, Any]
_SINGLE = ("base.yaml", "constraints.yaml", "warnings.yaml", "flows.yaml", PRICES, SIZING)
"""The files that stand beside the folders."""


def load(sources: dict[str, bytes], prefix: str = "rules/") -> Document:
    """The rule document of rule files. Raises RuleBaseError with everything that is wrong, all at once."""
    reading = Reading()
    trees = _trees(sources, prefix, reading)
    document = _read(trees, prefix, reading)
    if not reading.findings.found:
        _whole(document, reading)
    if reading.findings.found:
        raise RuleBaseError(*sorted(reading.findings.found))
    document["digest"] = digest_of(sources)
    return document


def _trees(sources: dict[str, bytes], prefix: str, reading: Reading) -> dict[str, yamltree.Tree]:
    trees: dict[str, yamltree.Tree] = {}
    for name, content in sources.items():
        try:
            tree = yamltree.parse(content.decode("utf-8-sig"), prefix + name)
        except UnicodeDecodeError:
            reading.findings.add(Place(prefix + name), "is not UTF-8 text.")
        except UserError as error:
            reading.findings.found += error.findings
        else:
            if tree is None:
                reading.findings.add(Place(prefix + name), "is empty.")
            else:
                trees[name] = tree
    return trees


def _read(trees: dict[str, yamltree.Tree], prefix: str, reading: Reading) -> Document:
    """All entries; ids first, so that entries may speak of each other in any order."""

    def below(*folders: str) -> Iterable[tuple[str, yamltree.Tree]]:
        return ((name, tree) for name, tree in trees.items() if name.startswith(tuple(f"{f}/" for f in folders)))

    document: Document = {"format": FORMAT, "base": _base(trees, prefix, reading), "references": {}}
    for name, tree in below("references"):
        _add(document["references"], entries.documents(tree, prefix + name, reading).values(), "reference", reading)
    reading.references = set(document["references"])

    sections, conditional = _questions(below("questions"), prefix, reading)
    document["sections"] = sections
    document["questions"] = {q["id"]: q for section in sections for q in section.pop("entries")}
    kinds = {id: (q["type"], list(q["values"])) for id, q in document["questions"].items()}
    options = {_stem(name): entries.options(tree) for name, tree in below("decisions")}
    reading.words = condition.Vocabulary(kinds, options)
    for id, (tree, file) in conditional.items():
        conditions_of(document["questions"][id], tree, file, reading)

    document["services"], document["patterns"], document["decisions"] = {}, {}, {}
    for name, tree in below("services"):
        top = reading.fields(tree, prefix + name, "a file of services")
        made = [service(item, top.file, _stem(name), reading) for item in top.items("services", required=True)]
        top.end()
        _add(document["services"], made, "service", reading)
    document["limits"] = {id: entry.pop("limits") for id, entry in document["services"].items()}
    for name, tree in below("patterns"):
        made = [entries.pattern(tree, prefix + name, reading)]
        _add(document["patterns"], made, "pattern", reading, _stem(name))
    for name, tree in below("decisions"):
        layer = name.split("/")[1] if name.count("/") > 1 else ""
        made = [entries.decision(tree, prefix + name, layer, reading, document["services"])]
        _add(document["decisions"], made, "decision", reading, _stem(name))
    for kind, what in (("constraints", "a constraint"), ("warnings", "a warning")):
        document[kind] = _statements(trees.get(f"{kind}.yaml"), f"{prefix}{kind}.yaml", kind, what, reading)
    document["flows"] = flows(trees.get("flows.yaml"), prefix, reading)
    document["prices"] = prices(trees.get(PRICES), prefix, reading, document["services"])
    document["sizing"] = sizing(trees.get(SIZING), prefix, reading, document)
    _strays(trees, prefix, reading)
    return document


def _base(trees: dict[str, yamltree.Tree], prefix: str, reading: Reading) -> Entry:
    fields = reading.fields(trees.get("base.yaml"), f"{prefix}base.yaml", "base.yaml")
    base = {
        "version": fields.text("version"),
        "reviewed": fields.date("reviewed"),
        "whitepaper": fields.date("whitepaper"),
    }
    fields.end()
    return base


def _questions(
    files: Iterable[tuple[str, yamltree.Tree]], prefix: str, reading: Reading
) -> tuple[list[Entry], dict[str, tuple[yamltree.Mapping, str]]]:
    """The sections in order with their questions, and the questions whose conditions are still to be read."""
    sections: list[Entry] = []
    conditional: dict[str, tuple[yamltree.Mapping, str]] = {}
    everything: dict[str, Entry] = {}
    for name, tree in files:
        fields = reading.fields(tree, prefix + name, "a section of questions")
        id = fields.id()
        section: Entry = {"id": id, "title": fields.text("title"), "order": fields.whole("order")}
        if id != _stem(name):
            reading.findings.add(fields.place("id"), f"the id must be the file's name, {_stem(name)!r}.")
        items = fields.items("questions", required=True)
        made = [entries.question(item, fields.file, id, reading) for item in items]
        for item, question in zip(items, made, strict=True):
            if isinstance(item, yamltree.Mapping):
                conditional[question["id"]] = (item, fields.file)
        fields.end()
        _add(everything, made, "question", reading)
        sections.append({**section, "questions": [q["id"] for q in made], "entries": made})
    return sorted(sections, key=lambda section: section["order"]), conditional


def _statements(tree: yamltree.Tree | None, file: str, key: str, what: str, reading: Reading) -> list[Entry]:
    if tree is None:
        return []
    fields = reading.fields(tree, file, f"the file of {key}")
    made = [entries.statement(item, file, what, reading) for item in fields.items(key, required=True)]
    fields.end()
    _add({}, made, what.split()[1], reading)
    return made


def _add(into: dict[str, Entry], made: Iterable[Entry], what: str, reading: Reading, stem: str = "") -> None:
    for entry in made:
        file, _, line = entry["at"].rpartition(":")
        place = Place(file, int(line))
        if entry["id"] in into:
            reading.findings.add(place, f"the {what} {entry['id']!r} stands twice (first {into[entry['id']]['at']}).")
        elif stem and entry["id"] != stem:
            reading.findings.add(place, f"the id of a {what} must be its file's name, {stem!r}.")
        into[entry["id"]] = entry


def _strays(trees: dict[str, yamltree.Tree], prefix: str, reading: Reading) -> None:
    folders = ("references", "questions", "services", "patterns", "decisions")
    for name in trees:
        if name not in _SINGLE and name.split("/")[0] not in folders:
            allowed = ", ".join(f"{f}/" for f in folders)
            reading.findings.add(Place(prefix + name), f"is no place for rules; they stand in {allowed}.")


def _whole(document: Document, reading: Reading) -> None:
    """What only the whole can show: orders without cycles, answers-only conditions; then what follows from it."""
    questions, decisions = document["questions"], document["decisions"]

    def place(entry: Entry) -> Place:
        file, _, line = entry["at"].rpartition(":")
        return Place(file, int(line))

    presupposed = {id: questions_in(q["presupposes"]) for id, q in questions.items() if "presupposes" in q}
    for id, q in questions.items():
        if decisions_in(q.get("presupposes") or ["all"]):
            reading.findings.add(place(q), f"{id!r} presupposes an outcome; only answers can be presupposed.")
    for at, message in misplaced(document):
        reading.findings.add(place({"at": at}), message)
    for constraint in document["constraints"]:
        if decisions_in(constraint["when"]):
            reading.findings.add(place(constraint), f"{constraint['id']!r} speaks of an outcome; constraints may not.")
    for decision in decisions.values():
        used = [e["when"] for e in decision["reasons"] + decision["criteria"]]
        decision["depends_on"] = sorted({d for when in used for d in decisions_in(when)})
        decision["criteria"] += availability(decision, document)
    for what, graph, kinds in (
        ("question", {id: presupposed.get(id, []) for id in questions}, questions),
        ("decision", {id: d["depends_on"] for id, d in decisions.items()}, decisions),
    ):
        order, cycle = _order(graph)
        if cycle:
            where = place(kinds[cycle[0]])
            reading.findings.add(where, f"the {what}s {' → '.join(cycle)} depend on each other in a circle.")
        document[f"{what}_order"] = order
    if "pattern" in decisions:
        for option in decisions["pattern"]["options"]:
            if option["id"] != "none":
                reading.findings.known(option["id"], document["patterns"], place(option), "the pattern")


def _order(graph: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """The nodes with what they need before them, else in the given order; and a cycle if there is one."""
    order: list[str] = []
    path: list[str] = []

    def visit(node: str) -> list[str]:
        if node in order:
            return []
        if node in path:
            return [*path[path.index(node) :], node]
        path.append(node)
        for needed in graph.get(node, []):
            cycle = visit(needed)
            if cycle:
                return cycle
        path.pop()
        order.append(node)
        return []

    for node in graph:
        cycle = visit(node)
        if cycle:
            return order, cycle
    return order, []


def _stem(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(".yaml")


