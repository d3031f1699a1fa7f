"""What only the whole rule document can show, and what follows from it."""

from __future__ import annotations

from typing import Any

from dataarch.rulebase.availability import availability, residence
from dataarch.rulebase.entries import Entry, Reading
from dataarch.rulebase.presumption import misplaced
from dataarch.rulebase.shape import place_of
from dataarch.rulebase.walk import atoms, decisions_in, questions_in

Document = dict[str, Any]


def completed(document: Document, reading: Reading) -> None:
    """Notes circles and conditions of the wrong kind; adds orders, dependencies and what follows from availability."""
    questions, decisions = document["questions"], document["decisions"]

    presupposed = {id: questions_in(q["presupposes"]) for id, q in questions.items() if "presupposes" in q}
    for id, q in questions.items():
        if decisions_in(q.get("presupposes") or ["all"]):
            reading.findings.add(place_of(q), f"{id!r} presupposes an outcome; only answers can be presupposed.")
    for at, message in misplaced(document):
        reading.findings.add(place_of({"at": at}), message)
    for constraint in document["constraints"]:
        if decisions_in(constraint["when"]):
            said = f"{constraint['id']!r} speaks of an outcome; constraints may not."
            reading.findings.add(place_of(constraint), said)
    for id in document["base"]["trunk"]:
        reading.findings.known(id, decisions, reading.trunk, "the decision in trunk")
    for decision in decisions.values():
        used = [e["when"] for e in decision["reasons"] + decision["criteria"]]
        decision["depends_on"] = sorted({d for when in used for d in decisions_in(when)})
        for criterion in decision["criteria"]:
            if criterion["basis"] == "whitepaper" and criterion["since"] != document["base"]["whitepaper"]:
                said = f"{criterion['id']!r} is the whitepaper's word and so is true since its day"
                reading.findings.add(place_of(criterion), f"{said}, {document['base']['whitepaper']}.")
        decision["criteria"] += [*availability(decision, document), *residence(decision, document)]
    for id, named in _named(document).items():
        questions[id]["named"] = named
    for what, graph, kinds in (
        ("question", {id: presupposed.get(id, []) for id in questions}, questions),
        ("decision", {id: d["depends_on"] for id, d in decisions.items()}, decisions),
    ):
        order, cycle = _order(graph)
        if cycle:
            where = place_of(kinds[cycle[0]])
            reading.findings.add(where, f"the {what}s {' → '.join(cycle)} depend on each other in a circle.")
        document[f"{what}_order"] = order
    if "pattern" in decisions:
        for option in decisions["pattern"]["options"]:
            if option["id"] != "none":
                reading.findings.known(option["id"], document["patterns"], place_of(option), "the pattern")
        known = [option["id"] for option in decisions["pattern"]["options"]]
        for id, pattern in document["patterns"].items():
            if id not in known:
                said = f"the pattern {id!r} is no option of the decision 'pattern', so nothing can choose it."
                reading.findings.add(place_of(pattern), said)


def _named(document: Document) -> dict[str, list[str]]:
    """The texts that conditions name, of each question of free text that they test."""
    found: dict[str, set[str]] = {}
    entries = [*document["constraints"], *document["warnings"]]
    for decision in document["decisions"].values():
        entries += decision["reasons"] + decision["criteria"]
    conditions = [one["when"] for one in entries]
    for question in document["questions"].values():
        conditions += [question.get("presupposes") or ["all"], *(one["when"] for one in question["presumed"])]
    for condition in conditions:
        for atom in atoms(condition):
            if atom[0] == "is" and document["questions"][atom[1]]["type"] == "text":
                found.setdefault(atom[1], set()).update(atom[2])
    return {id: sorted(texts) for id, texts in found.items()}


def origins(document: Document, files: dict[str, str]) -> dict[str, str]:
    """The entries that come from overlays, as `kind id`, with the overlay; `files` says which file is whose."""
    found: dict[str, str] = {}

    def note(kind: str, id: str, entry: Entry) -> None:
        of = files.get(entry["at"].rpartition(":")[0])
        if of:
            found[f"{kind} {id}"] = of

    for kind in ("decision", "question", "pattern", "service", "reference"):
        for id, entry in document[f"{kind}s"].items():
            note(kind, id, entry)
    for kind in ("warning", "constraint"):
        for entry in document[f"{kind}s"]:
            note(kind, entry["id"], entry)
    for id, decision in document["decisions"].items():
        for kind, entries in (("reason", decision["reasons"]), ("option", decision["options"])):
            for entry in entries:
                note(kind, f"{id}.{entry['id']}", entry)
    return found


def _order(graph: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """The nodes with what they need before them, else in the given order; and a cycle if there is one."""
    order: dict[str, None] = {}
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
        order[node] = None
        return []

    for node in graph:
        cycle = visit(node)
        if cycle:
            return list(order), cycle
    return list(order), []
