"""An estimate as the part of the JSON document that `--full` adds."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from dataarch import quantity
from dataarch.estimate.cost import BreakEven, Cost, Line, Money
from dataarch.estimate.estimate import Estimate, Met, Need


def document(found: Estimate) -> dict[str, Any]:
    """The estimate as plain values; amounts are USD of a month, null is without end or unknown."""
    return {
        "needs": [_need(one) for one in found.needs],
        "limits": [_met(one) for one in found.met],
        "growth": [
            {
                "answer": one.question,
                "threshold": one.threshold,
                "decision": one.decision,
                "years": round(one.years, 2),
            }
            for one in found.crossings
        ],
        "costs": [_cost(one, found.old) for one in found.costs],
        "total": _money(found.total),
        "break_evens": [_break_even(one) for one in found.break_evens],
        "excluded": found.excluded,
    }


def _need(one: Need) -> dict[str, Any]:
    return {
        "id": one.id,
        "decision": one.decision,
        "what": one.what,
        "unit": one.unit,
        **_money((one.value.low, one.value.high)),
        "from": one.value.said,
        "needs": list(one.value.needs),
        "at_most": one.at_most or None,
        "state": one.state or None,
        "reference": one.reference,
    }


def _met(one: Met) -> dict[str, Any]:
    limit = one.limit
    return {
        "service": one.service,
        "what": limit.what,
        "kind": limit.kind or None,
        "bound": limit.bound,
        "value": limit.value,
        "answers": one.answers,
        "state": one.state,
        "severity": one.severity,
        "years": None if one.years is None else round(one.years, 2),
        "seen": limit.seen,
        "reference": limit.reference,
    }


def _cost(one: Cost, old: set[str]) -> dict[str, Any]:
    return {
        "id": one.id,
        "decision": one.decision,
        "what": one.what,
        "instead_of": one.instead_of or None,
        **_money(one.total),
        "lines": [_line(line, old) for line in one.lines],
        "leaves_out": one.leaves_out or None,
    }


def _line(line: Line, old: set[str]) -> dict[str, Any]:
    price = line.price
    known = {"amount": price.amount, "as_of": price.as_of, "reference": price.reference, "old": price.id in old}
    return {
        "what": line.what,
        "state": line.state,
        **_money(line.amount or (Fraction(0), None)),
        "quantity": _money((line.quantity.low, line.quantity.high)),
        "per": price.per,
        "price": known if price.amount else None,
        "needs": list(line.needs),
    }


def _break_even(one: BreakEven) -> dict[str, Any]:
    at = None if one.at is None else float(round(Fraction(one.at, quantity.UNITS["rate"]["/s"]), 2))
    return {
        "first": one.first,
        "second": one.second,
        "over": one.over,
        "at_per_second": at,
        "cheaper_below": one.cheaper or None,
        "needs": list(one.needs),
    }


def _money(amount: Money) -> dict[str, Any]:
    low, high = amount
    return {"low": float(round(low, 4)), "high": None if high is None else float(round(high, 4))}
