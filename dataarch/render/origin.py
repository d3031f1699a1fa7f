"""Which rules an answer stands on, and which entry of it comes from an overlay: in words."""

from __future__ import annotations

from dataarch.recommendation import Decided, Recommendation
from dataarch.render import words
from dataarch.render.page import Paragraph, Span
from dataarch.rulebase.model import RuleBase


def stood_on(result: Recommendation) -> str:
    """What an answer stands on: the rule base, the overlays on it, the day, whose word counted."""
    base, view = result.engine.base, result.view
    word = "" if view.basis == "all" else f", the word of the {view.basis} alone"
    return f"Rule base {base.version}{_laid(base)}, as it stood on {view.day}{word}."


def laid(base: RuleBase) -> list[Paragraph]:
    """The overlays on the rules, as a line of its own where there are any."""
    said = _laid(base).strip()
    return [Paragraph((Span(f"{said[:1].upper()}{said[1:]}.", "note"),))] if said else []


def of(base: RuleBase, kind: str, id: str) -> str:
    """Which overlay an entry comes from, as a note; "" for the base."""
    overlay = base.origin(kind, id)
    return f"from {overlay}" if overlay else ""


def of_choice(base: RuleBase, one: Decided) -> list[str]:
    """Which overlay a decision comes from, or else which of its chosen options do; nothing for the base."""
    if said := of(base, "decision", one.id):
        return [said]
    chosen = one.choice if isinstance(one.choice, list) else [one.choice] if one.choice else []
    found = [(option, of(base, "option", f"{one.id}.{option}")) for option in chosen]
    return [f"{option} {said}" for option, said in found if said]


def _laid(base: RuleBase) -> str:
    if not base.overlays:
        return ""
    names = words.joined([f"{overlay.id} ({overlay.title})" for overlay in base.overlays])
    return f" with the overlay{'s' if len(base.overlays) > 1 else ''} {names}{'' if base.checked else ', unchecked'}"
