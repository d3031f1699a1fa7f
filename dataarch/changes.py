"""What flips a decision for a workload, with what would then be recommended: the smallest changes of the answers, and
how far each number can move."""

from __future__ import annotations

from typing import NamedTuple

from dataarch.engine.engine import Engine, Known
from dataarch.engine.evaluate import View
from dataarch.engine.flips import Choice
from dataarch.engine.robustness import Room, robustness
from dataarch.engine.smallest import Smallest, Target, smallest
from dataarch.leading import leading


class Outcome(NamedTuple):
    """What is recommended: `choice` is null where it does not apply, and where nothing speaks for an option yet."""

    applies: bool
    choice: Choice


class Flipped(NamedTuple):
    """A smallest set of edits. `firm` says whether what it leads to would be recommended, too: an outcome may lead
    while nothing that is known speaks for it."""

    smallest: Smallest
    firm: bool


class Margin(NamedTuple):
    """The room of a quantity, and what is recommended below and above it; None where nothing on that side changes."""

    room: Room
    below: Outcome | None
    above: Outcome | None


class Changes(NamedTuple):
    """Everything that flips one decision."""

    sets: list[Flipped]
    unreachable: list[Target]
    margins: list[Margin]


def changes(engine: Engine, view: View, known: Known, id: str) -> Changes:
    """What flips a decision for valid known answers."""
    graph, decision = engine.graph(view), engine.base.decisions[id]

    def outcome(new: Known) -> Outcome:
        whole = {**known, **new}
        verdict = view.evaluate(engine.bits(whole)[0])[id]
        found = leading(decision, verdict, graph.scopes(graph.roots[id].all(), graph.classes(whole)))
        return Outcome(found.verdict.applies, found.choice)

    def firm(one: Smallest) -> bool:
        applies, choice = outcome({edit.question: edit.value for edit in one.edits})
        if one.target.option is None:
            return applies == one.target.gained
        return (one.target.option in (choice if isinstance(choice, list) else [choice])) == one.target.gained

    def beyond(question: str, value: int | None) -> Outcome | None:
        return None if value is None else outcome({question: value})

    found = smallest(engine, view, graph, known, id)
    rooms = robustness(engine, view, graph, known, id)
    return Changes(
        [Flipped(one, firm(one)) for one in found.sets],
        found.unreachable,
        [Margin(room, beyond(room.question, room.under), beyond(room.question, room.high)) for room in rooms],
    )
