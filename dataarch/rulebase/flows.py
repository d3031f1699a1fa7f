"""What flows where, in a rule file: the columns of the picture, its two ends, and the arrows between decisions."""

from __future__ import annotations

from dataarch.rulebase.entries import Entry, Reading
from dataarch.yamltree import Tree

FILE = "flows.yaml"
PLACES = ("first", "last")


def flows(tree: Tree | None, prefix: str, reading: Reading) -> Entry:
    """The columns, ends and arrows of the picture; nothing of each where there is no such file."""
    if tree is None:
        return {"columns": [], "ends": [], "arrows": []}
    file = prefix + FILE
    fields = reading.fields(tree, file, "the file of flows")
    columns = [_column(item, file, reading) for item in fields.items("columns", required=True)]
    ends = [_end(item, file, reading) for item in fields.items("ends")]
    known = [*reading.words.decisions, *(end[0] for end in ends)]
    arrows = [one for item in fields.items("flows") for one in _arrows(item, file, "flow", known, reading)]
    arrows += [one for item in fields.items("controls") for one in _arrows(item, file, "control", known, reading)]
    fields.end()
    return {"columns": columns, "ends": ends, "arrows": arrows}


def _column(tree: Tree, file: str, reading: Reading) -> list[object]:
    fields = reading.fields(tree, file, "a column")
    made: list[object] = [fields.text("title"), fields.texts("layers", required=True), reading.reference(fields)]
    fields.end()
    return made


def _end(tree: Tree, file: str, reading: Reading) -> list[object]:
    fields = reading.fields(tree, file, "an end")
    id, title, place = fields.id(), fields.text("title"), fields.one_of("place", PLACES)
    shows = fields.texts("shows", required=True)
    for key in shows:
        reading.findings.known(key, reading.words.questions, fields.place("shows"), "the question")
    made: list[object] = [id, title, place, shows, fields.text("otherwise")]
    fields.end()
    return made


def _arrows(tree: Tree, file: str, kind: str, known: list[object], reading: Reading) -> list[list[str]]:
    fields = reading.fields(tree, file, f"a {kind}")
    start, ends = fields.text("from"), fields.texts("to", required=True)
    for key, id in (("from", start), *(("to", end) for end in ends)):
        reading.findings.known(id, [str(one) for one in known], fields.place(key), "the decision or end")
    fields.end()
    return [[start, end, kind] for end in ends]
