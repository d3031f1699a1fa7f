"""Limits of services: as a table, and of two services side by side."""

from __future__ import annotations

from dataarch.render.page import Block, Cell, Heading, Line, Paragraph, Span, Table, note, prose
from dataarch.rulebase.availability import status_on
from dataarch.rulebase.catalogue import Limit
from dataarch.rulebase.model import RuleBase

HEAD = "Limits that matter"
_SHARES = (14, 25, 19, 16)
_ADJUSTABLE = {"yes": "can be raised", "no": "fixed"}
_SURE = {"verified": "", "inferred": "inferred", "secondary": "from a secondary source", "memory": "from memory"}


def table(base: RuleBase, services: list[str], day: str) -> list[Block]:
    """The limits of services, one a row; a sentence where none is known."""
    found = [(id, limit) for id in dict.fromkeys(services) for limit in base.limits(id)]
    rows = rows_of(base, found, day)
    return [Heading(2, HEAD), rows if found else Paragraph(prose("No figure from a source is known here."))]


def rows_of(base: RuleBase, found: list[tuple[str, Limit]], day: str) -> Table:
    """The table of limits, each with its service, whose name stands in its first row only."""
    rows: list[tuple[Cell, ...]] = []
    before = ""
    for id, limit in found:
        name = "" if id == before else status_on(base.services[id], day)["name"]
        rows.append((prose(name), limited(limit), figure(limit), source(limit)))
        before = id
    return Table(("service", "limit", "figure", "source, read"), rows, shares=_SHARES)


def side_by_side(base: RuleBase, first: str, second: str) -> list[tuple[Cell, ...]]:
    """Rows that set the limits of two services beside each other: what is limited, and the figures of each."""
    sides = [base.limits(id) if id else [] for id in (first, second)]
    shared = [limit.what for limit in sides[0] if limit.what in {other.what for other in sides[1]}]
    order = dict.fromkeys([*shared, *(limit.what for side in sides for limit in side)])
    rows: list[tuple[Cell, ...]] = []
    for what in order:
        left, right = ([_compared(limit) for limit in side if limit.what == what] for side in sides)
        rows.append((prose(what), left, right))
    return rows


def limited(limit: Limit) -> Line:
    """What is limited, and of which kind of the service."""
    return (Span(limit.what), *note(limit.kind))


def figure(limit: Limit) -> Line:
    """The figure, for what it holds, and whether it can be raised."""
    least = "at least " if limit.bound == "at-least" else ""
    per = f" per {limit.per}" if limit.per else ""
    return (Span(f"{least}{limit.value}{per}"), *note(_ADJUSTABLE.get(limit.adjustable, "")))


def source(limit: Limit) -> Line:
    """Where a limit was read, when, and how sure it is where it was not read at AWS."""
    return (Span(limit.reference, "reference"), Span(f" {limit.seen}", "note"), *note(sure(limit.confidence)))


def sure(confidence: str) -> str:
    """How sure a statement is, where it is not verified."""
    return _SURE[confidence]


def _compared(limit: Limit) -> Line:
    kind = (Span(f"{limit.kind}: ", "note"),) if limit.kind else ()
    return (*kind, *figure(limit), *note(sure(limit.confidence), f"read {limit.seen}", reference=limit.reference))
