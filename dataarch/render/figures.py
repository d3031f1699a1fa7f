"""What the numbers need, the limits that they meet, and what a month costs, as blocks."""

from __future__ import annotations

from fractions import Fraction

from dataarch import quantity
from dataarch.estimate.cost import NO_PRICE, NO_QUANTITY, BreakEven, Cost, Line, Money
from dataarch.estimate.estimate import NEAR, OVER, Crossing, Estimate, Met, Need
from dataarch.estimate.formula import digits, text as amount_text
from dataarch.render import words
from dataarch.render.page import Block, Cell, Heading, Item, Label, Line as Spans, Paragraph, Span, Table, note, prose

UNKNOWN = "unknown"
CURRENCY = "USD"
_STATES = {OVER: "above", NEAR: "close to"}


def money(amount: Money) -> str:
    """An amount of a month, or the range that it lies in.

    >>> money((Fraction(29), Fraction(29))), money((Fraction(0), Fraction(1234))), money((Fraction(5), None))
    ('29.00', '0 to 1,234', 'at least 5.00')
    """
    low, high = amount
    if high is None:
        return f"at least {_usd(low)}" if low else UNKNOWN
    return _usd(low) if low == high else f"{_usd(low)} to {_usd(high)}"


def met(found: Estimate) -> list[Item]:
    """The limits that are met, nearly met, or will be, one sentence each."""
    items = [Item(limit_line(one)) for one in found.met]
    items += [Item(prose(_need_met(one))) for one in found.needs if one.state]
    return items + [Item(prose(crossing(one))) for one in found.crossings]


def crossing(one: Crossing) -> str:
    """When growth changes a choice, as a sentence."""
    reached = f"by your growth it reaches {one.threshold} in {_time(one.years)}"
    return f"{one.question} {one.said}: {reached}, and from there on {one.decision} comes out differently."


def limit_line(one: Met) -> Spans:
    """One limit that an answer meets, with its source and day."""
    kind = f" ({one.limit.kind})" if one.limit.kind else ""
    side = "at least" if one.limit.bound == "at-least" else "at most"
    given = f"{words.joined(one.answers)} {one.said}"
    said = f"{given}: {one.limit.what} of {one.service}{kind} is {side} {one.limit.value}"
    when = ""
    if one.years is not None and one.state != OVER:
        when = f"; by your growth that is reached in {_time(one.years)}"
    state = {OVER: "beyond it", NEAR: "close to it"}.get(one.state, "within it today")
    raised = "can be raised" if one.limit.adjustable == "yes" else ""
    brackets = note(raised, f"read {one.limit.seen}", reference=one.limit.reference)
    return (Span(f"{said}, and you are {state}{when}."), *brackets)


def needs(found: Estimate) -> list[Block]:
    """What the numbers need, with the arithmetic."""
    rows: list[tuple[Cell, ...]] = []
    for one in found.needs:
        value = amount_text(one.value)
        needed = f"{value} {one.unit}".replace(" /s", "/s") if value != UNKNOWN else UNKNOWN
        asks: Spans = (Span(f"needs {', '.join(one.value.needs)}", "note"),) if one.value.needs else ()
        arithmetic = [prose(one.value.said), *([(Span(one.note, "note"),)] if one.note else [])]
        rows.append((prose(one.what), [(Span(needed, "strong"),), *([asks] if asks else [])], arithmetic,
                     (Span(one.reference, "reference"),)))  # fmt: skip
    return [Table(("what", "needed", "from", "source"), rows, shares=(20, 18, 32, 8))] if rows else []


def costs(found: Estimate) -> list[Block]:
    """The monthly estimate: a line for each thing that is paid for, the total, and what it leaves out."""
    counted = [cost for cost in found.costs if not cost.instead_of]
    rows = [row for cost in counted for row in _rows(cost, found.old)]
    if not rows:
        return []
    rows.append(((Span("Total a month", "strong"),), (), (), (Span(money(found.total), "strong"),)))
    lines = found.lines
    unknown = [line for line in lines if line.amount is None]
    said = f"{len(lines) - len(unknown)} of {len(lines)} lines have an amount; the total leaves out the others"
    blocks: list[Block] = [
        Table(("what", "quantity a month", "price, day", f"{CURRENCY} a month"), rows, shares=(24, 16, 20, 14)),
        Paragraph((Span(f"{said}, and {found.excluded}.", "note"),)),
    ]
    left = [f"{cost.what}: without {cost.leaves_out}" for cost in counted if cost.leaves_out]
    blocks += [Label("What a line leaves out"), *(Item(prose(f"{one}.")) for one in left)] if left else []
    return blocks


