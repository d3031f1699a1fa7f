"""What the numbers of a workload need, which limits they meet, and what a month costs."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

from dataarch import quantity
from dataarch.engine.robustness import GROWTH, robustness
from dataarch.estimate.cost import BreakEven, Cost, Line, Money, break_evens, chosen, costs
from dataarch.estimate.formula import Formulas, Range
from dataarch.recommendation import Recommendation
from dataarch.rulebase.catalogue import Limit
from dataarch.rulebase.model import CAUTION, CRITICAL
from dataarch.rulebase.service import amount

OVER, NEAR, SOON = "met", "near", "soon"
_YEARS = 3
"""How far ahead growth is looked at."""
_PER_CENT = 100_000_000


class Need(NamedTuple):
    """How much of something the numbers of a workload need, with the arithmetic; `state` is met or near where that
    comes up to `at_most`, else ""."""

    id: str
    decision: str
    what: str
    unit: str
    value: Range
    note: str
    at_most: int
    at_most_of: str
    state: str
    reference: str


class Met(NamedTuple):
    """A limit of a chosen service that an answer meets (`state` is met), nearly meets (near), or will meet through
    growth after `years` (soon). `said` is the answer as it was given; `severity` is that of a warning."""

    service: str
    limit: Limit
    said: str
    answers: list[str]
    state: str
    severity: str
    years: float | None


class Crossing(NamedTuple):
    """An answer that will grow over a threshold of a decision after `years`, and so change its outcome."""

    question: str
    said: str
    threshold: str
    decision: str
    years: float


class Estimate(NamedTuple):
    """The whole estimate of one recommendation; `old` are the prices that were read too long before its day."""

    needs: list[Need]
    met: list[Met]
    crossings: list[Crossing]
    costs: list[Cost]
    total: Money
    break_evens: list[BreakEven]
    excluded: str
    old: set[str]

    @property
    def lines(self) -> list[Line]:
        """The lines that count towards the total."""
        return [line for cost in self.costs if not cost.instead_of for line in cost.lines]


def estimate(result: Recommendation) -> Estimate:
    """The estimate of a recommendation: a pure function of it, like everything that follows from one."""
    base = result.engine.base
    formulas = Formulas(base, result.profile.known)
    found = costs(result, formulas)
    counted = [cost.total for cost in found if not cost.instead_of]
    highs = [high for _, high in counted if high is not None]
    low = sum((low for low, _ in counted), Fraction(0))
    total = (low, sum(highs, Fraction(0)) if len(highs) == len(counted) else None)
    old = {price.id for price in base.prices.values() if price.as_of and _days(price.as_of, result.view.day) >
           base.sizing["old"] // quantity.UNITS["duration"]["d"]}  # fmt: skip
    needs = _needs(result, formulas)
    meetings = break_evens(result, formulas)
    return Estimate(needs, _met(result), _crossings(result), found, total, meetings, base.sizing["excluded"], old)


def _needs(result: Recommendation, formulas: Formulas) -> list[Need]:
    found = []
    near = Fraction(result.engine.base.sizing["near"], _PER_CENT)
    for entry in result.engine.base.sizing["needs"]:
        decision = next((id for id, option in entry["for"] if option in chosen(result, id)), None)
        if not decision:
            continue
        value, most = formulas.range(entry["is"]), entry["at_most"]
        state = ""
        if most:
            state = OVER if value.low > most else NEAR if value.low >= near * most else ""
        found.append(Need(entry["id"], decision, entry["what"], entry["unit"], value, entry["note"], most,
                          entry["at_most_of"], state, entry["reference"]))  # fmt: skip
    return found


def _met(result: Recommendation) -> list[Met]:
    """The limits of the services of the choices that answers meet, or nearly meet, the worst first."""
    base, found = result.engine.base, []
    for service in result.services:
        limits = [limit for limit in base.limits(service.id) if limit.of and not limit.per]
        states = [(limit, _state(result, limit)) for limit in limits]
        for limit, (state, years) in states:
            if not state:
                continue
            rivals = [other for one, (other, _) in states if one.what == limit.what]
            # A limit of one kind of the service alone says nothing of the others.
            certain = all(other == OVER for other in rivals) and (len(rivals) > 1 or not limit.kind)
            certain = certain and limit.adjustable != "yes" and limit.bound != "at-least"
            severity = CRITICAL if state == OVER and certain else CAUTION
            found.append(Met(service.name, limit, _given(result, limit), limit.of, state, severity, years))
    return sorted(found, key=lambda one: (one.severity != CRITICAL, one.state != OVER))


def _crossings(result: Recommendation) -> list[Crossing]:
    """Where growth changes a choice within the years that are looked at, the nearest first."""
    engine, known, types = result.engine, result.profile.known, result.engine.base.types
    if not known.get(GROWTH) or not any(engine.base.questions[key].grows for key in known):
        return []
    graph, found = engine.graph(result.view), []
    for id in (id for id, one in result.decisions.items() if one.choice is not None):
        for room in robustness(engine, result.view, graph, known, id):
            if room.years is not None and room.high is not None and room.years <= _YEARS:
                said, threshold = (quantity.text(value, types[room.question]) for value in (room.value, room.high))
                found.append(Crossing(room.question, said, threshold, id, room.years))
    return sorted(found, key=lambda one: one.years)


def _state(result: Recommendation, limit: Limit) -> tuple[str, float | None]:
    base, known = result.engine.base, result.profile.known
    if any(key not in known for key in limit.of):
        return "", None
    kinds = [base.types[key] for key in limit.of]
    bound, near = amount(limit.value, kinds), base.sizing["near"]
    value = known[limit.of[0]]
    if len(kinds) > 1:
        value = value * known[limit.of[1]] // quantity.UNITS["rate"]["/s"]
    if limit.bound == "at-least":
        return (OVER, None) if value < bound else ("", None)
    if value > bound:
        return OVER, None
    if value * _PER_CENT >= bound * near:
        return NEAR, _years(result, limit, value, bound)
    years = _years(result, limit, value, bound)
    return (SOON, years) if years is not None and years <= _YEARS else ("", None)


def _years(result: Recommendation, limit: Limit, value: int, bound: int) -> float | None:
    growth, questions = result.profile.known.get(GROWTH, 0), result.engine.base.questions
    if not growth or not value or not all(questions[key].grows for key in limit.of[:1]):
        return None
    return max(math.log(bound / value) / math.log1p(growth / _PER_CENT), 0.0)


def _given(result: Recommendation, limit: Limit) -> str:
    base, known = result.engine.base, result.profile.known
    return " × ".join(  # noqa: RUF001
        quantity.text(known[key], base.types[key]) for key in limit.of
    )


def _days(first: str, last: str) -> int:
    from datetime import date

    return (date.fromisoformat(last) - date.fromisoformat(first)).days
