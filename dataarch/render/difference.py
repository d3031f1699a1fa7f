"""The page of a comparison: what changes in the architecture, which answers differ, then each change with reasons."""

from __future__ import annotations

from typing import Any

from dataarch.comparison import CERTAINTY, CHOICE, Compared, Comparison, Differing
from dataarch.profile import spoken
from dataarch.recommendation import PATTERN, Decided, Evidence
from dataarch.render import answer, origin, words
from dataarch.render.page import (
    Block,
    Cell,
    Fitted,
    Heading,
    Item,
    Label,
    Line,
    Paragraph,
    Span,
    Table,
    evidence,
    ids,
    note,
    prose,
    sources,
)
from dataarch.rulebase.model import Question, RuleBase

SAME, STILL = "The same answers", "Other answers, the same decisions"
_UNKNOWN = "not known"
_INLINE = 40
"""The longest change of an answer that is told again where it matters; the table of answers has them all."""


def page(result: Comparison, names: tuple[str, str], listed: bool = True) -> list[Block]:
    """Everything there is to say of a comparison.

    `names` say which files the two profiles stand in; `listed` adds the list of sources.
    """
    base = result.first.engine.base
    changed = _changed(result, CHOICE)
    blocks = [*_first_lines(result, names), *_glance(base, changed), *_answers(base, result)]
    if changed:
        answers = {one.question: one for one in result.answers}
        blocks.append(Heading(2, "What changes, and because of which answers"))
        blocks += [block for one in changed for block in _change(base, one, answers)]
    unsure = [
        Item((Span(base.decisions[one.id].title, "strong"), Span(f": {_sure(one.first)} → {_sure(one.second)}")))
        for one in _changed(result, CERTAINTY)
    ]
    blocks += [Heading(2, "The same choice, more or less sure"), *unsure] if unsure else []
    blocks += [*_warnings(result), *_services(result)]
    return [*blocks, *sources(base, blocks, listed)]


def _changed(result: Comparison, how: str) -> list[Compared]:
    """What has changed in one way, in the order of the screen of a recommendation."""
    order = [result.pattern, *(result.decisions[id] for id in answer.order(result.second))]
    return [one for one in order if one.changed == how]


def _first_lines(result: Comparison, names: tuple[str, str]) -> list[Block]:
    base, pattern = result.first.engine.base, result.pattern
    before, after = _outcomes(base, pattern)
    count, unsure = (sum(one.changed == how for one in result.decisions.values()) for how in (CHOICE, CERTAINTY))
    changes = f"{count} of {len(result.decisions)} decisions change{'s' if count == 1 else ''}"
    first, second = ("standard input" if name == "-" else name for name in names)
    stood = origin.stood_on(result.first)
    where = [Paragraph((Span(said, "note"),)) for said in (f"{first} → {second}", stood)]
    stays = f"The pattern of both: {before}." if pattern.second.choice is not None else "No pattern yet, in either."
    if not result.answers:
        return [Heading(1, SAME), *where, Paragraph(prose(stays))]
    if pattern.changed == CHOICE:
        title, said = f"{before[:1].upper()}{before[1:]} → {after}", f"With the pattern, {changes}."
    elif count:
        title, said = changes, stays
    else:
        title, said = STILL, stays
    if unsure:
        said += f" {unsure} {'is' if unsure == 1 else 'are'} the same, but more or less sure."
    blocks: list[Block] = [Heading(1, title), *where, Paragraph(prose(said))]
    moved = (("Services that come", result.services_came), ("Services that go", result.services_went))
    blocks += [Paragraph(prose(f"{lead}: {', '.join(one.name for one in some)}.")) for lead, some in moved if some]
    return blocks


def _glance(base: RuleBase, changed: list[Compared]) -> list[Block]:
    rows: list[tuple[Cell, ...]] = [
        ((Span(base.decisions[one.id].title),), *(Fitted("", tuple(said.split(", "))) for said in _outcomes(base, one)))
        for one in changed
        if one.id != PATTERN
    ]
    return [Table(("Decision", "First", "Second"), rows, compact=True)] if rows else []


