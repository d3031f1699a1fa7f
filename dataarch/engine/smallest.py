"""The smallest set of edits of the answers that leads to each other outcome of a decision, exactly.

An outcome here is the leading one, a test of an unknown answer not holding. First the price of the nearest way to every
terminal is worked out for every node of the decision's diagrams, as if every profile were valid. Then the cheapest way
is searched through the diagrams of the decision and of validity together; what was worked out before never promises
too much, so the first way that arrives is the cheapest. What is found is evaluated again before it is handed out.
"""

from __future__ import annotations

import heapq
from itertools import product
from typing import NamedTuple

from dataarch.engine.atoms import holds
from dataarch.engine.engine import Engine, Known
from dataarch.engine.evaluate import Verdict, View
from dataarch.engine.flips import bound
from dataarch.engine.graph import Graph, Walk
from dataarch.engine.moves import Moves, Prices, answers, edits_in, prices
from dataarch.engine.roots import FALSE, NA, OPTIONS, TERMINALS, TRUE
from dataarch.rulebase.model import NONE, Decision

Least = dict[int, dict[int, int]]
"""Node → terminal → the price of the nearest way there, valid or not."""


class Target(NamedTuple):
    """Another outcome. Of a decision that selects one: the option that wins, or None for "does not apply"; of one that
    selects many: one option, or None for the decision itself, and whether it comes to be selected (to apply)."""

    option: str | None
    gained: bool


class Edit(NamedTuple):
    """The edits of one answer: the whole new answer; for a quantity `bound` says between which thresholds any value
    leads to the same."""

    question: str
    value: object
    bound: str


class Smallest(NamedTuple):
    """One smallest set of edits that leads to a target, by question; `size` is how many single edits they are."""

    target: Target
    size: int
    edits: list[Edit]


class Found(NamedTuple):
    """The smallest sets of one decision, and the targets to which no edits lead."""

    sets: list[Smallest]
    unreachable: list[Target]


class Goal(NamedTuple):
    """A target as the terminal to which a root has to lead."""

    target: Target
    root: int
    terminal: int


def smallest(engine: Engine, view: View, graph: Graph, known: Known, id: str) -> Found:
    """The smallest set of edits for each other outcome of a decision, the smallest first; of sets of one size that for
    the option declared first. The known answers must be valid."""
    decision = engine.base.decisions[id]
    walk = Walk(graph, graph.classes(known))
    priced = prices(engine, graph, known)
    least: Least = {}
    found = Found([], [])
    for goal in _goals(decision, graph, walk):
        _work_out(graph, goal.root, priced, least)
        guards = touched(graph, goal.root)
        moved = _cheapest(graph, goal, guards, priced, least)
        if moved is None:
            found.unreachable.append(goal.target)
            continue
        moves = _widened(graph, goal, guards, walk.classes, moved)
        new = answers(engine, graph, known, moves)
        _verify(engine, view, decision, goal.target, {**known, **new})
        bounds = {
            variable.question: bound(variable, first, last, engine.base.types[variable.question])
            for index, (first, last) in moves.items()
            if (variable := graph.variables[index]).kind == "quantity"
        }
        edits = [Edit(question, value, bounds.get(question, "")) for question, value in new.items()]
        found.sets.append(Smallest(goal.target, edits_in(known, new), edits))
    found.sets.sort(key=lambda one: one.size)
    return found


def touched(graph: Graph, root: int) -> list[int]:
    """The diagrams of valid profiles that a change of what a root tests can touch."""
    own = support(graph, root)
    return [node for node in graph.valid if own & support(graph, node)]


def support(graph: Graph, root: int) -> set[int]:
    """The variables that are tested somewhere below a root."""
    return {graph.nodes[node] for node in _below(graph, root)}


def end(graph: Graph, node: int, classes: list[int]) -> int:
    """The terminal to which a node leads for these classes."""
    nodes = graph.nodes
    while node >= TERMINALS:
        node = nodes[node + 1 + classes[nodes[node]]]
    return node


def is_valid(engine: Engine, known: Known, bits: int) -> bool:
    """Whether answers with these bits meet no constraint, `none` beside another value included."""
    alone = all(not (isinstance(value, list) and NONE in value and len(value) > 1) for value in known.values())
    return alone and not any(holds(test, bits) for test in engine.tests["constraints"])


