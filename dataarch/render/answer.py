"""The page of a recommendation: the answer first, the choices at a glance, then the reasons, in short or all."""

from __future__ import annotations

from textwrap import shorten

from dataarch.consequences import Service, Warning
from dataarch.estimate.estimate import estimate
from dataarch.profile import spoken
from dataarch.quantity import UNITS
from dataarch.recommendation import PATTERN, Decided, Ranked, Recommendation
from dataarch.render import brief, figures, glance, origin, words
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
from dataarch.rulebase.model import CAUTION, CRITICAL, NOTE, RuleBase
from dataarch.scaffold.template import has_template

_ASKED = 5
_SCREEN = 24
_AROUND = 5
"""The lines of the first screen that are always taken: around the table of choices, the command and what is typed."""
_WIDTH = 76
"""The widest command that the first screen shows, and the widest warning."""
_FIRST = 3
SEVERITIES = {CRITICAL: "Critical", CAUTION: "Caution", NOTE: "Note"}
"""How severities are called, the gravest first."""


def page(result: Recommendation, full: bool = True, listed: bool = True) -> list[Block]:
    """What there is to say of a recommendation, everything or in short; `listed` adds the list of sources."""
    base, ordered = result.engine.base, order(result)
    flags = "" if listed else UNLISTED
    blocks = lead(result)
    if full:
        blocks += [*glance.table(result, ordered), *warned(result), *figures.page(estimate(result))]
        blocks += [*_reasons(result, ordered), *services(result)]
    else:
        applying = [id for id in ordered if words.applies(result.decisions[id])]
        waiting = [id for id in ordered if id not in applying and result.decisions[id].status == "open"]
        after = _onwards(result)
        room = _SCREEN - _AROUND - glance.height([*blocks, *after])
        blocks += [*glance.layers(result, ordered, room), *after, *warned(result), *_limits(result)]
        blocks += [*brief.reasons(result, applying), *brief.perhaps(result, waiting)]
        blocks += brief.services(_by_layer(result), base.whitepaper)
        flags = f"Everything there is to say: --full. {flags}"
    blocks += sources(base, blocks) if listed else []
    return [*blocks, *(answers(result) if full else []), *_next(result, full, flags)]


def order(result: Recommendation) -> list[str]:
    """The decisions in the order of the screen: those that realise a step of the pattern, then by layer."""
    base = result.engine.base
    pattern = base.patterns.get(result.pattern.choice) if isinstance(result.pattern.choice, str) else None
    realised = {id for step in pattern.steps for id in step.decisions} if pattern else set()

    def place(id: str) -> tuple[bool, int]:
        layer = base.decisions[id].layer
        return id not in realised, glance.place(layer)

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


def lead(result: Recommendation) -> list[Block]:
    """The answer itself: the pattern, how sure it is, the first reason, and what comes next."""
    base, one = result.engine.base, result.pattern
    workload = result.profile.answers.get("workload")
    called = f"For {_short(workload.value)}" if workload else ""
    if result.undecidable:
        name: list[Block] = [Paragraph((Span(called, "note"),))] if called else []
        asked = [Item((Span(key, "id"), Span(f": {base.questions[key].prompt}"))) for key in one.needs[:_ASKED]]
        said = "Nothing that is known speaks for any of the architectures. Answer these first:"
        return [Heading(1, "No pattern yet"), *origin.laid(base), *name, Paragraph(prose(said)), *asked]
    title = words.name(base, PATTERN, one.choice if isinstance(one.choice, str) else None)
    first: Line = ()
    if result.none_fits:
        title, first = f"{title[:1].upper()}{title[1:]} fits", prose("Because: ")
    state = words.state(base, one)
    sure = Span(f"{state[:1].lower()}{state[1:]}." if called else f"{state}.", one.confidence or "")
    blocks: list[Block] = [Heading(1, title, note(origin.of(base, "pattern", str(one.choice))))]
    blocks += origin.laid(base)
    blocks.append(Paragraph((*([Span(f"{called}: ", "note")] if called else []), sure)))
    blocks += [Paragraph((*first, *evidence(found, base.whitepaper))) for found in one.because[:1]]
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
    """The end of the first screen: how many warnings follow and the gravest, what is still open, and the command to go
    on with."""
    count = len(result.warnings)
    said = f"{count} warning{'' if count == 1 else 's'} below" if count else "No warnings"
    blocks: list[Block] = []
    if count:
        first = _by_severity(result)[0]
        heard = shorten(f"{SEVERITIES[first.severity]}: {first.message}", _WIDTH, placeholder="…")
        blocks.append(Paragraph((Span(heard, "low"),)))
    left = len(result.unanswered)
    asked = words.joined(words.capped(result.unanswered, _FIRST))
    said += f"; {left} answer{'' if left == 1 else 's'} could still change something: {asked}." if left else (
        "; nothing is open.")
    command = _resuming(result) if left else words.command(result, f"explain {_doubtful(result)}")
    if len(" ".join(command)) > _WIDTH:
        return [*blocks, Paragraph(prose(f"{said} To go on with them: --resume." if left else said))]
    return [*blocks, Paragraph(prose(f"{said} Next:")), Command(command)]


def _by_severity(result: Recommendation) -> list[Warning]:
    return sorted(result.warnings, key=lambda one: list(SEVERITIES).index(one.severity))


def warned(result: Recommendation) -> list[Block]:
    """The warnings, the gravest first."""
    base = result.engine.base
    found: list[Block] = [
        Item((Span(f"{SEVERITIES[one.severity]}: ", "strong"), Span(one.message),
              *note(origin.of(base, "warning", one.id), reference=one.reference or "")))
        for one in _by_severity(result)
    ]  # fmt: skip
    return [Heading(2, "Warnings"), *found] if found else []


