"""What it costs to move answers into other classes, and the answers that such moves make.

The price of a set of edits is one whole number: edits are counted first, and sets of one size stand in the order of
the questions and their values, the first edit that differs deciding. Prices of single moves add up to that of the set,
and no two different sets have the same price.
"""

from __future__ import annotations

from typing import Any

from dataarch.engine.classes import Variable
from dataarch.engine.engine import Engine, Known
from dataarch.engine.flips import nearest
from dataarch.engine.graph import Graph
from dataarch.rulebase.model import NONE

Prices = list[list[int | None]]
"""Per variable and class the price of being there, None where no edit leads there."""
Moves = dict[int, tuple[int, int]]
"""Variables that are moved → the first and the last of the neighbouring classes that they may be moved into."""


def prices(engine: Engine, graph: Graph, known: Known) -> Prices:
    """The price of every class of every variable, for known answers."""
    ranks = _ranks(engine, graph, known)
    size = len(ranks)

    def price(*edits: tuple[str, Any]) -> int:
        return (len(edits) << size) - sum(1 << (size - 1 - ranks[edit]) for edit in edits)

    return [_of_variable(graph, variable, known, price) for variable in graph.variables]


def answers(engine: Engine, graph: Graph, known: Known, moves: Moves) -> Known:
    """The whole new answers to the questions whose variables are moved, in interview order."""
    found: Known = {}
    for index, (first, last) in moves.items():
        variable = graph.variables[index]
        id = variable.question
        if variable.kind == "one-of":
            found[id] = variable.groups[first - 1][0]
        elif variable.kind == "quantity":
            found[id] = nearest(variable, first, last, known.get(id), engine.base.types[id])
        else:
            now: set[str] = set(found[id] if id in found else known.get(id, ()))
            group = variable.groups[0]
            if not first:
                now -= set(group)
            elif group == [NONE]:
                now = (now - _unseen(graph, id, known)) | {NONE}
            else:
                now.add(group[0])
            found[id] = [value for value in engine.base.questions[id].values if value in now]
    return {id: found[id] for id in engine.base.questions if id in found}


def edits_in(known: Known, new: Known) -> int:
    """How many single edits lead from known answers to new ones."""
    return sum(
        len(set(value) ^ set(known.get(id, ()))) if isinstance(value, list) else int(value != known.get(id))
        for id, value in new.items()
    )


def _of_variable(graph: Graph, variable: Variable, known: Known, price: Any) -> list[int | None]:
    id, now = variable.question, known.get(variable.question)
    if variable.kind == "any-of":
        group, chosen = variable.groups[0], [] if now is None else now
        inside = [value for value in chosen if value in group]
        if inside:
            return [price(*((id, value) for value in inside)), 0]
        beside = _unseen(graph, id, known) if group == [NONE] else ()
        return [0, price((id, group[0]), *((id, value) for value in beside))]
    at = 0 if now is None else variable.class_of(now)
    found: list[int | None] = [0 if now is None else None]
    for other in range(1, variable.size):
        empty = variable.kind == "quantity" and other == 1 and variable.cuts[0] <= 0
        key = other if variable.kind == "quantity" else variable.groups[other - 1][0]
        found.append(0 if other == at else None if empty else price((id, key)))
    return found


def _unseen(graph: Graph, id: str, known: Known) -> set[str]:
    """The chosen values of a question that no variable stands for; only where `none` is chosen must they go."""
    seen = {value for index in graph.of_question[id] for value in graph.variables[index].groups[0]}
    return {value for value in known.get(id, ()) if value not in seen}


def _ranks(engine: Engine, graph: Graph, known: Known) -> dict[tuple[str, Any], int]:
    """The place of every possible edit: by question, then by value as declared, or by how near a class is."""
    order: list[tuple[str, Any]] = []
    for id, question in engine.base.questions.items():
        if id not in graph.of_question:
            continue
        variable = graph.variables[graph.of_question[id][0]]
        if variable.kind == "quantity":
            at = variable.class_of(known[id]) if id in known else 0
            order += [(id, other) for other in sorted(range(1, variable.size), key=lambda c: (abs(c - at), c))]
        elif variable.kind == "any-of":
            order += [(id, value) for value in question.values]
        else:
            order += [(id, value) for group in variable.groups for value in group]
    return {edit: place for place, edit in enumerate(order)}
