"""What the choices cost in a month: quantity times a dated price, a range where the answers give one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from dataarch.estimate.formula import Formulas, Range
from dataarch.recommendation import Recommendation
from dataarch.rulebase.catalogue import Price
from dataarch.rulebase.figures import UNITS

Money = tuple[Fraction, Fraction | None]
"""USD, from and to; None is without end."""
SOURCED, PARTLY, NO_PRICE, NO_QUANTITY = "sourced", "partly", "no-price", "no-quantity"
_GRID = [digit * 10**power for power in range(11) for digit in (1, 2, 5)]
"""The rates, in events a day, at which two costs are compared before the place where they meet is narrowed."""


class Line(NamedTuple):
    """One line: how much of what, at which price. `state` is sourced (an amount with an upper end), partly (at least
    this much), no-price or no-quantity; `amount` is of a month."""

    what: str
    price: Price
    quantity: Range
    amount: Money | None
    state: str

    @property
    def needs(self) -> tuple[str, ...]:
        """The questions whose answers would narrow it."""
        return self.quantity.needs


class Cost(NamedTuple):
    """The cost of one way to run a choice; `instead_of` names the one that it could replace, "" for one that counts."""

    id: str
    decision: str
    what: str
    lines: list[Line]
    total: Money
    instead_of: str
    leaves_out: str
    asks: str


class BreakEven(NamedTuple):
    """Two costs over one answer: `at` is where they meet (None: nowhere), `cheaper` the one below it, or everywhere."""

    first: str
    second: str
    over: str
    at: int | None
    cheaper: str
    needs: tuple[str, ...]


def costs(result: Recommendation, formulas: Formulas) -> list[Cost]:
    """The costs of what is chosen, each once, in the order of the rules; those that replace one follow it."""
    found = []
    for entry in result.engine.base.sizing["costs"]:
        decision = next((id for id, option in entry["for"] if option in chosen(result, id)), None)
        if decision:
            found.append(cost(entry, decision, formulas))
    return found


def cost(entry: dict[str, Any], decision: str, formulas: Formulas) -> Cost:
    """One cost."""
    lines = [_line(formulas.prices[price], formulas.range(formula)) for price, formula in entry["lines"]]
    return Cost(entry["id"], decision, entry["what"], lines, total(lines), entry["instead_of"], entry["leaves_out"],
                entry["asks"])  # fmt: skip


def total(lines: list[Line]) -> Money:
    """The sum of lines; a line that is unknown leaves the upper end open."""
    amounts = [line.amount for line in lines]
    highs = [amount[1] for amount in amounts if amount is not None and amount[1] is not None]
    low = sum((amount[0] for amount in amounts if amount is not None), Fraction(0))
    return low, sum(highs, Fraction(0)) if len(highs) == len(lines) else None


def chosen(result: Recommendation, decision: str) -> list[str]:
    """The options of a decision that are chosen."""
    one = result.decisions.get(decision)
    if one is None or one.choice is None:
        return []
    return list(one.choice) if isinstance(one.choice, list) else [one.choice]


def break_evens(result: Recommendation, formulas: Formulas) -> list[BreakEven]:
    """Where two costs of a decision that applies meet."""
    base = result.engine.base
    entries = {entry["id"]: entry for entry in base.sizing["costs"]}
    found = []
    for over, beside, (first, second) in base.sizing["comparisons"]:
        decision = entries[first]["for"][0][0]
        if not (result.decisions.get(decision) and result.decisions[decision].choice):
            continue

        def amounts(rate: int, over: str = over, beside: str = beside, pair: tuple[str, str] = (first, second),
                    decision: str = decision) -> tuple[Money, Money]:  # fmt: skip
            known = {**formulas.known, over: rate, **({beside: rate} if beside else {})}
            moved = formulas.over(known)
            one, other = (cost(entries[id], decision, moved).total for id in pair)
            return one, other

        found.append(_meeting(entries[first]["what"], entries[second]["what"], over, amounts))
        if found[-1].needs == ():
            continue
        needs = [key for id in (first, second) for line in cost(entries[id], decision, formulas).lines
                 for key in line.needs if key not in (over, beside)]  # fmt: skip
        found[-1] = found[-1]._replace(needs=tuple(dict.fromkeys(needs)))
    return found


def _meeting(first: str, second: str, over: str, amounts: Callable[[int], tuple[Money, Money]]) -> BreakEven:
    """Narrows the place at which the sign of the difference turns; the first such place counts."""

    def ahead(rate: int) -> bool | None:
        (_, one), (_, other) = amounts(rate)
        return None if one is None or other is None else one <= other

    rates = [rate * 10_000 for rate in _GRID]
    begin = ahead(rates[0])
    if begin is None:
        return BreakEven(first, second, over, None, "", ("unknown",))
    for pair in pairwise(rates):
        if ahead(pair[1]) == begin:
            continue
        low, high = pair
        while high - low > max(low // 200, 1):
            middle = (low + high) // 2
            low, high = (middle, high) if ahead(middle) == begin else (low, middle)
        return BreakEven(first, second, over, high, first if begin else second, ())
    return BreakEven(first, second, over, None, first if begin else second, ())


def _line(price: Price, quantity: Range) -> Line:
    scale, dims = UNITS[price.per]
    if quantity.said != "?" and quantity.dims != dims:
        raise AssertionError(f"{price.id} is for {price.per}, and {quantity.said} is something else")
    counted = quantity._replace(low=quantity.low / scale, high=None if quantity.high is None else quantity.high / scale)
    if not price.amount:
        return Line(price.what, price, counted, None, NO_PRICE)
    each = Fraction(price.amount)
    amount = (counted.low * each, None if counted.high is None else counted.high * each)
    if amount[1] is not None:
        return Line(price.what, price, counted, amount, SOURCED)
    return Line(price.what, price, counted, amount if amount[0] else None, PARTLY if amount[0] else NO_QUANTITY)
