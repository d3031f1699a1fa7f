"""A comparison as the JSON document of the public contract (docs/comparison.schema.json)."""

from __future__ import annotations

from typing import Any

from dataarch.comparison import Compared, Comparison
from dataarch.profile import canonical
from dataarch.recommendation import Evidence, Recommendation
from dataarch.render import machine
from dataarch.spelling import printable

SCHEMA_VERSION = 1


def document(result: Comparison, names: tuple[str, str]) -> dict[str, Any]:
    """The document, as plain values; `names` say which files the two profiles stand in."""
    first, second, questions = result.first, result.second, result.first.engine.base.questions
    answers: dict[str, Any] = {"only_first": {}, "only_second": {}, "different": {}}
    for key, before, after in result.answers:
        values = [canonical(questions[key], value) if value is not None else None for value in (before, after)]
        if after is None:
            answers["only_first"][key] = values[0]
        elif before is None:
            answers["only_second"][key] = values[1]
        else:
            answers["different"][key] = {"first": values[0], "second": values[1]}
    return {
        "schema_version": SCHEMA_VERSION,
        "rule_base": machine.rule_base(first),
        "first": {"file": printable(names[0]), "profile": machine.profile(first)},
        "second": {"file": printable(names[1]), "profile": machine.profile(second)},
        "answers": answers,
        "pattern": _compared(result.pattern, (_pattern(first), _pattern(second))),
        "decisions": {id: _compared(one, _sides(one)) for id, one in result.decisions.items()},
        "services": {
            "came": [machine.service(second, one) for one in result.services_came],
            "went": [machine.service(first, one) for one in result.services_went],
        },
        "warnings": {
            "came": [machine.warning(second, one) for one in result.warnings_came],
            "went": [machine.warning(first, one) for one in result.warnings_went],
        },
    }


def text(result: Comparison, names: tuple[str, str]) -> str:
    """The document as JSON: each part of it, and each decision, on a line of its own."""
    return machine.laid_out(document(result, names))


def _pattern(of: Recommendation) -> dict[str, Any]:
    one = of.pattern
    choice = machine.named(one.choice)
    return {"status": one.status, "choice": choice, "none_fits": of.none_fits, "confidence": one.confidence}


def _sides(one: Compared) -> tuple[dict[str, Any], dict[str, Any]]:
    first, second = (
        {"status": decided.status, "applies": applies, "choice": decided.choice, "confidence": decided.confidence}
        for decided, applies in zip((one.first, one.second), one.applies, strict=True)
    )
    return first, second


def _compared(one: Compared, sides: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    return {
        "changed": one.changed or None,
        "first": sides[0],
        "second": sides[1],
        "answers": one.answers,
        "came": _evidence(one.came),
        "went": _evidence(one.went),
    }


def _evidence(found: list[Evidence]) -> list[dict[str, Any]]:
    """Evidence by the option that it is about; the reasons of a decision are about none."""
    about: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        about.setdefault(one.option, []).append(machine.evidence(one))
    return [{"option": option or None, "because": because} for option, because in about.items()]