def _answers(base: RuleBase, result: Comparison) -> list[Block]:
    if not result.answers:
        return []
    rows: list[tuple[Cell, ...]] = [
        ((Span(one.question, "id"),), *(_value(base.questions[one.question], value) for value in one[1:]))
        for one in result.answers
    ]
    count = len(rows)
    blocks: list[Block] = [
        Heading(2, f"{count} answer{' differs' if count == 1 else 's differ'}"),
        Table(("Answer", "First", "Second"), rows),
    ]
    behind = {key for one in _changed(result, CHOICE) for key in one.answers}
    if behind:
        found = ids(one.question for one in result.answers if one.question in behind)
        blocks.append(Paragraph((Span("Behind the changes: "), *found, Span("."))))
    return blocks


def _change(base: RuleBase, one: Compared, answers: dict[str, Differing]) -> list[Block]:
    before, after = _outcomes(base, one)
    because: list[Span] = []
    for key in one.answers:
        lead = "Because of " if not because else " and " if key == one.answers[-1] else ", "
        moved = _moved(base.questions[key], answers[key])
        because += [Span(lead), Span(key, "id"), *([Span(f" ({moved})")] if len(moved) <= _INLINE else [])]
    sure = (_sure(one.first), _sure(one.second))
    blocks: list[Block] = [
        Heading(3, f"{base.decisions[one.id].title}: {before} → {after}"),
        Paragraph((*because, Span("."))),
        Paragraph((Span(f"How sure: {sure[0]}{' in both' if sure[0] == sure[1] else f' → {sure[1]}'}.", "note"),)),
    ]
    if not one.came and not one.went:
        return [*blocks, Paragraph(prose("The evidence is the same; what could still come out is not."))]
    newly = one.applies == (False, True)
    for label, found in (("Why" if newly else "Holds now", one.came), ("Holds no longer", one.went)):
        blocks += [Label(label), *(Item(_evidence(base, one.id, entry)) for entry in found)] if found else []
    return blocks


def _evidence(base: RuleBase, decision: str, one: Evidence) -> Line:
    """Evidence behind the option that it is about, which is not always the one chosen."""
    named = Span(words.name(base, decision, one.option), "" if decision == PATTERN else "id")
    return (*((named, Span(": ")) if one.option else ()), *evidence(one, base.whitepaper))


def _outcomes(base: RuleBase, one: Compared) -> tuple[str, str]:
    """What comes out in the first and in the second profile."""
    before, after = (
        words.outcome(base, one.id, decided.choice)
        if decided.choice is not None or not applies
        else "no pattern yet"
        if one.id == PATTERN
        else "not decided"
        for decided, applies in zip((one.first, one.second), one.applies, strict=True)
    )
    return before, after


def _sure(one: Decided) -> str:
    return f"{'open' if one.status == 'open' else 'settled'}, {one.confidence}"


def _value(question: Question, value: Any) -> Line:
    return (Span(_UNKNOWN, "note"),) if value is None else (Span(spoken(question, value)),)


def _moved(question: Question, one: Differing) -> str:
    """A changed answer in brackets: both values, or, of several values, those that came and went."""
    if isinstance(one.first, list) and isinstance(one.second, list):
        came = [value for value in one.second if value not in one.first]
        went = [value for value in one.first if value not in one.second]
        parts = [f"also {words.joined(came)}"] * bool(came) + [f"without {words.joined(went)}"] * bool(went)
        return ", ".join(parts)
    before, after = (
        _UNKNOWN if value is None else spoken(question, value)
        for value in (one.first, one.second)
    )
    return f"{before} → {after}"


def _warnings(result: Comparison) -> list[Block]:
    blocks: list[Block] = []
    base = result.first.engine.base
    for label, some in (("New", result.warnings_came), ("Gone", result.warnings_went)):
        found = [Item((Span(one.message), *note(origin.of(base, "warning", one.id), reference=one.reference or "")))
                 for one in some]  # fmt: skip
        blocks += [Label(label), *found] if found else []
    return [Heading(2, "Warnings"), *blocks] if blocks else []


def _services(result: Comparison) -> list[Block]:
    """The services that come and are not simply there: renamed, closed, launched since."""
    found = [
        Item((Span(one.name, "strong"), Span(f": {words.lifecycle(one)}"), *note(reference=one.reference)))
        for one in result.services_came
        if one.status != "active" or one.date
    ]
    return [Heading(2, "What became of the services that come"), *found] if found else []
