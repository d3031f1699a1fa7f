"""A reference: what it is, where it is to be found, and what stands on it."""

from __future__ import annotations

from dataarch.recommendation import Recommendation
from dataarch.render import criterion, limits
from dataarch.render.page import Block, Heading, Item, Paragraph, Source, Span, ids, note, prose
from dataarch.uses import cited_by, standing_on


def page(result: Recommendation, id: str) -> list[Block]:
    """A reference by itself."""
    base = result.engine.base
    reference = base.reference(id)
    document = base.reference(id.split(".", maxsplit=1)[0])
    section = reference.title.removeprefix(f"{document.title}: ") if document.id != id else ""
    blocks: list[Block] = [Heading(1, document.title)]
    if section:
        blocks.append(Paragraph((Span("Section: "), Span(section, "strong"))))
    blocks.append(Paragraph(prose(f"Published by {reference.publisher}.")))
    read = f"Read on {reference.seen}." if reference.seen else "The day on which it was read is not recorded."
    blocks.append(Paragraph(prose(read)))
    blocks.append(Source(id, reference.title, reference.address))
    sections = [other for other in base.references if other.startswith(f"{id}.")]
    if sections:
        blocks.append(Heading(2, "Its sections"))
    for other in sections:
        title = base.reference(other).title.removeprefix(f"{document.title}: ")
        count = len(standing_on(base, other))
        stands = f"{count} criteria or reasons" if count > 1 else "one criterion or reason" if count else ""
        blocks.append(Item((Span(other, "id"), Span(f": {title}"), *note(stands))))
    found = standing_on(base, id)
    services, bounds = cited_by(base, id)
    blocks.append(Heading(2, "What stands on it"))
    if not found and not services and not bounds:
        blocks.append(Paragraph(prose("No criterion, service or limit cites it by this id.")))
    blocks += criterion.uses(base, found, cited=False)
    if services:
        blocks += [Heading(2, "Services whose state it tells"), Paragraph(ids(services))]
    if bounds:
        blocks += [Heading(2, "Limits read there"), limits.rows_of(base, bounds, result.view.day)]
    return blocks
