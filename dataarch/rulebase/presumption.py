"""What a question needs other questions for: when it applies, and which answers are presumed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dataarch import quantity
from dataarch.rulebase.entries import Entry, Reading
from dataarch.rulebase.fields import Fields
from dataarch.rulebase.model import NONE, yes_no
from dataarch.rulebase.walk import decisions_in, questions_in
from dataarch.yamltree import Mapping, Tree


def conditions_of(question: Entry, tree: Mapping, file: str, reading: Reading) -> None:
    """Adds to a question what it presupposes and the answers that are presumed, all questions being known by now."""
    fields = reading.fields(tree, file, f"the question {question['id']}")
    presupposes = reading.when(fields, "presupposes", required=False)
    if presupposes is not None:
        question["presupposes"] = presupposes
    question["presumed"] = [_presumption(item, file, question, reading) for item in fields.items("presumed")]


def misplaced(document: Entry) -> Iterator[tuple[str, str]]:
    """The presumptions that look at an outcome, or at a question that is not put before theirs: place and message."""
    before: set[str] = set()
    for id in (id for section in document["sections"] for id in section["questions"]):
        for one in document["questions"][id]["presumed"]:
            if decisions_in(one["when"]):
                yield one["at"], f"what is presumed of {id!r} hangs on an outcome; only on answers it can."
            for other in questions_in(one["when"]):
                if other not in before:
                    yield one["at"], f"what is presumed of {id!r} hangs on {other!r}, which is not asked before it."
        before.add(id)


def _presumption(tree: Tree, file: str, question: Entry, reading: Reading) -> Entry:
    fields = reading.fields(tree, file, f"what is presumed of {question['id']}")
    entry: Entry = {
        "answer": _answer(fields, question),
        "when": reading.when(fields),
        "because": fields.text("because"),
        "reference": reading.reference(fields),
        "at": str(fields.place()),
    }
    fields.end()
    return entry


def _answer(fields: Fields, question: Entry) -> Any:
    """An answer as the profile keeps it: a text, a list of texts, or a whole number in the smallest unit."""
    place, kind = fields.place("answer"), question["type"]
    if kind == "any-of":
        said = fields.texts("answer", required=True)
        for value in said:
            fields.findings.known(value, question["values"], place, f"the value of {question['id']!r}")
        if NONE in said and len(said) > 1:
            fields.findings.add(place, f"{NONE!r} stands beside other values of {question['id']!r}.")
        return [value for value in question["values"] if value in said]
    text = fields.text("answer")
    if kind == "one-of":
        fields.findings.known(text, question["values"], place, f"the value of {question['id']!r}")
    elif kind == "yes-no":
        if yes_no(text) is None:
            fields.findings.add(place, f"the answer of {question['id']!r} is yes or no.")
        return yes_no(text)
    elif kind in quantity.UNITS:
        try:
            return quantity.parse(text, kind)
        except quantity.QuantityError as error:
            fields.findings.add(place, f"the answer of {question['id']!r} {error}.")
    return text
