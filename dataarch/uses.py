"""Where the rules use a reference, a question or a service."""

from __future__ import annotations

from typing import Any, NamedTuple

from dataarch import quantity
from dataarch.engine.engine import Engine
from dataarch.rulebase.catalogue import Limit
from dataarch.rulebase.model import Criterion, Reason, RuleBase
from dataarch.rulebase.walk import questions_in


class Use(NamedTuple):
    """A criterion, or a reason, of a decision."""

    decision: str
    entry: Criterion | Reason


class Change(NamedTuple):
    """One dated change of a service."""

    service: str
    entry: dict[str, Any]


def standing_on(base: RuleBase, reference: str) -> list[Use]:
    """The criteria and reasons whose source is a reference."""
    return [use for use in _every(base) if use.entry.reference == reference]


def hinging_on(base: RuleBase, question: str) -> list[Use]:
    """The criteria and reasons whose condition tests the answer of a question."""
    return [use for use in _every(base) if question in questions_in(use.entry.when)]


def thresholds(engine: Engine, question: str) -> list[str]:
    """The quantities of a question at which some rule holds or fails, the smallest first."""
    kind = engine.base.types[question]
    cuts = engine.atoms["answers"].get(question, {}).get("cuts", [])
    return [quantity.text(cut, kind) for cut in cuts] if kind in quantity.UNITS else []


def options_of(base: RuleBase, service: str) -> list[tuple[str, str]]:
    """The options behind which a service stands, each as its decision and itself."""
    return [
        (id, option.id)
        for id, decision in base.decisions.items()
        for option in decision.options
        if option.service == service
    ]


def bounding(base: RuleBase, question: str) -> list[tuple[str, Limit]]:
    """The limits that bound the answer of a question, each with its service."""
    return [(id, limit) for id in base.services for limit in base.limits(id) if question in limit.of]


def cited_by(base: RuleBase, reference: str) -> tuple[list[str], list[tuple[str, Limit]]]:
    """The services whose state or changes stand on a reference, and the limits that do."""
    services = [
        id
        for id, service in base.services.items()
        if reference in (service["reference"], *(change["reference"] for change in service["history"]))
    ]
    limits = [(id, limit) for id in base.services for limit in base.limits(id) if limit.reference == reference]
    return services, limits


def news(base: RuleBase, services: list[str], day: str, after: str) -> list[Change]:
    """The changes of services after one day and until another, service by service, the oldest first."""
    return [
        Change(id, change)
        for id in dict.fromkeys(services)
        for change in base.services[id]["history"]
        if after < change["since"] <= day
    ]


def _every(base: RuleBase) -> list[Use]:
    found: list[Use] = []
    for id, decision in base.decisions.items():
        found += [Use(id, reason) for reason in decision.reasons]
        found += [Use(id, criterion) for criterion in decision.criteria]
    return found
