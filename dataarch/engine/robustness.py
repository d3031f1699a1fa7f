"""How far each quantity can move, all other answers staying, before the leading outcome of a decision flips."""

from __future__ import annotations

import math
from typing import NamedTuple

from dataarch.engine.engine import Engine, Known
from dataarch.engine.evaluate import View
from dataarch.engine.graph import Graph
from dataarch.engine.roots import FALSE
from dataarch.engine.smallest import end, is_valid, support, touched

GROWTH = "yearly_growth"
"""The question that says by how much a year everything grows that grows with the data."""


class Room(NamedTuple):
    """The interval around the present value of a quantity in which the outcome stays: below `low`, and from `high` on,
    another comes out; None where no value on that side changes it. `under` is a value below `low`. `years` is the time
    after which growth reaches `high`, None where it does not or is not known."""

    question: str
    value: int
    low: int | None
    under: int | None
    high: int | None
    years: float | None


def robustness(engine: Engine, view: View, graph: Graph, known: Known, id: str) -> list[Room]:
    """The room of every answered quantity that a decision looks at for some profile, in interview order.

    Values that no valid profile has are passed over.
    """
    roots = graph.roots[id].all()
    classes = [max(at, 0) for at in graph.classes(known)]
    tested = {index for root in roots for index in support(graph, root)}
    guards = sorted({guard for root in roots for guard in touched(graph, root)})
    now = [end(graph, root, classes) for root in roots]
    found: list[Room] = []
    for index in tested:
        variable = graph.variables[index]
        if variable.kind != "quantity" or variable.question not in known:
            continue

        def flips(other: int, index: int = index) -> bool:
            moved = classes.copy()
            moved[index] = other
            if any(end(graph, guard, moved) == FALSE for guard in guards):
                return False
            return [end(graph, root, moved) for root in roots] != now

        at, value = classes[index], known[variable.question]
        least = 1 if variable.cuts[0] > 0 else 2
        lower = next((other for other in range(at - 1, least - 1, -1) if flips(other)), None)
        upper = next((other for other in range(at + 1, variable.size) if flips(other)), None)
        low = variable.cuts[lower - 1] if lower else None
        high = variable.cuts[upper - 2] if upper else None
        room = Room(variable.question, value, low, None if low is None else low - 1, high,
                    _years(engine, known, variable.question, high))  # fmt: skip
        for beyond in (room.under, room.high):
            if beyond is not None:
                _verify(engine, view, id, known, variable.question, beyond)
        found.append(room)
    order = list(engine.base.questions)
    return sorted(found, key=lambda room: order.index(room.question))


def _years(engine: Engine, known: Known, question: str, high: int | None) -> float | None:
    """How long the present value takes to grow to a threshold, compounding once a year."""
    growth, value = known.get(GROWTH, 0), known[question]
    if high is None or not value or not growth or not engine.base.questions[question].grows:
        return None
    return math.log(high / value) / math.log1p(growth / 100_000_000)


def _verify(engine: Engine, view: View, id: str, known: Known, question: str, value: int) -> None:
    """Raises where a value does not change the outcome after all, which would be an error in here."""
    moved = {**known, question: value}
    before, after = (view.evaluate(engine.bits(one)[0])[id] for one in (known, moved))
    if not is_valid(engine, moved, engine.bits(moved)[0]) or (
        (before.applies, set(before.chosen)) == (after.applies, set(after.chosen))
    ):
        raise AssertionError(f"{id}: {question} at {value} changes nothing")
