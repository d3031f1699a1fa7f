"""A page: what is shown, as a list of blocks that the terminal and Markdown each lay out in their own way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from dataarch.recommendation import Evidence
from dataarch.render import words
from dataarch.rulebase.model import RuleBase


class Span(NamedTuple):
    """A run of text. `kind` is "" (prose), strong, note (beside the point), id (as it is typed), reference (the id of
    a source), or a confidence (high, medium, low)."""

    text: str
    kind: str = ""


Line: TypeAlias = tuple[Span, ...]


class Heading(NamedTuple):
    """A heading: level 1 is the answer itself, 2 a part of the page, 3 one thing in it, 4 one that is so short that no
    space is left above it; `aside` stands behind it."""

    level: int
    text: str
    aside: Line = ()


class Paragraph(NamedTuple):
    """A line of prose."""

    line: Line


class Label(NamedTuple):
    """A word or two above the list that follows."""

    text: str


class Item(NamedTuple):
    """One item of a list; items of a deeper level belong to the one before."""

    line: Line
    level: int = 0


class Fitted(NamedTuple):
    """A cell that a narrow table may shorten: a lead, items of which some may only be counted, and what follows."""

    lead: str
    items: tuple[str, ...]
    kind: str = ""
    tail: str = ""


Cell: TypeAlias = Line | Fitted | list[Line]
"""A cell of a table: a line, one that may be shortened, or a list of lines."""


class Table(NamedTuple):
    """A table. `compact` keeps each row on one line; `shares` says how the columns of another share the width where not
    all of them fit."""

    head: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    compact: bool = False
    shares: tuple[int, ...] = ()


class Source(NamedTuple):
    """A reference with where it is to be found."""

    id: str
    title: str
    address: str


class Command(NamedTuple):
    """A command to type, in parts between which a line may be broken."""

    parts: tuple[str, ...]


Block: TypeAlias = Heading | Paragraph | Label | Item | Table | Source | Command


UNLISTED = "What the ids in brackets stand for: --sources."


def prose(text: str) -> Line:
    """A line of plain prose."""
    return (Span(text),)


def note(*parts: str, reference: str = "") -> Line:
    """What stands in brackets behind a sentence: a few phrases and the id of the source."""
    said = [part for part in parts if part]
    if not said and not reference:
        return ()
    if not reference:
        return (Span(f" [{' · '.join(said)}]", "note"),)
    return (
        Span(f" [{''.join(f'{part} · ' for part in said)}", "note"),
        Span(reference, "reference"),
        Span("]", "note"),
    )


def evidence(one: Evidence, whitepaper: str) -> Line:
    """The sentence of evidence, with strength, whose word it is, and its source."""
    return (Span(one.because), *note(*words.weight(one, whitepaper), reference=one.reference))


def items(found: list[Evidence], whitepaper: str) -> Iterator[Item]:
    """Evidence as a list, what is refined under what is finer."""
    for one in found:
        yield Item(evidence(one, whitepaper), 1 if one.under else 0)


def ids(names: Iterable[str]) -> Line:
    """Ids in a row, separated by commas."""
    line: list[Span] = []
    for name in names:
        line += [Span(", "), Span(name, "id")] if line else [Span(name, "id")]
    return tuple(line)


def fitted(lead: str, items: Sequence[str], width: int, tail: str = "") -> str:
    """A lead, as many items as fit in a width, the others counted, and a tail; no item is cut while a count fits.

    >>> fitted("low: ", ["msk", "data-firehose", "eventbridge"], 20)
    'low: msk, 2 more'
    >>> fitted("low: ", ["data-firehose", "eventbridge"], 29, ", or not needed")
    'low: 2 others, or not needed'
    >>> fitted("low: ", ["data-firehose", "eventbridge"], 12)
    'low, open'
    """
    forms = shortenings(lead, items, tail)
    return next((text for text in forms if len(text) <= width), forms[-1][: width - 1] + "…")


def shortenings(lead: str, items: Sequence[str], tail: str = "") -> list[str]:
    """What a lead, items and a tail may be shortened to, the longest first."""
    if not items and not tail:
        return [lead]
    made = [f"{lead}{tail.removeprefix(', ')}"] if not items else []
    for count in range(len(items), 0, -1):
        more = f", {len(items) - count} more" if count < len(items) else ""
        made.append(f"{lead}{', '.join(items[:count])}{more}{tail}")
    if len(items) > 1 and lead:
        made.append(f"{lead}{len(items)} others{tail}")
    return [*made, f"{lead.partition(':')[0]}, open"] if ":" in lead else made


def sources(base: RuleBase, blocks: list[Block], listed: bool = True) -> list[Block]:
    """The part of the page that lists every reference shown in the blocks, by id, those of one address together.

    Where they are not to be listed, one line says how to see them.
    """
    shown = {span.text for block in blocks for line in _lines(block) for span in line if span.kind == "reference"}
    if shown and not listed:
        return [Paragraph(()), Paragraph((Span(UNLISTED, "note"),))]
    together: dict[str, list[Block]] = {}
    for id in sorted(shown):
        reference = base.reference(id)
        title = f"{reference.title}, read {reference.seen}" if reference.seen else reference.title
        overlay = base.origin("reference", id)
        title += f" (from {overlay})" if overlay else ""
        together.setdefault(reference.address, []).append(Source(id, title, reference.address))
    return [Heading(2, "Sources"), *(source for same in together.values() for source in same)] if shown else []


def _lines(block: Block) -> Iterator[Line]:
    if isinstance(block, Paragraph | Item):
        yield block.line
    elif isinstance(block, Heading):
        yield block.aside
    elif isinstance(block, Table):
        for row in block.rows:
            for cell in row:
                if isinstance(cell, list):
                    yield from cell
                elif not isinstance(cell, Fitted):
                    yield cell
