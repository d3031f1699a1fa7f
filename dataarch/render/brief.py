"""The short form of what follows the first screen: why, and what would change it, a few lines a decision."""

from __future__ import annotations

from dataarch.consequences import Service
from dataarch.recommendation import PATTERN, Decided, Evidence, Recommendation
from dataarch.render import glance, origin, words
from dataarch.render.page import (
    Block,
    Heading,
    Item,
    Line,
    Paragraph,
    Span,
    note,
    prose,
)
from dataarch.rulebase.model import NONE, YES_NO

_VALUES = 1
_LINE = 80
_LEGEND = "In brackets: how sure a choice is, and an answer that would make it another one."


def reasons(result: Recommendation, applying: list[str]) -> list[Block]:
    """Every decision that applies, the pattern first, then step by step: the strongest reason and the first answer
    that would change it. What no step of the pattern asks for has one row."""
    base = result.engine.base
    blocks: list[Block] = [Heading(2, "Reasons in short"), Paragraph((Span(_LEGEND, "note"),))]
    blocks += [] if result.undecidable else _decision(result, result.pattern)
    pattern = base.patterns.get(result.pattern.choice) if isinstance(result.pattern.choice, str) else None
    left = list(applying)
    for number, step in enumerate(pattern.steps if pattern else (), 1):
        realised = [id for id in step.decisions if id in left]
        left = [id for id in left if id not in realised]
        if realised:
            blocks.append(Heading(3, f"{number}. {step.title}", note(reference=step.reference)))
        blocks += [block for id in realised for block in _decision(result, result.decisions[id])]
    if pattern:
        beside = glance.rows(result, left)
        return [*blocks, *([Heading(3, "Beside the steps"), *beside] if beside else [])]
    return [*blocks, *(block for id in left for block in _decision(result, result.decisions[id]))]


def perhaps(result: Recommendation, open_ones: list[str]) -> list[Block]:
    """The decisions that may turn out to apply, by the question whose answer first makes it so."""
    base = result.engine.base
    waiting: dict[str, list[str]] = {}
    for id in open_ones:
        found = words.edits(base, id, result.decisions[id].flips, result.profile.answers, 1)
        waiting.setdefault(found[0].question if found else "", []).append(base.decisions[id].title)
    line: list[Span] = []
    for question, titles in sorted(waiting.items(), key=lambda entry: not entry[0]):
        line += [Span("; ")] if line else []
        line += [Span(question, "id"), Span(": ")] if question else [Span("no single answer: ", "note")]
        line.append(Span(", ".join(titles)))
    return [Heading(2, "Perhaps needed, by the answer that decides it"), Paragraph((*line, Span(".")))] if line else []


def services(found: list[Service], whitepaper: str) -> list[Block]:
    """The services: how many are what they were, and what became of each of the others."""
    same = [one for one in found if one.status == "active" and (not one.date or one.date <= whitepaper)]
    renamed = [one for one in found if one.status == "renamed"]
    changed = [one for one in found if one not in same and one not in renamed]
    blocks: list[Block] = [Heading(2, "Services")] if found else []
    if same:
        blocks.append(Paragraph(prose(f"{len(same)} of {len(found)} are what they were in the whitepaper.")))
    launched = [one for one in changed if one.status == "active"]
    blocks += [Item((Span(one.name), Span(f": {words.lifecycle(one)}"), *note(reference=one.reference)))
               for one in changed if one not in launched]  # fmt: skip
    blocks += _together("Launched since: ", [(f"{one.name} ({one.date})", one.reference) for one in launched])
    was = [f" (was {one.former_name})" if one.former_name else "" for one in renamed]
    told = [(f"{one.name}{then}", one.reference) for one, then in zip(renamed, was, strict=True)]
    return [*blocks, *_together("Renamed since: ", told)]


def _together(lead: str, told: list[tuple[str, str]]) -> list[Block]:
    """One item for all that is told of one kind, each with its source."""
    line: list[Span] = [Span(lead)]
    for text, reference in told:
        line += [Span("; ")] if len(line) > 1 else []
        line += [Span(text), *note(reference=reference)]
    return [Item((*line, Span(".")))] if told else []


def _decision(result: Recommendation, one: Decided) -> list[Block]:
    """A choice with its reason; where nothing was to be weighed, with its source alone."""
    base = result.engine.base
    chosen = words.outcome(base, one.id, one.choice) if one.choice is not None else "not decided"
    edits = words.edits(base, one.id, one.flips, result.profile.answers, _VALUES)
    found = [edit for edit in edits if edit.outcome != words.NOT_NEEDED]
    title = f"{base.decisions[one.id].title}: {chosen}"
    said = [words.standing(one), origin.of(base, "decision", one.id)]
    changes = [f"{_answer(edit)} → {_other(one, edit.outcome)}" for edit in found]
    room = _LINE - len(title) - sum(len(part) + 3 for part in said if part)
    change = next((text for text in changes if len(text) <= room), "".join(changes[:1]))
    if one.status == "settled" and one.because and not change and all(why.effect == "applies" for why in one.because):
        return [Heading(4, title, note(*said, reference=one.because[0].reference))]
    blocks: list[Block] = [Heading(4, title, note(*said, change))]
    for why in _strongest(one):
        named = isinstance(one.choice, list) and len(one.choice) > 1 and why.option
        lead: Line = (Span(f"{why.option}: "),) if named else ()
        whose = words.whose(why.basis, why.since, base.whitepaper)
        blocks.append(Paragraph((*lead, Span(why.because), *note(whose, reference=why.reference))))
    return blocks


def _answer(edit: words.Edit) -> str:
    """The answer of an edit, which names its question where it would say nothing without."""
    answer = edit.change.removeprefix(f"{edit.question}: ")
    return edit.change if answer in (*YES_NO, NONE, "other") else answer


def _other(one: Decided, outcome: str) -> str:
    """An outcome; of a decision that selects many, what is new in it and what is no longer there."""
    if not isinstance(one.choice, list):
        return outcome
    then = outcome.split(", ")
    new = [option for option in then if option not in one.choice]
    gone = [option for option in one.choice if option not in then]
    if not one.choice or (gone and len(gone) == len(one.choice)):
        return outcome
    return ", ".join([f"also {', '.join(new)}"] * bool(new) + [f"without {', '.join(gone)}"] * bool(gone))


def _strongest(one: Decided) -> list[Evidence]:
    """The strongest evidence for what was chosen; else why it applies at all.

    What the first screen says of the pattern is not repeated.
    """
    found = [why for why in one.because if why.effect == "favours" and not why.under]
    if one.id == PATTERN:
        return found[1:2]
    return (found or [why for why in one.because if not why.under])[:1]
