"""The choices at a glance: by layer as the first screen has room for, or one row for every decision that applies."""

from __future__ import annotations

from textwrap import wrap

from dataarch.recommendation import Decided, Recommendation
from dataarch.render import words
from dataarch.render.page import Block, Cell, Fitted, Heading, Line, Paragraph, Span, Table, fitted

HEAD = ("Decision", "Choice", "How sure, what else it could be")
LAYERS = ("ingestion", "storage", "catalog", "processing", "consumption", "governance", "prediction")
"""The whitepaper's layers, in its order."""
_BY_LAYER = ("Layer", "What is chosen (? could still change)")
_NARROW = 80
_GAP = 2
_PERHAPS = 74


def place(layer: str) -> int:
    """The place of a layer in their order, behind the whitepaper's for one of somebody else."""
    return LAYERS.index(layer) if layer in LAYERS else len(LAYERS)


def table(result: Recommendation, order: list[str]) -> list[Block]:
    """The table of the decisions that apply, in an order, and the names of the others."""
    base = result.engine.base
    titles = {id: base.decisions[id].title for id in order}
    applying = [id for id in order if words.applies(result.decisions[id])]
    rest = [id for id in order if id not in applying]
    named = {
        "Perhaps needed": [titles[id] for id in rest if result.decisions[id].status == "open"],
        "Not needed": [titles[id] for id in rest if result.decisions[id].status != "open"],
    }
    below = [f"{lead}: {', '.join(names)}." for lead, names in named.items() if names]
    return [*rows(result, applying), *(Paragraph((Span(line, "note"),)) for line in below)]


def rows(result: Recommendation, applying: list[str]) -> list[Block]:
    """The table of some decisions, one row each."""
    titles = result.engine.base.decisions
    found = [_row(titles[id].title, result.decisions[id]) for id in applying]
    return [Table(HEAD, found, compact=True)] if found else []


def layers(result: Recommendation, order: list[str], room: int) -> list[Block]:
    """What is chosen in each layer, and one line with what is perhaps needed. Where that takes more than `room` lines
    of 80 columns, the last choices of the longest layers are counted."""
    base = result.engine.base
    found: dict[str, dict[str, bool]] = {layer: {} for layer in LAYERS}
    for id in order:
        layer = found.setdefault(base.decisions[id].layer, {})
        for text, certain in _said(result, id):
            layer[text] = layer.get(text, True) and certain
    marked = {name: [f"{text}{'' if sure else '?'}" for text, sure in layer.items()] for name, layer in found.items()}
    marked = {name: texts for name, texts in marked.items() if texts}
    perhaps = [base.decisions[id].title for id in order
               if result.decisions[id].status == "open" and not words.applies(result.decisions[id])]  # fmt: skip
    width = _NARROW - _GAP - max([len(name) for name in (_BY_LAYER[0], *marked)])
    shown = {name: len(texts) for name, texts in marked.items()}

    def lines(name: str) -> int:
        text = "".join(span.text for span in _listed(marked[name], shown[name]))
        return len(wrap(text, width, break_on_hyphens=False))

    while sum(map(lines, shown)) > room - bool(perhaps) and (long := [name for name in shown if lines(name) > 1]):
        shown[max(long, key=lines)] -= 1
    found_rows: list[tuple[Cell, ...]] = [
        ((Span(name.capitalize(), "strong"),), _listed(texts, shown[name])) for name, texts in marked.items()
    ]
    blocks: list[Block] = [Table(_BY_LAYER, found_rows)] if found_rows else []
    said = f"{fitted('Perhaps needed: ', perhaps, _PERHAPS)}."
    return [*blocks, *([Paragraph((Span(said, "note"),))] if perhaps else [])]


def height(blocks: list[Block]) -> int:
    """How many lines of 80 columns headings and paragraphs take."""
    texts = []
    for block in blocks:
        if isinstance(block, Paragraph):
            texts.append("".join(span.text for span in block.line))
        elif isinstance(block, Heading):
            texts.append(block.text + "".join(span.text for span in block.aside))
    return sum(len(wrap(text, _NARROW, break_on_hyphens=False)) for text in texts)


def _said(result: Recommendation, id: str) -> list[tuple[str, bool]]:
    """What one decision brings, each with whether no missing answer can change it; what is no service of AWS says
    little by itself, so the title of the decision stands before it."""
    one, decision = result.decisions[id], result.engine.base.decisions[id]
    if not words.applies(one):
        return []
    if one.choice is None:
        return [(f"{decision.title}: not decided", False)]
    services = {option.id: option.service for option in decision.options}
    chosen = one.choice if isinstance(one.choice, list) else [one.choice]
    return [
        (option if services[option] else f"{decision.title}: {option}", one.status == "settled" or option in one.always)
        for option in chosen
    ]


def _listed(texts: list[str], shown: int) -> Line:
    line: list[Span] = []
    for text in texts[:shown]:
        line += [Span(", ")] if line else []
        line.append(Span(text, "" if text.endswith("?") else "high"))
    return (*line, Span(f", {len(texts) - shown} more", "note")) if shown < len(texts) else tuple(line)


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
