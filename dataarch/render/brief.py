"""The short form of what follows the first screen: why, what lost and what would change it, a few lines a decision."""

from __future__ import annotations

from dataarch.consequences import Service
from dataarch.recommendation import PATTERN, Decided, Evidence, Recommendation
from dataarch.render import origin, words
from dataarch.render.page import (
    Block,
    Cell,
    Heading,
    Item,
    Line,
    Paragraph,
    Span,
    Table,
    evidence,
    fitted,
    ids,
    note,
)
from dataarch.rulebase.model import RuleBase

_REASONS = 2
_EDITS = 2
_VALUES = 2
_SHORT = 58
_LINE = 70
_KEYS = 5
_STRONGEST = ("decisive", "strong")


def reasons(result: Recommendation, applying: list[str]) -> list[Block]:
    """Every decision that applies, the pattern first: the strongest reasons, what lost, what would change it."""
    blocks: list[Block] = [Heading(2, "Reasons in short")]
    decided = [] if result.undecidable else [result.pattern]
    for one in [*decided, *(result.decisions[id] for id in applying)]:
        blocks += _decision(result, one)
    return blocks


def perhaps(result: Recommendation, open_ones: list[str]) -> list[Block]:
    """The decisions that may turn out to apply, each with the first answer that makes it so."""
    base = result.engine.base
    blocks: list[Block] = []
    for id in open_ones:
        found = words.edits(base, id, result.decisions[id].flips, result.profile.answers, 1)
        said = _edit(found[0]) if found else (Span("no single answer decides it", "note"),)
        blocks.append(Item((Span(base.decisions[id].title, "strong"), Span(" with " if found else ": "), *said)))
    return [Heading(2, "Perhaps needed"), *blocks] if blocks else []


def services(found: list[Service], whitepaper: str) -> list[Block]:
    """The services: those that are what they were in one line, what became of the others in a table."""
    same = [one for one in found if one.status == "active" and (not one.date or one.date <= whitepaper)]
    changed = [one for one in found if one not in same]
    blocks: list[Block] = [Heading(2, "Services")] if found else []
    if same:
        read = sorted({one.reference for one in same if one.reference})
        line: Line = (Span(f"Active: {', '.join(one.name for one in same)}."),)
        blocks.append(Paragraph((*line, *(part for id in read for part in note(reference=id)))))
    rows: list[tuple[Cell, ...]] = [
        ((Span(one.name),), (Span(words.lifecycle(one)), *note(reference=one.reference))) for one in changed
    ]
    return [*blocks, *([Table(("Service", "What became of it"), rows)] if rows else [])]


def keys(names: list[str]) -> Line:
    """The first of many question keys, the others counted."""
    shown = names if len(names) <= _KEYS + 1 else names[:_KEYS]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return (*ids(shown), *([Span(more)] if more else []))


def _decision(result: Recommendation, one: Decided) -> list[Block]:
    base = result.engine.base
    chosen = words.outcome(base, one.id, one.choice) if one.choice is not None else "not decided"
    aside = note(one.id, words.standing(one), origin.of(base, "decision", one.id))
    blocks: list[Block] = [Heading(4, f"{base.decisions[one.id].title}: {chosen}", aside)]
    for why in _strongest(one):
        named = isinstance(one.choice, list) and len(one.choice) > 1 and why.option
        lead: Line = (Span(f"{why.option}: "),) if named else ()
        blocks.append(Item((*lead, *evidence(why, base.whitepaper))))
    blocks += [Item((Span("Lost: ", "label"), Span(lost)))] if (lost := _lost(base, one)) else []
    changes = _changes(words.edits(base, one.id, one.flips, result.profile.answers, _VALUES))
    return [*blocks, *([Item((Span("Would change it: ", "label"), *changes))] if changes else [])]


def _changes(found: list[words.Edit]) -> Line:
    """The first edit, and the second one where both are short."""
    line: Line = ()
    for edit in found[:_EDITS]:
        longer = (*line, Span("; "), *_edit(edit)) if line else _edit(edit)
        if line and sum(len(span.text) for span in longer) > _SHORT:
            break
        line = longer
    return line


def _strongest(one: Decided) -> list[Evidence]:
    """The strongest evidence for what was chosen, a second one where it is strong too; else why it applies at all.

    Of a decision that selects many, the strongest for each of the first options. What the first screen says of the
    pattern is not repeated.
    """
    found = [why for why in one.because if why.effect == "favours" and not why.under]
    if isinstance(one.choice, list):
        found = [next((why for why in found if why.option == option), None) for option in one.choice]  # type: ignore[misc]
        return [why for why in found if why][:_REASONS]
    if one.id == PATTERN:
        return found[1:_REASONS]
    if not found:
        return [why for why in one.because if not why.under][:1]
    return found[:1] + [why for why in found[1:_REASONS] if why.strength in _STRONGEST]


def _lost(base: RuleBase, one: Decided) -> str:
    """What was not chosen, in groups that fit a line: what was ruled out or has something against it comes first."""
    groups: dict[str, list[str]] = {"ruled out": [], "something against": []}
    level = isinstance(one.choice, str)
    for option, why, because in one.rejected:
        if one.choice is None and not because:
            continue
        about = next((e for e in because if e.because == why), None)
        said = _clause(why) if because or (level and one.margin == 0) else "nothing in favour"
        if about:
            said = "ruled out" if about.effect == "rules_out" else "something against"
        groups.setdefault(said, []).append(words.name(base, one.id, option))
    found = {said: names for said, names in groups.items() if names}
    room = _LINE - sum(len(said) + 5 for said in found)
    parts = []
    for place, (said, names) in enumerate(found.items()):
        text = fitted("", names, max(room // (len(found) - place), len(names[0]) + 8))
        room -= len(text)
        parts.append(f"{text} ({said})")
    return "; ".join(parts)


def _clause(why: str) -> str:
    return f"{why[:1].lower()}{why[1:]}".removesuffix(".")


def _edit(edit: words.Edit) -> Line:
    return Span(edit.question, "id"), Span(f"{edit.change.removeprefix(edit.question)} → {edit.outcome}")
