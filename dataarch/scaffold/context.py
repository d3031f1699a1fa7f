"""What a template is told of decisions that were made: one option for each, and, for the records, why."""

from __future__ import annotations

import math
from typing import Any

from dataarch.estimate.formula import Formulas
from dataarch.picture import picture
from dataarch.recommendation import Evidence, Recommendation
from dataarch.render import machine, mermaid, record, words
from dataarch.rulebase.model import RuleBase
from dataarch.scaffold.choices import NOT_REALISED, Choice, lacking
from dataarch.scaffold.template import Template, plain

_NUMBERS = ("size", "rate", "whole-number")


def full(template: Template, name: str, recommendation: Recommendation, choices: list[Choice]) -> dict[str, Any]:
    """The context of a project that was decided: with the answers, and with what is known of each decision."""
    known = recommendation.profile.known
    chosen = {one.decision.replace("-", "_"): "+".join(one.options) for one in choices if one.decision in template.open}
    texts: dict[str, Any] = {key: known[key] for key in ("workload", "region") if key in known}
    texts |= _numbers(template, recommendation)
    told: dict[str, Any] = {"_decisions": [_told(recommendation, template, one) for one in choices]}
    told["_diagram"] = mermaid.text(picture(_made(recommendation, choices)))
    if known:
        told |= {"_answers": machine.profile(recommendation), "_rule_base": machine.rule_base(recommendation)}
    return {**plain(template, name), **texts, **chosen, **told}


def _numbers(template: Template, recommendation: Recommendation) -> dict[str, str]:
    """The numbers that a template asks for by the names of questions, in events, bytes and seconds, rounded up."""
    base, known = recommendation.engine.base, recommendation.profile.known
    formulas = Formulas(base, known)
    asked = [key for key in template.texts if base.types.get(key) in _NUMBERS and key in known]
    return {key: str(math.ceil(formulas.range(["answer", key]).low)) for key in asked}


def _made(recommendation: Recommendation, choices: list[Choice]) -> Recommendation:
    """The recommendation with the choices of the project in the place of what was decided, and nothing beside them."""
    decisions = dict(recommendation.decisions)
    for one in choices:
        if one.decision not in decisions:
            continue
        if one.how == NOT_REALISED:
            decisions[one.decision] = decisions[one.decision]._replace(choice=None)
            continue
        if one.options == one.advised and one.decided is not None:
            continue
        choice = one.options if recommendation.engine.base.decisions[one.decision].many else one.options[0]
        decisions[one.decision] = decisions[one.decision]._replace(choice=choice, status="settled")
    return recommendation._replace(decisions=decisions)


def _told(recommendation: Recommendation, template: Template, one: Choice) -> dict[str, Any]:
    base = recommendation.engine.base
    decision = base.decisions.get(one.decision)
    # What is known of the outcome speaks for the choice only where they are the same.
    decided = one.decided if set(one.options) <= set(one.advised) else None
    options = [option.id for option in decision.options] if decision else template.open.get(one.decision, one.options)
    return {
        "id": one.decision,
        "title": decision.title if decision else one.decision.replace("-", " ").capitalize(),
        "question": decision.question if decision else "",
        "options": options,
        "choice": one.options,
        "how": one.how,
        "lacking": lacking(one),
        "settled": decided is None or decided.status != "open",
        "confidence": (decided.confidence if decided else None) or "",
        "objections": [_reason(base, objection) for objection in one.objections],
        "because": [_reason(base, found) for found in _speaking(one)] if decided else [],
        "rejected": [{"option": lost.option, "why": lost.why} for lost in (decided.rejected if decided else [])],
        "needs": one.decided.needs if one.decided else [],
        "record": _record(recommendation, one),
    }


def _speaking(one: Choice) -> list[Evidence]:
    """What speaks for the options that the project has, and for having the decision at all."""
    return [found for found in one.decided.because if found.option in ("", *one.options)] if one.decided else []


def _record(recommendation: Recommendation, one: Choice) -> str:
    """The parts of the record of a decision below its title, "" where the project has something else than decided."""
    if one.decided is None or one.decision not in recommendation.decisions or set(one.options) != set(one.advised):
        return ""
    return record.body(recommendation, one.decided)


def _reason(base: RuleBase, one: Evidence) -> dict[str, str]:
    source = base.reference(one.reference)
    weight = ", ".join(words.weight(one, base.whitepaper))
    return {"text": one.because, "weight": weight, "source": source.title, "address": source.address}
