"""The criteria of the built-in rules as tables of zen-engine, a rule engine written in Rust: equal content, to compare.

One table with the hit policy "collect" holds every active criterion as one row: an expression over the answers, and
the criterion's id as its result. Outcomes of other decisions, which dataarch works out itself, are given to it.
"""

from __future__ import annotations

import json
from typing import Any

from dataarch.engine.engine import Engine, Known
from dataarch.engine.evaluate import View
from dataarch.quantity import UNITS
from dataarch.rulebase.model import NOT_APPLICABLE, Condition

Rows = list[tuple[str, Condition]]


def rows(engine: Engine) -> Rows:
    """Every active criterion and reason: its id with its condition."""
    view, found = engine.view(), []
    for id, decision in engine.base.decisions.items():
        found += [(f"{id}.{reason.id}", reason.when) for reason in decision.reasons]
        found += [(f"{id}.{decision.criteria[i].id}", decision.criteria[i].when) for i in view.active[id]]
    return found


def table(engine: Engine, rows: Rows) -> str:
    """The rows as a decision of zen-engine."""
    ends = {"position": {"x": 0, "y": 0}}
    content = {
        "hitPolicy": "collect",
        "inputs": [{"id": "when", "name": "when"}],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": [
            {"_id": id, "when": _expression(engine, condition), "rule": json.dumps(id)} for id, condition in rows
        ],
    }
    return json.dumps(
        {
            "nodes": [
                {"id": "in", "type": "inputNode", "name": "in", **ends},
                {"id": "table", "type": "decisionTableNode", "name": "table", "content": content, **ends},
                {"id": "out", "type": "outputNode", "name": "out", **ends},
            ],
            "edges": [
                {"id": "1", "sourceId": "in", "targetId": "table", "type": "edge"},
                {"id": "2", "sourceId": "table", "targetId": "out", "type": "edge"},
            ],
        }
    )


def given(engine: Engine, view: View, known: Known) -> dict[str, Any]:
    """What the table gets: every answer (null or an empty list where it is unknown) and every outcome."""
    bits, ineffective = engine.bits(known)
    effective = {id: value for id, value in known.items() if id not in ineffective}
    found: dict[str, Any] = {}
    for id, question in engine.base.questions.items():
        found[id] = effective.get(id, [] if question.type == "any-of" else None)
    for id, verdict in view.evaluate(bits).items():
        options = engine.base.decisions[id].options
        found[_name(id)] = [options[place].id for place in verdict.chosen] if verdict.applies else [NOT_APPLICABLE]
    return found


def _name(decision: str) -> str:
    return "outcome_" + decision.replace("-", "_")


def _expression(engine: Engine, condition: Condition) -> str:
    kind = condition[0]
    if kind in ("all", "any"):
        parts = [_expression(engine, part) for part in condition[1:]]
        if not parts:
            return "true" if kind == "all" else "false"
        return "(" + (" and " if kind == "all" else " or ").join(parts) + ")"
    if kind == "not":
        return f"(not {_expression(engine, condition[1])})"
    if kind == "outcome":
        return f"some({_name(condition[1])}, # in {json.dumps(condition[2])})"
    id, wanted = condition[1], condition[2]
    type = engine.base.types[id]
    if type in UNITS:
        return f"({id} != null and {id} {'>=' if kind == 'from' else '<'} {wanted})"
    if type == "any-of":
        return f"some({id}, # in {json.dumps(wanted)})"
    return f"({id} != null and {id} in {json.dumps(wanted)})"
