"""The page of a recommendation: the answer first, then the choices at a glance, then every reason."""

from __future__ import annotations

from dataarch.profile import spoken
from dataarch.recommendation import PATTERN, Decided, Ranked, Recommendation
from dataarch.render import words
from dataarch.render.page import (
    Block,
    Cell,
    Command,
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
    items,
    note,
    prose,
    sources,
)
from dataarch.rulebase.model import RuleBase

LAYERS = ("ingestion", "storage", "catalog", "processing", "consumption", "governance", "prediction")
"""The whitepaper's layers, in its order."""
_EDITS = 3
_ASKED = 5


def page(result: Recommendation) -> list[Block]:
    """Everything there is to say of a recommendation."""
    blocks = [*_pattern(result), *_glance(result), *_warnings(result), *_reasons(result), *_services(result)]
    return [*blocks, *sources(result.engine.base, blocks), *_tail(result)]


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
    name: list[Block] = [Paragraph((Span(f"For {_short(workload.value)}", "note"),))] if workload else []
    if result.undecidable:
        asked = [Item((Span(key, "id"), Span(f": {base.questions[key].prompt}"))) for key in one.needs[:_ASKED]]
        first = "Nothing that is known speaks for any of the architectures. Answer these first:"
        return [Heading(1, "No pattern yet"), *name, Paragraph(prose(first)), *asked]
    title = words.name(base, PATTERN, one.choice if isinstance(one.choice, str) else None)
    lead: Line = ()
    if result.none_fits:
        title, lead = f"{title[:1].upper()}{title[1:]} fits", prose("Because: ")
    because: list[Block] = [Paragraph((*lead, *evidence(first, base.whitepaper))) for first in one.because[:1]]
    return [Heading(1, title), *name, sure(base, one), *because, Paragraph(prose(_runners_up(result)))]


def _runners_up(result: Recommendation) -> str:
    base, one = result.engine.base, result.pattern
    lead = next(entry for entry in one.ranking if entry.option == one.choice)
    rest = [entry for entry in one.ranking if entry.option != one.choice]
    if result.none_fits:
        near = f"{_scored(rest[0])} against {lead.score}" if rest[0].because else "though nothing speaks for it"
        return f"Closest: {words.name(base, PATTERN, rest[0].option)}, {near}."
    ahead = [entry for entry in rest if entry.score > 0 or entry.decisive]
    named = [f"{words.name(base, PATTERN, entry.option)} ({_scored(entry)})" for entry in ahead]
    said = f"{_scored(lead)}. Runners-up: "
    said += ", ".join(named) if named else "nothing speaks for another"
    return f"{said[:1].upper()}{said[1:]}."


def _scored(entry: Ranked) -> str:
    return "a decisive reason" if entry.decisive else words.points(entry.score)


def _glance(result: Recommendation) -> list[Block]:
    base = result.engine.base
    rows: list[tuple[Cell, ...]] = []
    perhaps: list[str] = []
    never: list[str] = []
    for id in order(result):
        one, title = result.decisions[id], base.decisions[id].title
        if words.applies(one):
            rows.append(((Span(title),), _choice(one), _state(base, one)))
        else:
            (perhaps if one.status == "open" else never).append(title)
    blocks: list[Block] = [Table(("Decision", "Choice", "How sure"), rows, compact=True)] if rows else []
    if perhaps:
        blocks.append(Paragraph((Span(f"Perhaps needed: {', '.join(perhaps)}.", "note"),)))
    if never:
        blocks.append(Paragraph((Span(f"Not needed: {', '.join(never)}.", "note"),)))
    return blocks


def _choice(one: Decided) -> Fitted:
    if one.choice is None:
        return Fitted("not decided", ())
    chosen = one.choice if isinstance(one.choice, list) else [one.choice]
    return Fitted("", tuple(chosen) or ("none of them",), "strong")


