"""The choices at a glance: one row for every decision that applies, the others by name."""

from __future__ import annotations

from dataarch.recommendation import Decided, Recommendation
from dataarch.render import words
from dataarch.render.page import Block, Cell, Fitted, Paragraph, Span, Table, fitted

HEAD = ("Decision", "Choice", "How sure, what else it could be")
_NAMED = 30
_PERHAPS = 54
_LINE = 72
"""How much of a line of 80 columns a list of names fills, on average."""


def table(result: Recommendation, order: list[str], room: int | None = None) -> list[Block]:
    """The table of the decisions that apply, in an order. Where it and what is named below it would take more lines
    than `room`, the last decisions are only named, and those that are not needed are left out."""
    base = result.engine.base
    titles = {id: base.decisions[id].title for id in order}
    applying = [id for id in order if words.applies(result.decisions[id])]
    rest = [id for id in order if id not in applying]
    perhaps = [titles[id] for id in rest if result.decisions[id].status == "open"]
    idle = [titles[id] for id in rest if result.decisions[id].status != "open"]

    def below(shown: int) -> list[str]:
        over = [(titles[id], _chosen(result.decisions[id])) for id in applying[shown:]]
        also = [f"{title} ({fitted('', chosen, _NAMED)})" for title, chosen in over]
        named = {
            "Also": also,
            "Perhaps needed": perhaps if room is None or not perhaps else [fitted("", perhaps, _PERHAPS)],
            "Not needed": idle if room is None else [],
        }
        return [f"{lead}: {', '.join(names)}." for lead, names in named.items() if names]

    shown = len(applying)
    while room is not None and shown and shown + sum(-(-len(line) // _LINE) for line in below(shown)) > room:
        shown -= 1
    rows = [_row(titles[id], result.decisions[id]) for id in applying[:shown]]
    blocks: list[Block] = [Table(HEAD, rows, compact=True)] if rows else []
    return [*blocks, *(Paragraph((Span(line, "note"),)) for line in below(shown))]


def _row(title: str, one: Decided) -> tuple[Cell, ...]:
    chosen = Fitted("", tuple(_chosen(one)), "strong" if one.choice else "")
    return (Span(title),), chosen, _sureness(one)


def _chosen(one: Decided) -> list[str]:
    if one.choice is None:
        return ["not decided"]
    return (one.choice if isinstance(one.choice, list) else [one.choice]) or ["none of them"]


def _sureness(one: Decided) -> Fitted:
    """The confidence, then what could still be: other options, other selections, or that it is not needed."""
    confidence = one.confidence or "low"
    if one.status == "settled":
        return Fitted(confidence, (), confidence)
    many = isinstance(one.choice, list)
    tail = (", or none" if many else ", or not needed") if None in words.others(one) else ""
    rest = tuple(option for option in words.others(one) if option)
    lead = f"{confidence}: "
    if many:
        unsure = words.uncertain(one)
        lead += "also " if rest else "perhaps not " if unsure else ""
        rest = rest or tuple(unsure)
    return Fitted(lead, rest, confidence, tail)