def alternatives(found: Estimate) -> list[Block]:
    """What the same choices cost in another mode, and where one option becomes cheaper than another."""
    others = [cost for cost in found.costs if cost.instead_of]
    names = {cost.id: cost for cost in found.costs}
    blocks: list[Block] = []
    for cost in others:
        beside = names.get(cost.instead_of)
        against = f", against {money(beside.total)} for {beside.what}" if beside else ""
        blocks.append(Item(prose(f"{cost.what}: {money(cost.total)} {CURRENCY} a month{against}.")))
    blocks += [Item(prose(break_even(one))) for one in found.break_evens]
    return [Label("Options compared"), *blocks] if blocks else []


def break_even(one: BreakEven) -> str:
    """Where two costs meet, as a sentence."""
    pair = f"{one.first} and {one.second}"
    if one.needs:
        return f"{pair}: the break-even is unknown; it needs {', '.join(one.needs)}."
    other = one.second if one.cheaper == one.first else one.first
    if one.at is None:
        return f"{pair}: none at any rate; {one.cheaper} is cheaper throughout, at an even load."
    rate = f"{digits(Fraction(one.at, quantity.UNITS['rate']['/s']))}/s"
    return f"{pair}: {one.cheaper} is cheaper up to about {rate} at an even load, {other} above."


def page(found: Estimate) -> list[Block]:
    """All of it, as parts of a page."""
    blocks: list[Block] = []
    if reached := met(found):
        blocks += [Heading(2, "Limits"), *reached]
    blocks += [Heading(2, "What the numbers need"), *needs(found)] if found.needs else []
    table = costs(found)
    return [*blocks, *([Heading(2, "Cost"), *table, *alternatives(found)] if table else [])]


def of_decision(found: Estimate, id: str) -> list[Block]:
    """What is said of one decision: what it needs, and what it costs in a month."""
    wanted = [one for one in found.needs if one.decision == id]
    lines: list[Block] = [Item(prose(f"{one.what}: {amount_text(one.value)} {one.unit} = {one.value.said}"))
                          for one in wanted]  # fmt: skip
    lines += [Item(prose(f"{cost.what}: {money(cost.total)} {CURRENCY} a month{_asks(cost)}"))
              for cost in found.costs if cost.decision == id]  # fmt: skip
    return [Label("What it needs and costs"), *lines] if lines else []


def unknown(line: Line) -> str:
    """Why a line has no amount, "" where it has one."""
    if line.state == NO_PRICE:
        return "no price with a source"
    return f"needs {', '.join(line.needs)}" if line.state == NO_QUANTITY and line.needs else ""


def _rows(cost: Cost, old: set[str]) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for line in cost.lines:
        price: Spans = (Span("no price with a source", "note"),)
        if line.price.amount:
            stale = ", old" if line.price.id in old else ""
            each = f"{line.price.amount} per {line.price.per}, {line.price.as_of}{stale} "
            price = (Span(each), Span(line.price.reference, "reference"))
        value = amount_text(line.quantity._replace(dims=(0, 0)))
        counted = f"{value} {line.price.per}" if value != UNKNOWN else UNKNOWN
        shown = money(line.amount) if line.amount is not None else UNKNOWN
        why = unknown(line) or (f"needs {', '.join(line.needs)}" if line.needs else "")
        why = why or (f"needs to know {cost.asks}" if cost.asks else "")
        amount: list[Spans] = [(Span(shown, "strong"),), *([(Span(why, "note"),)] if why else [])]
        rows.append((prose(f"{cost.what}: {line.what}"), prose(counted), price, amount))
    return rows


def _asks(cost: Cost) -> str:
    needed = list(dict.fromkeys(key for line in cost.lines for key in line.needs))
    return f" (needs {', '.join(needed)})" if needed else f" (needs to know {cost.asks})" if cost.asks else ""


def _need_met(one: Need) -> str:
    return f"{one.what}: {amount_text(one.value)}, {_STATES[one.state]} {one.at_most:,} {one.at_most_of}."


def _usd(amount: Fraction) -> str:
    if not amount:
        return "0"
    return f"{float(amount):,.2f}" if amount < 100 else f"{round(amount):,}"


def _time(years: float) -> str:
    if years < 1:
        months = max(round(years * 12), 1)
        return f"about {months} month{'' if months == 1 else 's'}"
    return f"about {years:.1f} years".replace(".0 ", " ")
