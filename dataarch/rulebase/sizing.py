"""The file of sizing: quantities, needs, costs and comparisons, YAML in, plain rows out."""

from __future__ import annotations

from dataarch import quantity
from dataarch.rulebase.entries import Entry, Reading
from dataarch.rulebase.fields import Fields
from dataarch.rulebase.figures import SIZING, Formulas
from dataarch.rulebase.shape import unique
from dataarch.yamltree import Mapping, Tree


def sizing(tree: Tree | None, prefix: str, reading: Reading, document: Entry) -> Entry:
    """Everything that the file says; nothing where there is none."""
    made: Entry = {"near": 0, "old": 0, "excluded": "", "quantities": [], "needs": [], "costs": [], "comparisons": []}
    if tree is None:
        return made
    fields = reading.fields(tree, prefix + SIZING, "the file of sizing")
    formulas = Formulas(reading, document["limits"], fields.file)
    made["near"], made["old"] = _figure(fields, "near", "percentage"), _figure(fields, "old", "duration")
    fields.tree("month")
    made["excluded"] = fields.text("excluded")
    for item in fields.items("quantities"):
        one = reading.fields(item, fields.file, "a quantity")
        id = one.id()
        made["quantities"].append([id, formulas.parse(one.tree("is", required=True))])
        formulas.quantities.append(id)
        one.end()
    made["needs"] = [_need(item, fields, formulas, reading) for item in fields.items("needs")]
    made["costs"] = [_cost(item, fields, formulas, reading, document) for item in fields.items("costs")]
    for item in fields.items("comparisons"):
        one = reading.fields(item, fields.file, "a comparison")
        costs = one.texts("of", required=True)
        for id in costs:
            reading.findings.known(id, [cost["id"] for cost in made["costs"]], one.place("of"), "the cost")
        made["comparisons"].append([one.text("over"), one.text("with", required=False), costs])
        one.end()
    unique(made["needs"] + made["costs"], "need or cost", reading.findings)
    fields.end()
    return made


def _figure(fields: Fields, key: str, kind: str) -> int:
    text = fields.text(key)
    try:
        return quantity.parse(text, kind) if text else 0
    except quantity.QuantityError as error:
        fields.findings.add(fields.place(key), f"{key!r} {error}.")
        return 0


def _need(tree: Tree, above: Fields, formulas: Formulas, reading: Reading) -> Entry:
    one = reading.fields(tree, above.file, "a need")
    entry: Entry = {"id": one.id(), "for": _pairs([one.tree("for", required=True)], one, reading)}
    entry |= {"what": one.text("what"), "unit": one.text("unit"), "is": formulas.parse(one.tree("is", required=True))}
    entry |= {"note": one.text("note", required=False), "at_most": 0, "at_most_of": ""}
    if one.tree("at_most") is not None:
        entry["at_most"] = _figure(one, "at_most", "whole-number")
        entry["at_most_of"] = one.text("at_most_of")
    entry |= {"reference": reading.reference(one), "at": str(one.place())}
    formulas.needs.append(entry["id"])
    one.end()
    return entry


def _cost(tree: Tree, above: Fields, formulas: Formulas, reading: Reading, document: Entry) -> Entry:
    one = reading.fields(tree, above.file, "a cost")
    entry: Entry = {"id": one.id(), "for": _pairs(list(one.items("for", required=True)), one, reading)}
    entry |= {"instead_of": one.text("instead_of", required=False), "what": one.text("what"), "lines": []}
    for item in one.items("lines", required=True):
        line = reading.fields(item, above.file, "a line of a cost")
        price = line.text("price")
        reading.findings.known(price, document["prices"], line.place("price"), "the price")
        entry["lines"].append([price, formulas.parse(line.tree("quantity", required=True))])
        line.end()
    entry |= {"leaves_out": one.text("leaves_out", required=False), "asks": one.text("asks", required=False)}
    entry["at"] = str(one.place())
    one.end()
    return entry


def _pairs(trees: list[Tree | None], fields: Fields, reading: Reading) -> list[list[str]]:
    """The decision and option of each mapping of one to the other."""
    found = []
    for tree in trees:
        if not isinstance(tree, Mapping) or not tree.entries:
            reading.findings.add(fields.place("for"), f"'for' of {fields.what} maps a decision to its option.")
            continue
        inside = reading.fields(tree, fields.file, fields.what)
        for decision in tree.entries:
            option = inside.text(decision)
            if reading.findings.known(decision, reading.words.decisions, inside.place(decision), "the decision"):
                options = reading.words.decisions[decision]
                reading.findings.known(option, options, inside.place(decision), "the option")
            found.append([decision, option])
    return found
