"""A question: what is asked, what can be answered, and where the answer matters."""

from __future__ import annotations

from dataarch.profile import spoken
from dataarch.quantity import EXAMPLES
from dataarch.recommendation import Recommendation
from dataarch.render import criterion, limits, origin
from dataarch.render.page import Block, Heading, Item, Paragraph, Span, note, prose
from dataarch.rulebase.condition import words as in_words
from dataarch.uses import bounding, hinging_on, thresholds

_TYPES = {"one-of": "One of these", "any-of": "Any of these", "yes-no": "Yes or no", "text": "Free text"}


def page(result: Recommendation, id: str) -> list[Block]:
    """A question by itself."""
    base = result.engine.base
    question = base.questions[id]
    section = next(one["title"] for one in base.sections if one["id"] == question.section)
    whose = origin.of(base, "question", id)
    blocks: list[Block] = [Heading(1, question.prompt), Paragraph((Span(id, "id"), *note(section, whose)))]
    if id in result.profile.answers:
        given = result.profile.answers[id]
        blocks.append(Paragraph((Span("You said: "), Span(spoken(question, given.value), "strong"))))
    blocks.append(Paragraph(prose(question.help)))
    if question.presupposes:
        blocks.append(Paragraph((Span(f"Asked when {in_words(question.presupposes, base.types)}.", "note"),)))
    for one in question.presumed:
        text = f"Presumed when {in_words(one.when, base.types)}: {spoken(question, one.answer)}. {one.because}"
        blocks.append(Paragraph((Span(text, "note"), Span(f" [{one.reference}]", "id"))))
    blocks.append(Heading(2, "What can be answered"))
    if question.type in EXAMPLES:
        blocks.append(Paragraph(prose(f"A {question.type.replace('-', ' ')}, written like {EXAMPLES[question.type]}.")))
    else:
        blocks.append(Paragraph(prose(f"{_TYPES[question.type]}{':' if question.values else '.'}")))
    blocks += [Item((Span(value, "id"), Span(f": {label}"))) for value, label in question.values.items()]
    cuts = thresholds(result.engine, id)
    if cuts:
        blocks += [Heading(2, "The thresholds that the rules know"), Paragraph(prose(", ".join(cuts)))]
    found = hinging_on(base, id)
    blocks.append(Heading(2, "Where it matters"))
    blocks += criterion.uses(base, found) or [Paragraph(prose("No decision looks at it."))]
    bounds = bounding(base, id)
    if bounds:
        blocks += [Heading(2, "Limits that bound it"), limits.rows_of(base, bounds, result.view.day)]
    return blocks
