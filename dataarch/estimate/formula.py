"""Formulas of the rules, evaluated exactly over answers: a range from what is known, and the arithmetic behind it.

An answer that is unknown can be anything from nothing to without end, so what depends on it has an open end, and names
the question. What no answer touches stays exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from copy import copy
from fractions import Fraction
from typing import Any, NamedTuple

from dataarch import quantity
from dataarch.rulebase.model import RuleBase

Dims = tuple[int, int]
"""Powers of byte and second."""
Known = Mapping[str, Any]

_SCALE: dict[str, tuple[int, Dims]] = {
    "size": (1, (1, 0)), "duration": (10**9, (0, 1)), "rate": (quantity.UNITS["rate"]["/s"], (0, -1)),
    "percentage": (100_000_000, (0, 0)), "whole-number": (1, (0, 0)),
}  # fmt: skip
_SIGN = {"times": " × ", "over": " ÷ ", "plus": " + "}  # noqa: RUF001


class Range(NamedTuple):
    """From `low` to `high` (None: without end), in bytes and seconds. `needs` are the questions whose answers would
    narrow it; `said` is the arithmetic with its figures."""

    low: Fraction
    high: Fraction | None
    dims: Dims
    needs: tuple[str, ...]
    said: str

    @property
    def exact(self) -> bool:
        """Whether it is one figure."""
        return self.low == self.high


class Formulas:
    """The formulas of a rule base over known answers."""

    def __init__(self, base: RuleBase, known: Known) -> None:
        self.base, self.known = base, known
        sizing = base.sizing
        self.quantities = dict(sizing["quantities"])
        self.needs = {need["id"]: need["is"] for need in sizing["needs"]}
        self.prices = base.prices

    def over(self, known: Known) -> Formulas:
        """The same formulas over other answers."""
        other = copy(self)
        other.known = known
        return other

    def range(self, formula: list[Any]) -> Range:
        """The value of a formula."""
        word, *rest = formula
        if word == "figure":
            numerator, denominator, dims, said = rest
            value = Fraction(numerator, denominator)
            return Range(value, value, (dims[0], dims[1]), (), said)
        if word == "answer":
            return self._answer(rest[0])
        if word == "quantity":
            return self.range(self.quantities[rest[0]])
        if word == "need":
            found = self.range(self.needs[rest[0]])
            return found._replace(said=text(found))
        if word == "unknown":
            return Range(Fraction(0), None, (0, 0), (), "?")
        if word == "step":
            return self._step(*rest)
        if word == "first":
            return _first([self.range(part) for part in rest])
        return self._combined(word, [self.range(part) for part in rest])

    def _answer(self, question: str) -> Range:
        kind = self.base.types[question]
        scale, dims = _SCALE[kind]
        if question not in self.known:
            return Range(Fraction(0), None, dims, (question,), question)
        value = Fraction(self.known[question], scale)
        return Range(value, value, dims, (), quantity.text(self.known[question], kind))

    def _step(self, formula: list[Any], rungs: list[list[Any]], above: list[Any]) -> Range:
        """The figure of the first rung that a value is not above, else the last one."""
        value, last = self.range(formula), self.range(above)

        def rung(at: Fraction | None) -> Range:
            for bound, figure in rungs:
                if at is not None and at <= self.range(bound).low:
                    return self.range(figure)
            return last

        low, high = rung(value.low), rung(value.high)
        return Range(low.low, high.high, low.dims, value.needs, f"for {value.said}")

    def _combined(self, word: str, parts: list[Range]) -> Range:
        needs = tuple(dict.fromkeys(key for part in parts for key in part.needs))
        low, high = _bounds(word, parts)
        return Range(low, high, _dims(word, parts), needs, _said(word, parts))


def text(value: Range) -> str:
    """A range as a person writes it, with its unit."""
    if value.high is None:
        return f"at least {figure(value.low, value.dims)}" if value.low else "unknown"
    if value.exact:
        return figure(value.low, value.dims)
    if not value.low:
        return f"up to {figure(value.high, value.dims)}"
    return f"{figure(value.low, value.dims)} to {figure(value.high, value.dims)}"


def figure(value: Fraction, dims: Dims) -> str:
    """A figure with its unit, to three digits.

    >>> figure(Fraction(10_000_000), (1, -1)), figure(Fraction(50), (0, 0)), figure(Fraction(2628000), (0, 1))
    ('10 MB/s', '50', '730 h')
    """
    if dims in ((1, 0), (1, -1)):
        units = (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 1000))
        name, unit = next((one for one in units if value >= one[1]), ("B", 1))
        return f"{digits(value / unit)} {name}{'/s' if dims[1] else ''}"
    if dims == (0, 1):
        return f"{digits(value / 3600)} h"
    if dims == (0, -1):
        return f"{digits(value)}/s"
    return digits(value)


def digits(value: Fraction) -> str:
    """A number to at least three digits, thousands apart.

    >>> digits(Fraction(1234567, 100)), digits(Fraction(1, 3)), digits(Fraction(5, 2))
    ('12,346', '0.333', '2.5')
    """
    if value >= 100 or value == int(value):
        return f"{round(value):,}"
    places = 2 if value >= 1 else min(6, 2 - math.floor(math.log10(value))) if value else 0
    return f"{float(value):.{places}f}".rstrip("0").rstrip(".")


def _first(parts: list[Range]) -> Range:
    """The first of several that is known; where another stands in for the first, the first is what is needed."""
    found = next((part for part in parts if part.high is not None), parts[-1])
    if found is parts[0] or found.exact:
        return found
    return found._replace(needs=parts[0].needs, said=parts[0].said if found.needs else found.said)


def _bounds(word: str, parts: list[Range]) -> tuple[Fraction, Fraction | None]:
    lows, highs = [part.low for part in parts], [part.high for part in parts]
    first, second = parts[0], parts[-1]
    if word == "up_to":
        return Fraction(0), first.high
    if word == "at_least":
        return first.low, None
    if word == "times":
        return math.prod(lows, start=Fraction(1)), _product(highs)
    if word == "over":
        low = first.low / second.high if second.high else Fraction(0)
        return low, first.high / second.low if first.high is not None and second.low else None
    known = [high for high in highs if high is not None]
    high = None if len(known) < len(highs) else known
    if word == "plus":
        return sum(lows, Fraction(0)), None if high is None else sum(high, Fraction(0))
    if word == "most":
        return max(lows), None if high is None else max(high)
    if word == "least":
        return min(lows), min(known) if known else None
    change = _CHANGES[word]
    return change(first.low, second.low), None if first.high is None else change(first.high, second.low)


def _product(highs: list[Fraction | None]) -> Fraction | None:
    if any(high == 0 for high in highs):
        return Fraction(0)
    known = [high for high in highs if high is not None]
    return math.prod(known, start=Fraction(1)) if len(known) == len(highs) else None


def _dims(word: str, parts: list[Range]) -> Dims:
    if word == "times":
        return sum(part.dims[0] for part in parts), sum(part.dims[1] for part in parts)
    if word == "over":
        return parts[0].dims[0] - parts[1].dims[0], parts[0].dims[1] - parts[1].dims[1]
    return (0, 0) if word == "pieces" else parts[0].dims


def _said(word: str, parts: list[Range]) -> str:
    said = [part.said for part in parts]
    if word in _SIGN:
        shown = [f"({one})" if any(sign in one for sign in (" + ", " to ")) else one for one in said]
        return _SIGN[word].join(shown)
    if word in ("most", "least"):
        return f"the {'largest' if word == 'most' else 'smallest'} of {'; '.join(said)}"
    if word == "up":
        return said[0]
    if word == "up_to":
        return f"up to {said[0]}"
    if word == "at_least":
        return f"at least {said[0]}"
    if word == "in_steps":
        return f"{said[0]} in steps of {said[1]}"
    return f"pieces of {said[1]} in {said[0]}"


def _steps(value: Fraction, step: Fraction) -> Fraction:
    return max(Fraction(math.ceil(value / step)), Fraction(1))


_CHANGES: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "up": lambda value, _: Fraction(math.ceil(value)),
    "in_steps": lambda value, step: _steps(value, step) * step,
    "pieces": _steps,
}
