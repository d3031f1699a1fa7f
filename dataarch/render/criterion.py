"""A criterion or a reason as a line: its sentence, its strength, whose word it is, since when, and its source."""

from __future__ import annotations

from dataarch.render import words
from dataarch.render.page import Block, Item, Line, Span, note
from dataarch.rulebase.condition import words as in_words
from dataarch.rulebase.model import Criterion, Reason, RuleBase
from dataarch.uses import Use


def because(entry: Criterion | Reason) -> str:
    """The sentence of a criterion or a reason."""
    derived = isinstance(entry, Criterion) and entry.derived
    return f"Availability: {entry.because}" if derived else entry.because


def weight(base: RuleBase, entry: Criterion | Reason, *more: str, cited: bool = True) -> Line:
    """Strength, whose word, since when, and, if it is to be cited, the source."""
    reference = entry.reference if cited else ""
    if isinstance(entry, Reason):
        return note("a reason for the decision", *more, reference=reference)
    if entry.derived:
        return note(words.strength(entry.effect, entry.strength), *more, reference=reference)
    return note(
        words.strength(entry.effect, entry.strength),
        words.whose(entry.basis, entry.since, base.whitepaper),
        f"since {entry.since}",
        *more,
        reference=reference,
    )


def uses(base: RuleBase, found: list[Use], cited: bool = True) -> list[Block]:
    """Criteria and reasons of several decisions as a list, decision by decision, each with its condition."""
    made: list[Block] = []
    for id in dict.fromkeys(use.decision for use in found):
        made.append(Item((Span(id, "id"), Span(f": {base.decisions[id].title}"))))
        for entry in (use.entry for use in found if use.decision == id):
            lead: Line = ()
            if isinstance(entry, Criterion):
                lead = (Span(words.name(base, id, entry.option), "id"), Span(": "))
            made.append(Item((*lead, Span(because(entry)), *weight(base, entry, cited=cited)), 1))
            condition = in_words(entry.when, base.types)
            if condition != "always":
                made.append(Item((Span(f"when {condition}", "note"),), 2))
    return made
