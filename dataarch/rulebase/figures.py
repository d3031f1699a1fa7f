"""Formulas and prices in rule files: what numbers need and what that costs, YAML in, plain rows out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from dataarch import quantity
from dataarch.rulebase.entries import Entry, Reading
from dataarch.rulebase.service import CONFIDENCES
from dataarch.rulebase.shape import unique
from dataarch.yamltree import Mapping, Scalar, Sequence, Tree

PRICES, SIZING = "prices.yaml", "sizing.yaml"
LISTS = ("times", "over", "plus", "most", "least", "first")
SINGLES = ("up", "up_to", "at_least")
STEPS = ("in_steps", "pieces")
UNITS: dict[str, tuple[int, tuple[int, int]]] = {
    "GB": (10**9, (1, 0)), "TB": (10**12, (1, 0)), "h": (3600, (0, 1)), "million": (10**6, (0, 0)),
    "thousand": (10**3, (0, 0)), "month": (730 * 3600, (0, 1)), "GB-month": (730 * 3600 * 10**9, (1, 1)),
}  # fmt: skip
"""What a price is for: how many bytes, seconds or pieces, and its powers of byte and second. A month has 730 hours."""

_PER_SECOND = quantity.UNITS["rate"]["/s"]
_KINDS = (("size", 1, (1, 0)), ("duration", 10**9, (0, 1)), ("rate", _PER_SECOND, (0, -1)), ("whole-number", 1, (0, 0)))


def literal(text: str) -> list[Any] | None:
    """A figure as its numerator, denominator and powers of byte and second, or None for a text that is none.

    >>> literal("1 MB/s"), literal("730 h"), literal("shards")
    (['figure', 1000000, 1, [1, -1], '1 MB/s'], ['figure', 2628000, 1, [0, 1], '730 h'], None)
    """
    head, _, unit = text.rpartition(" ")
    if unit == "month" and head.isdecimal():
        return ["figure", int(head) * 730 * 3600, 1, [0, 1], text]
    for kind, scale, dims in _KINDS:
        try:
            return _figure(Fraction(quantity.parse(text, kind), scale), dims, text)
        except quantity.QuantityError:
            continue
    size, slash, each = text.rpartition("/")
    try:
        return _figure(Fraction(quantity.parse(size, "size")), (1, -1), text) if slash and each == "s" else None
    except quantity.QuantityError:
        return None


def prices(tree: Tree | None, prefix: str, reading: Reading, services: dict[str, Entry]) -> dict[str, Entry]:
    """The prices by id."""
    if tree is None:
        return {}
    fields = reading.fields(tree, prefix + PRICES, "the file of prices")
    region = fields.text("region")
    made = []
    for item in fields.items("prices", required=True):
        one = reading.fields(item, fields.file, "a price")
        entry: Entry = {"id": one.id(), "service": one.text("service"), "what": one.text("what"), "region": region}
        reading.findings.known(entry["service"], services, one.place("service"), "the service")
        known = one.tree("amount") is not None
        entry["amount"] = one.text("amount", required=False)
        entry["per"] = one.one_of("per", UNITS)
        entry["as_of"] = one.date("as_of", required=known)
        entry["reference"] = reading.reference(one) if known else one.text("reference", required=False)
        entry["confidence"] = one.one_of("confidence", CONFIDENCES, required=known)
        entry["check"], entry["at"] = one.text("check"), str(one.place())
        if known and not entry["amount"].replace(".", "", 1).isdecimal():
            reading.findings.add(one.place("amount"), f"the amount of the price {entry['id']!r} is no number.")
        one.end()
        made.append(entry)
    unique(made, "price", reading.findings)
    fields.end()
    return {entry["id"]: entry for entry in made}


class Formulas:
    """Reads formulas; knows what a text in one can mean. Needs may name those before them."""

    def __init__(self, reading: Reading, limits: dict[str, list[Entry]], file: str) -> None:
        self.reading, self.limits, self.file = reading, limits, file
        self.quantities: list[str] = []
        self.needs: list[str] = []

    def parse(self, tree: Tree | None) -> list[Any]:
        """A formula in its plain form; a wrong one is noted and becomes an unknown quantity."""
        if isinstance(tree, Scalar):
            return self._text(tree.text, tree)
        if isinstance(tree, Mapping) and len(tree.entries) == 1:
            (word, value) = next(iter(tree.entries.items()))
            items = value.items if isinstance(value, Sequence) else []
            if word in LISTS and items:
                return [word, *(self.parse(item) for item in items)]
            if word in SINGLES and value is not None:
                return [word, self.parse(value)]
            if word in STEPS and len(items) == 2:
                return [word, self.parse(items[0]), self.parse(items[1])]
            texts = [item.text for item in items if isinstance(item, Scalar)]
            if word == "limit" and len(texts) == 2:
                return self._limit(texts[0], texts[1], tree)
            if word == "need" and isinstance(value, Scalar):
                self.reading.findings.known(value.text, self.needs, self._place(tree), "the need")
                return ["need", value.text]
            if word == "step" and len(items) == 3 and isinstance(items[1], Sequence):
                rungs = [[self.parse(part) for part in rung.items] for rung in items[1].items
                         if isinstance(rung, Sequence)]  # fmt: skip
                return ["step", self.parse(items[0]), rungs, self.parse(items[2])]
        return self._wrong(tree, "is no formula")

    def _text(self, text: str, tree: Tree) -> list[Any]:
        if text == "unknown":
            return ["unknown"]
        if text in self.quantities:
            return ["quantity", text]
        if text in self.reading.words.questions:
            return ["answer", text]
        return literal(text) or self._wrong(tree, f"{text!r} is no answer, no quantity and no figure")

    def _limit(self, service: str, id: str, tree: Tree) -> list[Any]:
        found = next((limit for limit in self.limits.get(service, []) if limit["id"] == id), None)
        value = literal(found["value"]) if found else None
        return value or self._wrong(tree, f"{service} has no limit {id!r} that is a figure")

    def _wrong(self, tree: Tree | None, message: str) -> list[Any]:
        self.reading.findings.add(self._place(tree), f"{message}.")
        return ["unknown"]

    def _place(self, tree: Tree | None) -> Any:
        return self.reading.fields(tree if isinstance(tree, Mapping) else Mapping(tree.line if tree else 1),
                                   self.file, "").place()  # fmt: skip


def _figure(value: Fraction, dims: tuple[int, int], text: str) -> list[Any]:
    return ["figure", value.numerator, value.denominator, list(dims), text]
