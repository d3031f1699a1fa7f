"""Whether a criterion lives: whether its removal changes an outcome, the order of the first two, or a confidence.

A witness found by sampling is a proof of life: among examples and their variations, else on the diagram of where the
criterion holds. What sampling leaves is searched exactly: all criteria of the decision, with and without the one, are
walked through together, class by class, until the two differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from dataarch.check.extent import Extent
from dataarch.check.proofs import Standing
from dataarch.check.samples import Sample, Samples
from dataarch.check.witness import known_of
from dataarch.engine.compile import Compiler
from dataarch.engine.diagram import LAST
from dataarch.engine.engine import Engine
from dataarch.engine.evaluate import Verdict, View
from dataarch.engine.roots import FALSE, TERMINALS, TRUE
from dataarch.errors import Finding, Place
from dataarch.recommendation import CLEAR_MARGIN
from dataarch.rulebase.model import SELECTED_AT, Decision

SAMPLES = 60
"""How many profiles are tried for each criterion and standing before the exact search."""

_STATES = 300_000
_DECISIVE = 1_000_000

Scores = tuple[int | None, ...]
Pending = tuple[tuple[int, int, bool, int], ...]


def dead_criteria(engine: Engine, decision: Decision, standing: list[Standing], extent: Extent,
                  samples: Samples) -> Iterator[Finding]:  # fmt: skip
    """The criteria that change nothing on any day, under any basis, for any profile."""
    for index, criterion in enumerate(decision.criteria):
        if not extent.criterion(criterion):
            continue
        within = [one for one in standing if index in one.view.active[decision.id]]
        if any(_shown(decision, index, one, samples) for one in within):
            continue
        if any(_varied(decision, index, one, samples) for one in within):
            continue
        if any(_sampled(engine, decision, index, one) for one in within):
            continue
        file, _, line = criterion.at.rpartition(":")
        place, name = Place(file, int(line)), f"the criterion {criterion.id!r} of {decision.id!r}"
        if not within:
            yield Finding(place, f"{name} has weight on no day between the whitepaper and the review.")
            continue
        lives = [_Search(decision, index, one.compiler).lives() for one in within]
        if True not in lives:
            said = "could not be shown to change anything" if None in lives else "is dead: its removal changes nothing"
            yield Finding(place, f"{name} {said}.")


def _shown(decision: Decision, index: int, standing: Standing, samples: Samples) -> bool:
    """Whether an example shows that the criterion lives."""
    view = standing.view
    return any(_matters(decision, index, one, view) for one in samples.of(decision.id, view))


def _varied(decision: Decision, index: int, standing: Standing, samples: Samples) -> bool:
    """Whether a variation of an example, or of any profile that meets its condition, shows that the criterion lives."""
    view, apart, random = standing.view, standing.apart, Random(index)
    starts = [one.known for one in samples.of(decision.id, view) if index in (*one.verdict.held, *one.verdict.narrowed)]
    root = apart.possible(apart.effective(decision, index))
    if root != FALSE:
        starts += [apart.answers(_path(apart, root, random)) for _ in range(3)]
    varied = samples.varied(decision.id, view, starts, decision.criteria[index].when, SAMPLES, random)
    return any(_matters(decision, index, one, view) for one in varied)


def _matters(decision: Decision, index: int, sample: Sample, view: View) -> bool:
    """Whether a sample comes out otherwise without the criterion, as far as a reader sees it."""
    if index not in sample.verdict.held:
        return False
    less = view.verdict(decision.id, sample.bits, without=index)
    return summary(decision, sample.verdict) != summary(decision, less)


def summary(decision: Decision, verdict: Verdict) -> tuple[object, ...]:
    """What a reader sees of a verdict: what is chosen, the first two, and how clear the lead is."""
    size = len(decision.options)
    left = [place for place in range(size) if not verdict.ruled_out[place]]
    order = sorted(left, key=lambda place: (not verdict.decisive[place], -verdict.points[place], place))
    if decision.many:
        weighed = [verdict.points[place] for place in verdict.chosen if not verdict.decisive[place]]
        return tuple(sorted(verdict.chosen)), order[:2], not weighed or min(weighed) >= CLEAR_MARGIN
    scores = [verdict.points[place] + _DECISIVE * verdict.decisive[place] for place in order]
    return (verdict.applies, order[:2], _clear(scores))


def _clear(scores: list[int]) -> int:
    """How clear the lead of the first score is: 0 a tie, 1 a lead, 2 a clear lead."""
    if len(scores) < 2 or scores[0] - scores[1] >= CLEAR_MARGIN:
        return 2
    return 1 if scores[0] > scores[1] else 0


def _sampled(engine: Engine, decision: Decision, index: int, standing: Standing) -> bool:
    """Whether a sampled profile shows that the criterion lives."""
    compiler, diagrams = standing.compiler, standing.compiler.diagrams
    applies = compiler.applies(decision)
    root = compiler.possible(compiler.effective(decision, index), applies)
    if root == FALSE:
        return False
    random, conditions = Random(index), [applies, *(valid for _, valid in compiler.valid())]
    tests = [compiler.effective(decision, i) for i in compiler.active[decision.id]]
    support = sorted({v for test in tests for v in diagrams.support(test)})
    order = list(engine.base.decisions)
    before = order[: order.index(decision.id)]
    for attempt in range(SAMPLES):
        classes = _path(compiler, root, random)
        density = (0.0, 0.1, 0.3, 0.6)[attempt % 4]
        for variable in support:
            if variable not in classes and random.random() < density:
                classes[variable] = random.randrange(diagrams.sizes[variable])
        if not all(_allows(compiler, condition, classes) for condition in conditions):
            continue
        bits, _ = engine.bits(known_of(compiler, classes))
        for id in before:
            bits |= standing.view.outcome_bits(id, standing.view.verdict(id, bits))
        whole = summary(decision, standing.view.verdict(decision.id, bits))
        if whole != summary(decision, standing.view.verdict(decision.id, bits, without=index)):
            return True
    return False


def _path(compiler: Compiler, root: int, random: Random) -> dict[int, int]:
    """A random assignment that leads to true; in a reduced diagram every node but false leads there."""
    diagrams, classes = compiler.diagrams, {}
    while root >= TERMINALS:
        choices = [c for c, child in enumerate(diagrams.children[root]) if child != FALSE]
        at = random.choice(choices)
        classes[diagrams.variable[root]] = at
        root = diagrams.children[root][at]
    return classes


def _allows(compiler: Compiler, node: int, classes: dict[int, int]) -> bool:
    diagrams = compiler.diagrams
    while node >= TERMINALS:
        node = diagrams.children[node][classes.get(diagrams.variable[node], 0)]
    return node == TRUE


class _Side(NamedTuple):
    """One of the two contests: what is still open, and the points so far (None: ruled out)."""

    pending: Pending
    scores: Scores


class _Search:
    """The exact search for a profile on which the decision with and without a criterion differ."""

    def __init__(self, decision: Decision, index: int, compiler: Compiler) -> None:
        self.diagrams = compiler.diagrams
        self.many = decision.many
        option = decision.criteria[index].option
        places = {o.id: place for place, o in enumerate(decision.options)}
        sides = []
        for without in (None, index):
            evidence = [
                (compiler.effective(decision, i, without), places[criterion.option],
                 criterion.effect == "rules_out",
                 _DECISIVE if criterion.strength == "decisive" else criterion.points)
                for i in compiler.active[decision.id]
                if i != without and ((criterion := decision.criteria[i]).option == option or not self.many)
            ]  # fmt: skip
            sides.append(_gathered(evidence, (0,) * len(places)))
        own = compiler.effective(decision, index)
        tests = [compiler.effective(decision, i) for i in compiler.active[decision.id]]
        self.must = compiler.possible(own, compiler.applies(decision), beside=tests)
        self.start = (self.must, sides[0], sides[1])
        self.place = places[option]
        self.seen: set[tuple[int, _Side, _Side]] = set()

    def lives(self) -> bool | None:
        """Whether such a profile exists; None where the search grew too large to tell."""
        stack = [self.start]
        while stack:
            must, whole, less = stack.pop()
            if must == FALSE:
                continue
            whole, less = self._pruned(whole, less)
            if not whole.pending and not less.pending:
                if self._view(whole.scores) != self._view(less.scores):
                    return True
                continue
            state = (must, whole, less)
            if state in self.seen:
                continue
            self.seen.add(state)
            if len(self.seen) > _STATES:
                return None
            nodes = [must, *(item[0] for side in (whole, less) for item in side.pending)]
            top = min(self.diagrams.variable[node] for node in nodes)
            if top == LAST:
                continue
            for at in range(self.diagrams.sizes[top]):
                stack.append((self._next(must, top, at), self._taken(whole, top, at), self._taken(less, top, at)))
        return False

    def _next(self, node: int, top: int, at: int) -> int:
        return self.diagrams.children[node][at] if self.diagrams.variable[node] == top else node

    def _taken(self, side: _Side, top: int, at: int) -> _Side:
        evidence = [(self._next(node, top, at), option, out, points) for node, option, out, points in side.pending]
        return _gathered(evidence, side.scores)

    def _pruned(self, whole: _Side, less: _Side) -> tuple[_Side, _Side]:
        """Drops the options that can be among the first two on neither side."""
        if self.many:
            return whole, less
        size = len(whole.scores)
        hopeless = {
            option
            for option in range(size)
            if all(_behind(side, option) >= 2 for side in (whole, less))
        }
        if not hopeless:
            return _level(whole), _level(less)
        sides = [
            _Side(
                tuple(item for item in side.pending if item[1] not in hopeless),
                tuple(None if option in hopeless else score for option, score in enumerate(side.scores)),
            )
            for side in (whole, less)
        ]
        return _level(sides[0]), _level(sides[1])

    def _view(self, scores: Scores) -> tuple[object, ...]:
        if self.many:
            score = scores[self.place]
            return (score is not None and score >= SELECTED_AT, score is not None and score >= CLEAR_MARGIN)
        order = sorted((o for o, score in enumerate(scores) if score is not None), key=lambda o: (-(scores[o] or 0), o))
        return tuple(order[:2]), _clear([scores[o] or 0 for o in order])


def _behind(side: _Side, option: int) -> int:
    """How many others are surely ahead of an option, whatever is still open."""
    score = side.scores[option]
    if score is None:
        return len(side.scores)
    best = score + sum(points for _, o, out, points in side.pending if o == option and not out and points > 0)
    ahead = 0
    for rival, worst in enumerate(side.scores):
        if rival == option or worst is None or any(o == rival and out for _, o, out, _ in side.pending):
            continue
        least = worst + sum(points for _, o, _, points in side.pending if o == rival and points < 0)
        ahead += least > best or (least == best and rival < option)
    return ahead


def _level(side: _Side) -> _Side:
    """The same contest with the least score at nought; only differences matter."""
    least = min((score for score in side.scores if score is not None), default=0)
    return side._replace(scores=tuple(None if score is None else score - least for score in side.scores))


def _gathered(evidence: list[tuple[int, int, bool, int]], scores: Scores) -> _Side:
    """Evidence that has come true is counted, false evidence dropped, the open one merged and sorted."""
    now = list(scores)
    left: dict[tuple[int, int, bool], int] = {}
    for node, option, out, points in evidence:
        score = now[option]
        if node == FALSE or score is None:
            continue
        if node == TRUE:
            now[option] = None if out else score + points
        else:
            key = (node, option, out)
            left[key] = left.get(key, 0) + points
    pending = tuple(sorted((*key, points) for key, points in left.items() if now[key[1]] is not None))
    return _Side(pending, tuple(now))
