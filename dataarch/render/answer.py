"""The page of a recommendation: the answer first, the choices at a glance, then the reasons, in short or all."""

from __future__ import annotations

from dataarch.consequences import Service
from dataarch.profile import spoken
from dataarch.recommendation import PATTERN, Decided, Ranked, Recommendation
from dataarch.render import brief, glance, words
from dataarch.render.page import (
    UNLISTED,
    Block,
    Cell,
    Command,
    Heading,
    Item,
    Label,
    Line,
    Paragraph,
    Span,
    Table,
    evidence,
    ids,
    items,
    note,
    prose,
    sources,
)
from dataarch.rulebase.model import RuleBase

LAYERS = ("ingestion", "storage", "catalog", "processing", "consumption", "governance", "prediction")
"""The whitepaper's layers, in its order."""
_ASKED = 5
_ROOM = 14
"""The lines for which the first screen has room: the rows of the table of choices, and what is named below it."""
_WIDTH = 76
"""The widest command that the first screen shows."""


def page(result: Recommendation, full: bool = True, listed: bool = True) -> list[Block]:
    """What there is to say of a recommendation, everything or in short; `listed` adds the list of sources."""
    base, ordered = result.engine.base, order(result)
    services = sorted(result.services, key=lambda s: LAYERS.index(s.layer) if s.layer in LAYERS else len(LAYERS))
    flags = "" if listed else UNLISTED
    blocks = _pattern(result)
    if full:
        blocks += [*glance.table(result, ordered), *_warnings(result), *_reasons(result, ordered)]
        blocks += _services(services)
    else:
        applying = [id for id in ordered if words.applies(result.decisions[id])]
        waiting = [id for id in ordered if id not in applying and result.decisions[id].status == "open"]
        blocks += [*glance.table(result, ordered, _ROOM), *_onwards(result), *_warnings(result)]
        blocks += [*brief.reasons(result, applying), *brief.perhaps(result, waiting)]
        blocks += brief.services(services, base.whitepaper)
        flags = f"Everything there is to say: --full. {flags}"
    blocks += sources(base, blocks) if listed else []
    return [*blocks, *(_answers(result) if full else []), *_next(result, full, flags)]


def order(result: Recommendation) -> list[str]:
    """The decisions in the order of the screen: those that realise a step of the pattern, then by layer."""
    base = result.engine.base
    pattern = base.patterns.get(result.pattern.choice) if isinstance(result.pattern.choice, str) else None
    realised = {id for step in pattern.steps for id in step.decisions} if pattern else set()

    def place(id: str) -> tuple[bool, int]:
        layer = base.decisions[id].layer
        return id not in realised, LAYERS.index(layer) if layer in LAYERS else len(LAYERS)

    return sorted(result.decisions, key=place)


def changes(base: RuleBase, result: Recommendation, one: Decided, limit: int | None) -> list[Block]:
    """The single edits that change a choice, at most `limit` of them; the others are counted."""
    blocks = _changes(words.edits(base, one.id, one.flips, result.profile.answers), limit, 0)
    return [Label("What would change it"), *blocks] if blocks else []


def lost(one: Decided, base: RuleBase) -> list[Block]:
    """What was not chosen and why, one line each; options that lost for one and the same reason share it."""
    reasons: dict[str, list[str]] = {}
    noted = {}
    for option, why, because in one.rejected:
        if one.choice is None and not because:
            continue
        reasons.setdefault(why, []).append(words.name(base, one.id, option))
        noted[why] = next((e for e in because if e.because == why), None)
    blocks: list[Block] = []
    for why, options in reasons.items():
        found = noted[why]
        brackets = note(*words.weight(found, base.whitepaper), reference=found.reference) if found else ()
        names = prose(", ".join(options)) if one.id == PATTERN else ids(options)
        blocks.append(Item((*names, Span(f": {why}"), *brackets)))
    return [Label("What lost"), *blocks] if blocks else []


def sure(base: RuleBase, one: Decided) -> Paragraph:
    """How sure a choice is, as a line of its own."""
    return Paragraph((Span(f"{words.state(base, one)}.", one.confidence or ""),))


def _changes(found: list[words.Edit], limit: int | None, level: int) -> list[Block]:
    shown = found if limit is None else found[:limit]
    blocks: list[Block] = [Item(_change(edit), level) for edit in shown]
    if len(found) > len(shown):
        blocks.append(Item((Span(f"and {len(found) - len(shown)} more", "note"),), level))
    return blocks


def _change(edit: words.Edit) -> Line:
    asked = edit.change.removeprefix(edit.question)
    return Span(edit.question, "id"), Span(f"{asked} → {edit.outcome}")


def _pattern(result: Recommendation) -> list[Block]:
    base, one = result.engine.base, result.pattern
    workload = result.profile.answers.get("workload")
    called = f"For {_short(workload.value)}" if workload else ""
    if result.undecidable:
        name: list[Block] = [Paragraph((Span(called, "note"),))] if called else []
        asked = [Item((Span(key, "id"), Span(f": {base.questions[key].prompt}"))) for key in one.needs[:_ASKED]]
        first = "Nothing that is known speaks for any of the architectures. Answer these first:"
        return [Heading(1, "No pattern yet"), *name, Paragraph(prose(first)), *asked]
    title = words.name(base, PATTERN, one.choice if isinstance(one.choice, str) else None)
    lead: Line = ()
    if result.none_fits:
        title, lead = f"{title[:1].upper()}{title[1:]} fits", prose("Because: ")
    state = words.state(base, one)
    said = Span(f"{state[:1].lower()}{state[1:]}." if called else f"{state}.", one.confidence or "")
    blocks: list[Block] = [Heading(1, title), Paragraph((*([Span(f"{called}: ", "note")] if called else []), said))]
    blocks += [Paragraph((*lead, *evidence(first, base.whitepaper))) for first in one.because[:1]]
    return [*blocks, *([Paragraph(prose(near))] if (near := _runners_up(result)) else [])]


