"""A recommendation as the JSON document of the public contract (docs/recommendation.schema.json)."""

from __future__ import annotations

import json
from typing import Any

from dataarch.consequences import Service, Warning
from dataarch.engine.flips import Choice
from dataarch.profile import canonical
from dataarch.recommendation import PATTERN, Decided, Evidence, Ranked, Recommendation
from dataarch.rulebase.model import NONE

SCHEMA_VERSION = 1


def document(recommendation: Recommendation) -> dict[str, Any]:
    """The document, as plain values."""
    return {
        "schema_version": SCHEMA_VERSION,
        "rule_base": rule_base(recommendation),
        "profile": profile(recommendation),
        "pattern": _pattern(recommendation),
        "decisions": {id: _decision(recommendation, one) for id, one in recommendation.decisions.items()},
        "services": [service(recommendation, one) for one in recommendation.services],
        "warnings": [warning(recommendation, one) for one in recommendation.warnings],
        "unanswered": recommendation.unanswered,
    }


def text(recommendation: Recommendation, full: bool = False) -> str:
    """The document as JSON; `full` adds what the numbers need and cost."""
    found = document(recommendation)
    if full:
        from dataarch.estimate.estimate import estimate
        from dataarch.render import ledger

        found["estimate"] = ledger.document(estimate(recommendation))
    return laid_out(found)


def laid_out(document: dict[str, Any]) -> str:
    """A document as JSON: each part of it, and each decision, on a line of its own."""
    parts = []
    for key, value in document.items():
        if key == "decisions":
            inside = ",\n".join(f"  {json.dumps(id)}: {_line(one)}" for id, one in value.items())
            parts.append(f'"decisions": {{\n{inside}\n}}')
        else:
            parts.append(f"{json.dumps(key)}: {_line(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def rule_base(recommendation: Recommendation) -> dict[str, Any]:
    """What was asked."""
    base, view = recommendation.engine.base, recommendation.view
    overlays = [overlay.id for overlay in base.overlays]
    found = {"version": base.version, "digest": base.digest, "as_of": view.day, "basis": view.basis}
    return {**found, "overlays": overlays, **({"checked": base.checked} if overlays else {})}


def profile(recommendation: Recommendation) -> dict[str, Any]:
    """The canonical answers that were evaluated."""
    questions = recommendation.engine.base.questions
    return {id: canonical(questions[id], answer.value) for id, answer in recommendation.profile.answers.items()}


def warning(recommendation: Recommendation, one: Warning) -> dict[str, Any]:
    """Something to look at."""
    return {**one._asdict(), **_origin(recommendation, "warning", one.id)}


def service(recommendation: Recommendation, one: Service) -> dict[str, Any]:
    """A service with what became of it."""
    return {
        "id": one.id,
        "name": one.name,
        "former_name": one.former_name or None,
        "layer": one.layer,
        "lifecycle": {
            "status": one.status,
            "date": one.date,
            "replacement": one.replacement,
            "reference": one.reference,
        },
        **_origin(recommendation, "service", one.id),
    }


def evidence(one: Evidence) -> dict[str, Any]:
    """One criterion, or reason, that holds."""
    found = {
        "rule": one.rule,
        "effect": one.effect,
        "strength": one.strength or None,
        "basis": one.basis or None,
        "because": one.because,
        "reference": one.reference,
    }
    if one.under:
        found["under"] = one.under
    return found


def named(choice: Choice) -> Choice:
    """The choice of a pattern as it is printed: none of them is null."""
    return None if choice == NONE else choice


def _origin(recommendation: Recommendation, kind: str, id: str) -> dict[str, str]:
    """The overlay that an entry comes from; nothing for an entry of the base."""
    overlay = recommendation.engine.base.origin(kind, id)
    return {"overlay": overlay} if overlay else {}


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _pattern(recommendation: Recommendation) -> dict[str, Any]:
    one = recommendation.pattern
    ranked = [entry for entry in one.ranking if entry.option != NONE]
    threshold = next((entry for entry in one.ranking if entry.option == NONE), None)
    return {
        "status": one.status,
        "choice": named(one.choice),
        "none_fits": recommendation.none_fits,
        "could_be": [named(option) for option in one.could_be],
        "confidence": one.confidence,
        "margin": one.margin,
        "closest": next(entry.option for entry in ranked if not one.choice or entry.option != one.choice),
        "ranking": [{**_ranked(entry), **_origin(recommendation, "pattern", entry.option)} for entry in ranked],
        "none": _ranked(threshold) if threshold else None,
        "needs": one.needs,
        "flips": _flips(recommendation, one),
    }


def _decision(recommendation: Recommendation, one: Decided) -> dict[str, Any]:
    found: dict[str, Any] = {
        "status": one.status,
        "choice": one.choice,
        "could_be": one.could_be,
        "confidence": one.confidence,
        "margin": one.margin,
        "because": [evidence(entry) for entry in one.because],
        "rejected": [
            {"option": entry.option, "why": entry.why, "because": [evidence(e) for e in entry.because],
             **_origin(recommendation, "option", f"{one.id}.{entry.option}")}
            for entry in one.rejected
        ],
        "needs": one.needs,
        "flips": _flips(recommendation, one),
        **_origin(recommendation, "decision", one.id),
    }  # fmt: skip
    chosen = one.choice if isinstance(one.choice, list) else [one.choice]
    own = [option for option in chosen if option and _origin(recommendation, "option", f"{one.id}.{option}")]
    if own:
        found["own"] = own
    if recommendation.engine.base.decisions[one.id].many:
        found["always"] = one.always
    return found


def _ranked(entry: Ranked) -> dict[str, Any]:
    return {
        "option": entry.option,
        "score": entry.score,
        "decisive": entry.decisive,
        "because": [evidence(one) for one in entry.because],
    }


def _flips(recommendation: Recommendation, one: Decided) -> list[dict[str, Any]]:
    questions = recommendation.engine.base.questions
    found = []
    for flip in one.flips:
        change = {flip.question: canonical(questions[flip.question], flip.value)}
        entry = {"change": change, "choice": named(flip.choice) if one.id == PATTERN else flip.choice}
        if flip.bound:
            entry["bound"] = flip.bound
        found.append(entry)
    return found
