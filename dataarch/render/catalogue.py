"""The catalogue of the rules: decisions with reasons, options and criteria; patterns, questions, warnings."""

from __future__ import annotations

from dataarch.render import criterion, origin, words
from dataarch.render.page import Block, Cell, Heading, Item, Line, Paragraph, Span, Table, ids, note, prose
from dataarch.rulebase.condition import words as in_words
from dataarch.rulebase.model import Criterion, Decision, Reason, RuleBase

LAYERS = ("", "ingestion", "storage", "catalog", "processing", "consumption", "governance", "prediction")


def listing(base: RuleBase) -> list[Block]:
    """What there is, in short: a line for each decision, the rest by name."""
    blocks: list[Block] = [Heading(1, _title(base)), *origin.laid(base), Paragraph(prose(_counted(base)))]
    rows: list[tuple[Cell, ...]] = []
    for one in _ordered(base):
        own = [c for c in one.criteria if not c.derived]
        cell: Line = (Span(one.id, "id"), *note(origin.of(base, "decision", one.id)))
        counts = (len(one.options), len(own) + len(one.reasons))
        rows.append((cell, (Span(one.layer),), *((Span(str(count)),) for count in counts)))
    blocks += [Heading(2, "Decisions"), Table(("Decision", "Layer", "Options", "Rules"), rows, compact=True)]
    blocks += [Heading(2, "Questions"), *(
        Item((Span(f"{section['title']}: "), *ids(section["questions"]))) for section in base.sections
    )]  # fmt: skip
    blocks += [Heading(2, "Patterns"), Paragraph(ids(base.patterns))]
    return blocks


def whole(base: RuleBase) -> list[Block]:
    """The catalogue."""
    blocks: list[Block] = [Heading(1, _title(base)), *origin.laid(base), Paragraph(prose(_counted(base)))]
    said = "Made from the rules by dataarch rules list --format markdown. A change of the rules makes it anew."
    blocks.append(Paragraph(prose(said)))
    for one in _ordered(base):
        blocks += [Heading(2, one.title), *decision(base, one)[1:]]
    blocks.append(Heading(2, "Patterns"))
    for id, pattern in base.patterns.items():
        blocks += [Heading(3, pattern.title, note(id, origin.of(base, "pattern", id)))]
        for number, step in enumerate(pattern.steps, 1):
            source = note(reference=step.reference)
            blocks.append(Item((Span(f"Step {number}: {step.title}: "), *ids(step.decisions), *source)))
            blocks += [Item((Span(step.falls_away, "note"),), 1)] if step.falls_away else []
    blocks += [Heading(2, "Questions"), Table(("Answer", "Question", "Type"), [
        ((Span(id, "id"),), (Span(q.prompt), *note(origin.of(base, "question", id))), (Span(q.type),))
        for id, q in base.questions.items()
    ])]  # fmt: skip
    for title, kind, found in (("Constraints", "constraint", base.constraints), ("Warnings", "warning", base.warnings)):
        blocks.append(Heading(2, title))
        for statement in found:
            about = note(statement.id, origin.of(base, kind, statement.id), reference=statement.reference)
            condition = f"when {in_words(statement.when, base.types)}"
            blocks += [Item((Span(statement.message), *about)), Item((Span(condition, "note"),), 1)]
    return blocks


def decision(base: RuleBase, one: Decision) -> list[Block]:
    """One decision: what it asks, why it applies, its options, and its criteria with their ids."""
    whose = origin.of(base, "decision", one.id)
    aside = note(one.id, one.layer, f"selects {one.selects}", whose, reference=one.reference)
    blocks: list[Block] = [Heading(1, one.title), Paragraph((Span(one.question), *aside))]
    blocks += [Paragraph((Span(one.order, "note"),))] if one.order else []
    for option in one.options:
        about = note(option.service, origin.of(base, "option", f"{one.id}.{option.id}"))
        blocks.append(Item((Span(option.id, "id"), Span(f": {option.summary}"), *about)))
    entries: list[Criterion | Reason] = [*one.reasons, *(c for c in one.criteria if not c.derived)]
    if entries:
        blocks.append(Table(("Rule", "What it says", "When"), [_row(base, one, entry) for entry in entries]))
    return blocks


def rule(base: RuleBase, one: Decision, entry: Criterion | Reason) -> list[Block]:
    """One criterion, or reason, with all that it says of itself."""
    blocks: list[Block] = [Heading(1, f"{one.id}.{entry.id}"), Paragraph(_said(base, one, entry))]
    blocks.append(Item((Span(f"when {in_words(entry.when, base.types)}"),)))
    if isinstance(entry, Criterion):
        for lead, names in (("refines", entry.refines), ("counts beside", entry.beside)):
            blocks += [Item((Span(f"{lead} "), *ids(names)))] if names else []
        if entry.until:
            after = entry.superseded_by or entry.ended
            blocks.append(Item((Span(f"until {entry.until}, then: {after or 'nothing'}"),)))
    return [*blocks, Item((Span(f"stands at {entry.at}", "note"),))]


def _row(base: RuleBase, one: Decision, entry: Criterion | Reason) -> tuple[Cell, ...]:
    until = f" until {entry.until}" if isinstance(entry, Criterion) and entry.until else ""
    condition = in_words(entry.when, base.types)
    return (Span(entry.id, "id"),), _said(base, one, entry), (Span(f"{condition}{until}"),)


def _said(base: RuleBase, one: Decision, entry: Criterion | Reason) -> Line:
    if isinstance(entry, Reason):
        whose = origin.of(base, "reason", f"{one.id}.{entry.id}")
        return (Span("Applies: "), Span(entry.because), *note(whose, reference=entry.reference))
    lead = (Span(words.name(base, one.id, entry.option), "id"), Span(": "))
    return (*lead, Span(criterion.because(entry)), *criterion.weight(base, entry))


def _ordered(base: RuleBase) -> list[Decision]:
    """The decisions by layer, those of layers of an overlay's own last."""
    place = {layer: number for number, layer in enumerate(LAYERS)}
    return sorted(base.decisions.values(), key=lambda one: (place.get(one.layer, len(place)), one.layer, one.id))


def _title(base: RuleBase) -> str:
    return f"The rules, version {base.version}"


def _counted(base: RuleBase) -> str:
    own = [c for one in base.decisions.values() for c in one.criteria if not c.derived]
    reasons = sum(len(one.reasons) for one in base.decisions.values())
    return (
        f"{len(base.decisions)} decisions with {len(own)} criteria and {reasons} reasons, {len(base.questions)}"
        f" questions, {len(base.patterns)} patterns, {len(base.services)} services; reviewed {base.reviewed}."
    )