def _state(base: RuleBase, one: Decided) -> Fitted:
    if one.status == "settled":
        return Fitted(one.confidence or "", (), one.confidence or "")
    rest = [words.name(base, one.id, option) for option in words.others(one)]
    many = isinstance(one.choice, list)
    if not rest:
        return Fitted("open: perhaps not ", tuple(words.uncertain(one)), "low")
    return Fitted("open: also " if many else "open: " if one.choice is None else "open: or ", tuple(rest), "low")


def _warnings(result: Recommendation) -> list[Block]:
    found: list[Block] = [
        Item((Span(warning.message), *note(reference=warning.reference or ""))) for warning in result.warnings
    ]
    return [Heading(2, "Warnings"), *found] if found else []


def _reasons(result: Recommendation) -> list[Block]:
    base = result.engine.base
    blocks: list[Block] = [Heading(2, "Reasons")]
    if not result.undecidable:
        blocks += _reason(result, result.pattern)
    applying = [id for id in order(result) if words.applies(result.decisions[id])]
    for id in applying:
        blocks += _reason(result, result.decisions[id])
    perhaps: list[Block] = []
    for id in order(result):
        one = result.decisions[id]
        if one.status == "open" and id not in applying:
            found = words.edits(base, id, one.flips, result.profile.answers)
            perhaps.append(Item((Span(base.decisions[id].title, "strong"), Span(f": {base.decisions[id].question}"))))
            perhaps += _changes(found, _EDITS, 1) or [Item((Span("No single answer decides it.", "note"),), 1)]
    return [*blocks, *([Heading(2, "Perhaps needed"), *perhaps] if perhaps else [])]


def _reason(result: Recommendation, one: Decided) -> list[Block]:
    base = result.engine.base
    decision = base.decisions[one.id]
    chosen = words.outcome(base, one.id, one.choice) if one.choice is not None else "not decided"
    blocks: list[Block] = [Heading(3, f"{decision.title}: {chosen}")]
    blocks += [Paragraph((Span(decision.question, "note"),)), sure(base, one)]
    if one.because:
        blocks += [Label("Why"), *items(one.because, base.whitepaper)]
    return [*blocks, *lost(one, base), *changes(base, result, one, _EDITS)]


def _services(result: Recommendation) -> list[Block]:
    rows: list[tuple[Cell, ...]] = []
    services = sorted(result.services, key=lambda s: LAYERS.index(s.layer) if s.layer in LAYERS else len(LAYERS))
    for service in services:
        said = (Span(words.lifecycle(service)), *note(reference=service.reference))
        rows.append(((Span(service.name),), (Span(service.layer),), said))
    return [Heading(2, "Services"), Table(("Service", "Layer", "Today"), rows)] if rows else []


def _tail(result: Recommendation) -> list[Block]:
    base = result.engine.base
    blocks: list[Block] = []
    given = [
        Item((Span(key, "id"), Span(f": {spoken(base.questions[key], answer.value)}")))
        for key, answer in result.profile.answers.items()
    ]
    if given:
        blocks += [Heading(2, "Answers"), *given]
    if result.unanswered:
        count = len(result.unanswered)
        said = f"{count} answer{'' if count == 1 else 's'} could still change something:"
        blocks += [Heading(2, "Still unanswered"), Paragraph(prose(said)), Paragraph(ids(result.unanswered))]
    stood = f"Rule base {base.version}, as it stood on {result.view.day}"
    word = "" if result.view.basis == "all" else f", the word of the {result.view.basis} alone"
    blocks.append(Heading(2, "Next"))
    blocks.append(Paragraph((Span(f"{stood}{word}.", "note"),)))
    applying = [id for id in order(result) if words.applies(result.decisions[id])]
    doubtful = words.least_certain(result, applying)
    title = base.decisions[doubtful].title
    blocks.append(Paragraph(prose(f"The least certain decision is {title[:1].lower()}{title[1:]}. To look into it:")))
    blocks.append(Command(words.command(result, f"explain {doubtful}")))
    return blocks


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