def _runners_up(result: Recommendation) -> str:
    """What comes next, "" where none of the patterns fits and nothing speaks for any."""
    base, one = result.engine.base, result.pattern
    lead = next(entry for entry in one.ranking if entry.option == one.choice)
    ahead = [e for e in one.ranking if e.option != one.choice and (e.score > 0 or e.decisive)]
    if result.none_fits:
        near = [f"Closest: {words.name(base, PATTERN, e.option)}, {_scored(e)} against {lead.score}." for e in ahead]
        return near[0] if near else ""
    named = [f"{words.name(base, PATTERN, entry.option)} ({_scored(entry)})" for entry in ahead]
    said = f"{_scored(lead)}. Runners-up: "
    said += ", ".join(named) if named else "nothing speaks for another"
    return f"{said[:1].upper()}{said[1:]}."


def _scored(entry: Ranked) -> str:
    return "a decisive reason" if entry.decisive else words.points(entry.score)


def _onwards(result: Recommendation) -> list[Block]:
    """The end of the first screen: how many warnings follow, what is still open, and the command to go on with."""
    count = len(result.warnings)
    said = f"{count} warning{'' if count == 1 else 's'} below" if count else "No warnings"
    left = len(result.unanswered)
    said += f"; {left} answer{'' if left == 1 else 's'} could still change something." if left else "; nothing is open."
    command = _resuming(result) if left else words.command(result, f"explain {_doubtful(result)}")
    if len(" ".join(command)) > _WIDTH:
        return [Paragraph(prose(f"{said} To go on with them: --resume." if left else said))]
    return [Paragraph(prose(f"{said} Next:")), Command(command)]


def _warnings(result: Recommendation) -> list[Block]:
    found: list[Block] = [
        Item((Span(warning.message), *note(reference=warning.reference or ""))) for warning in result.warnings
    ]
    return [Heading(2, "Warnings"), *found] if found else []


def _reasons(result: Recommendation, ordered: list[str]) -> list[Block]:
    base = result.engine.base
    blocks: list[Block] = [Heading(2, "Reasons")]
    if not result.undecidable:
        blocks += _reason(result, result.pattern)
    applying = [id for id in ordered if words.applies(result.decisions[id])]
    for id in applying:
        blocks += _reason(result, result.decisions[id])
    perhaps: list[Block] = []
    for id in ordered:
        one = result.decisions[id]
        if one.status == "open" and id not in applying:
            found = words.edits(base, id, one.flips, result.profile.answers)
            perhaps.append(Item((Span(base.decisions[id].title, "strong"), Span(f": {base.decisions[id].question}"))))
            perhaps += _changes(found, None, 1) or [Item((Span("No single answer decides it.", "note"),), 1)]
    return [*blocks, *([Heading(2, "Perhaps needed"), *perhaps] if perhaps else [])]


def _reason(result: Recommendation, one: Decided) -> list[Block]:
    base = result.engine.base
    decision = base.decisions[one.id]
    chosen = words.outcome(base, one.id, one.choice) if one.choice is not None else "not decided"
    blocks: list[Block] = [Heading(3, f"{decision.title}: {chosen}")]
    blocks += [Paragraph((Span(decision.question, "note"),)), sure(base, one)]
    if one.because:
        blocks += [Label("Why"), *items(one.because, base.whitepaper)]
    return [*blocks, *lost(one, base), *changes(base, result, one, None)]


def _services(services: list[Service]) -> list[Block]:
    rows: list[tuple[Cell, ...]] = []
    for service in services:
        said = (Span(words.lifecycle(service)), *note(reference=service.reference))
        rows.append(((Span(service.name),), (Span(service.layer),), said))
    return [Heading(2, "Services"), Table(("Service", "Layer", "Today"), rows)] if rows else []


def _answers(result: Recommendation) -> list[Block]:
    questions = result.engine.base.questions
    answers = result.profile.answers.items()
    given = [Item((Span(key, "id"), Span(f": {spoken(questions[key], answer.value)}"))) for key, answer in answers]
    return [Heading(2, "Answers"), *given] if given else []


def _next(result: Recommendation, full: bool, flags: str) -> list[Block]:
    """The end of the page: what the answer stands on, and the commands that settle most."""
    base = result.engine.base
    word = "" if result.view.basis == "all" else f", the word of the {result.view.basis} alone"
    stood = f"Rule base {base.version}, as it stood on {result.view.day}{word}."
    blocks: list[Block] = [Heading(2, "Next"), Paragraph((Span(f"{stood} {flags}".strip(), "note"),))]
    if result.unanswered:
        count = len(result.unanswered)
        said = f"{count} answer{'' if count == 1 else 's'} could still change something: "
        named = ids(result.unanswered) if full else brief.keys(result.unanswered)
        blocks += [Paragraph((Span(said), *named, Span(". To go on with them:"))), Command(_resuming(result))]
    doubtful = _doubtful(result)
    title = base.decisions[doubtful].title
    said = f"The least certain decision is {title if title[1:2].isupper() else title[:1].lower() + title[1:]}."
    return [*blocks, Paragraph(prose(f"{said} All of it:")), Command(words.command(result, f"explain {doubtful}"))]


def _doubtful(result: Recommendation) -> str:
    """The decision to look into first."""
    return words.least_certain(result, [id for id in order(result) if words.applies(result.decisions[id])])


def _resuming(result: Recommendation) -> tuple[str, ...]:
    """The command that asks what is still open."""
    return *words.command(result, "recommend"), "--resume"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