def _goals(decision: Decision, graph: Graph, walk: Walk) -> list[Goal]:
    """Every other outcome of a decision, the options as declared and its applicability last."""
    roots = graph.roots[decision.id]
    options = [option.id for option in decision.options]
    if not decision.many:
        now = walk.terminal(roots.outcome)
        goals = [
            Goal(Target(option, True), roots.outcome, OPTIONS + place)
            for place, option in enumerate(options)
            if now != OPTIONS + place
        ]
        return goals + ([Goal(Target(None, False), roots.outcome, NA)] if decision.reasons and now != NA else [])
    goals = []
    if len(options) > 1:  # a single one is selected where the decision applies
        for option, root in zip(options, roots.selected, strict=True):
            gained = walk.terminal(root) == FALSE
            goals.append(Goal(Target(option, gained), root, int(gained)))
    if decision.reasons:
        gained = walk.terminal(roots.applies) == FALSE
        goals.append(Goal(Target(None, gained), roots.applies, int(gained)))
    return goals


def _below(graph: Graph, root: int) -> set[int]:
    """The nodes that hang below a root, itself included; no terminals."""
    found: set[int] = set()
    pending = [root]
    while pending:
        node = pending.pop()
        if node >= TERMINALS and node not in found:
            found.add(node)
            pending += _children(graph, node)
    return found


def _children(graph: Graph, node: int) -> list[int]:
    size = graph.spans[graph.nodes[node]][1]
    return list(graph.nodes[node + 1 : node + 1 + size])


def _work_out(graph: Graph, root: int, priced: Prices, least: Least) -> None:
    """Adds to `least` what hangs below a root. Nodes stand in the array behind their children."""
    for node in sorted(_below(graph, root) - least.keys()):
        best: dict[int, int] = {}
        for price, child in zip(priced[graph.nodes[node]], _children(graph, node), strict=True):
            if price is not None:
                for terminal, rest in ({child: 0} if child < TERMINALS else least[child]).items():
                    total = price + rest
                    if terminal not in best or total < best[terminal]:
                        best[terminal] = total
        least[node] = best


def _cheapest(graph: Graph, goal: Goal, guards: list[int], priced: Prices, least: Least) -> dict[int, int] | None:
    """The classes of the variables to be moved on the cheapest way to a goal that leaves a valid profile.

    A state is a node of the decision's diagram with one of each guard; two ways to the same state differ in what is
    behind them only.
    """
    nodes, spans = graph.nodes, graph.spans
    if goal.root < TERMINALS or goal.terminal not in least[goal.root]:
        return None
    start = (goal.root, *guards)
    states: list[tuple[int, int, int, tuple[int, ...], dict[int, int]]] = [(0, 0, 0, start, {})]
    done: set[tuple[int, ...]] = set()
    serial = 0
    while states:
        _, _, paid, state, moved = heapq.heappop(states)
        if state in done:
            continue
        done.add(state)
        top = min((nodes[node] for node in state if node >= TERMINALS), default=-1)
        if top < 0:
            return moved
        for other in range(spans[top][1]):
            price = priced[top][other]
            if price is None:
                continue
            into = tuple(nodes[n + 1 + other] if n >= TERMINALS and nodes[n] == top else n for n in state)
            node = into[0]
            rest = (0 if node == goal.terminal else None) if node < TERMINALS else least[node].get(goal.terminal)
            if rest is None or FALSE in into[1:] or into in done:
                continue
            serial += 1
            heapq.heappush(
                states, (paid + price + rest, serial, paid + price, into, {**moved, top: other} if price else moved)
            )
    return None


def _widened(graph: Graph, goal: Goal, guards: list[int], classes: list[int], moved: dict[int, int]) -> Moves:
    """The moves, quantities with every neighbouring class that leads to the same, wherever the other ones are."""
    found = {index: (other, other) for index, other in moved.items()}

    def leads(inside: Moves) -> bool:
        changed = classes.copy()
        for combination in product(*(range(first, last + 1) for first, last in inside.values())):
            for index, other in zip(inside, combination, strict=True):
                changed[index] = other
            if end(graph, goal.root, changed) != goal.terminal:
                return False
            if any(end(graph, guard, changed) != TRUE for guard in guards):
                return False
        return True

    for index, other in moved.items():
        size = graph.variables[index].size
        if graph.variables[index].kind == "quantity":
            for step in (-1, 1):
                edge = other + step
                while 1 <= edge < size and leads({**found, index: (edge, edge)}):
                    first, last = found[index]
                    found[index] = (min(first, edge), max(last, edge))
                    edge += step
    return found


def _verify(engine: Engine, view: View, decision: Decision, target: Target, known: Known) -> None:
    """Raises where edited answers do not lead to a target after all, which would be an error in here."""
    bits, _ = engine.bits(known)
    if not is_valid(engine, known, bits) or not _reached(decision, target, view.evaluate(bits)[decision.id]):
        raise AssertionError(f"{decision.id}: {known} do not lead to {target}")


def _reached(decision: Decision, target: Target, verdict: Verdict) -> bool:
    chosen = [decision.options[place].id for place in verdict.chosen]
    if target.option is None:
        return verdict.applies == target.gained
    return (target.option in chosen) == target.gained