def _limits(result: Recommendation) -> list[Block]:
    """The limits that the numbers surely meet, and what growth changes; those of one kind of a service, and those that
    are only near, are a matter of the full page. Without a number there are none to meet."""
    types = result.engine.base.types
    if not any(types[key] in UNITS for key in result.profile.answers):
        return []
    estimated = estimate(result)
    found = figures.met(estimated._replace(met=[one for one in estimated.met if one.severity == CRITICAL]))
    return [Heading(2, "Limits"), *found] if found else []


def _reasons(result: Recommendation, ordered: list[str]) -> list[Block]:
    blocks: list[Block] = [Heading(2, "Reasons")]
    if not result.undecidable:
        blocks += reason(result, result.pattern)
    applying = [id for id in ordered if words.applies(result.decisions[id])]
    for id in applying:
        blocks += reason(result, result.decisions[id])
    waiting = perhaps(result, ordered)
    return [*blocks, *([Heading(2, "Perhaps needed"), *waiting] if waiting else [])]


def perhaps(result: Recommendation, ordered: list[str]) -> list[Block]:
    """The decisions that may turn out to be needed, each with the answers that would make it so."""
    base = result.engine.base
    made: list[Block] = []
    for id in ordered:
        one = result.decisions[id]
        if one.status == "open" and not words.applies(one):
            found = words.edits(base, id, one.flips, result.profile.answers)
            made.append(Item((Span(base.decisions[id].title, "strong"), Span(f": {base.decisions[id].question}"))))
            made += _changes(found, None, 1) or [Item((Span("No single answer decides it.", "note"),), 1)]
    return made


def chosen(base: RuleBase, one: Decided) -> str:
    """The outcome of a decision in a word or two."""
    return words.outcome(base, one.id, one.choice) if one.choice is not None else "not decided"


def reason(result: Recommendation, one: Decided) -> list[Block]:
    """Why a decision came out as it did: its heading, what speaks for it, what lost and what would change it."""
    base = result.engine.base
    decision = base.decisions[one.id]
    blocks: list[Block] = [Heading(3, f"{decision.title}: {chosen(base, one)}", note(*origin.of_choice(base, one)))]
    blocks += [Paragraph((Span(decision.question, "note"),)), sure(base, one)]
    if one.because:
        blocks += [Label("Why"), *items(one.because, base.whitepaper)]
    return [*blocks, *lost(one, base), *changes(base, result, one, None)]


def services(result: Recommendation) -> list[Block]:
    """The services that the choices need, each with what became of it."""
    rows: list[tuple[Cell, ...]] = []
    for service in _by_layer(result):
        said = (Span(words.lifecycle(service)), *note(reference=service.reference))
        rows.append(((Span(service.name),), (Span(service.layer),), said))
    return [Heading(2, "Services"), Table(("Service", "Layer", "Today"), rows)] if rows else []


def _by_layer(result: Recommendation) -> list[Service]:
    return sorted(result.services, key=lambda service: glance.place(service.layer))


def answers(result: Recommendation) -> list[Block]:
    """The answers that were given."""
    questions = result.engine.base.questions
    known = result.profile.answers.items()
    given = [Item((Span(key, "id"), Span(f": {spoken(questions[key], answer.value)}"))) for key, answer in known]
    return [Heading(2, "Answers"), *given] if given else []


def _next(result: Recommendation, full: bool, flags: str) -> list[Block]:
    """The end of the page: what the answer stands on, and the commands that settle most."""
    base = result.engine.base
    stood = origin.stood_on(result)
    blocks: list[Block] = [Heading(2, "Next"), Paragraph((Span(f"{stood} {flags}".strip(), "note"),))]
    if result.unanswered:
        count = len(result.unanswered)
        said = f"{count} answer{'' if count == 1 else 's'} could still change something"
        named = (Span(": "), *ids(result.unanswered)) if full else ()
        blocks += [Paragraph((Span(said), *named, Span(". To go on with them:"))), Command(_resuming(result))]
    missing = ""
    if scaffolding := scaffold(result):
        blocks += [Paragraph(prose("To make a project of it, which runs on a laptop and deploys to AWS:")), scaffolding]
    elif result.pattern.choice in base.patterns and not _has_template(result, str(result.pattern.choice)):
        missing = f"There is no project template for {base.patterns[str(result.pattern.choice)].title} yet. "
    doubtful = _doubtful(result)
    title = base.decisions[doubtful].title
    said = f"The least certain decision is {title if title[1:2].isupper() else title[:1].lower() + title[1:]}."
    explained = Command(words.command(result, f"explain {doubtful}"))
    return [*blocks, Paragraph(prose(f"{missing}{said} All of it:")), explained]


def scaffold(result: Recommendation) -> Command | None:
    """The command that makes a project of the pattern, where there is one and it has a template."""
    pattern, today = result.pattern.choice, (result.view.basis, result.view.day) == ("all", result.engine.base.reviewed)
    if not (isinstance(pattern, str) and today and _has_template(result, pattern)):
        return None
    return Command(words.command(result, f"scaffold {pattern}"))


def _has_template(result: Recommendation, pattern: str) -> bool:
    return has_template(pattern, [overlay.folder for overlay in result.engine.base.overlays])


def _doubtful(result: Recommendation) -> str:
    """The decision to look into first."""
    return words.least_certain(result, [id for id in order(result) if words.applies(result.decisions[id])])


def _resuming(result: Recommendation) -> tuple[str, ...]:
    """The command that asks what is still open."""
    return *words.command(result, "recommend"), "--resume"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
