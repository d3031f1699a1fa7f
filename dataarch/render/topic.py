"""The page of an explanation: a decision, an option, two options side by side, or a pattern with its steps."""

from __future__ import annotations

from dataarch.engine.engine import Engine
from dataarch.explanation import Explained, Explanation, Walked
from dataarch.recommendation import PATTERN
from dataarch.render import answer, changes, glance, limits, origin, question, reference, service, weighed, words
from dataarch.render.page import (
    Block,
    Cell,
    Command,
    Heading,
    Item,
    Line,
    Paragraph,
    Span,
    Table,
    ids,
    note,
    prose,
    sources,
)
from dataarch.rulebase.model import Option
from dataarch.subject import QUESTION, REFERENCE, SERVICE

_HEADS = {"": "rules out"}
_PAGES = {SERVICE: service.page, REFERENCE: reference.page, QUESTION: question.page}


def page(found: Explanation, listed: bool = True) -> list[Block]:
    """Everything there is to say of what was asked; `listed` adds the list of sources."""
    if found.subject:
        blocks = _PAGES[found.subject.kind](found.recommendation, found.subject.id)
    elif found.walked:
        blocks = _pattern(found, found.walked)
    elif len(found.asked) == 2:
        blocks = [block for one in found.explained for block in _comparison(found, one)]
    elif len(found.explained) == 1 and found.asked[0] == found.explained[0].decision.id:
        blocks = _decision(found, found.explained[0])
    else:
        blocks = _option(found)
    base = found.recommendation.engine.base
    return [*blocks, *sources(base, blocks, listed), *origin.laid(base)]


def listing(engine: Engine, topics: dict[str, list[str]]) -> list[Block]:
    """What can be explained: every decision with its options."""
    base = engine.base
    blocks: list[Block] = [
        Heading(1, "What can be explained"),
        Paragraph(prose("A decision, an option, two options of one decision, or a pattern.")),
        Paragraph(prose("Also, by its name or its id: a service, a source in brackets, or the key of an answer.")),
    ]
    layers = list(dict.fromkeys(base.decisions[id].layer for id in topics))
    for layer in sorted(layers, key=lambda layer: glance.LAYERS.index(layer) if layer in glance.LAYERS else -1):
        blocks.append(Heading(2, f"{layer[:1].upper()}{layer[1:]}" if layer else "The whole"))
        for id, options in topics.items():
            if base.decisions[id].layer == layer:
                title = base.decisions[id].title
                whose = note(origin.of(base, "decision", id))
                blocks.append(Item((Span(id, "id"), Span(f" ({title}): "), *ids(options), *whose)))
    first = next((options for id, options in topics.items() if id != PATTERN and len(options) > 1), [])
    blocks.append(Heading(2, "Next"))
    blocks += [Command((f"dataarch explain {id}",)) for id in list(topics)[-1:]]
    blocks += [Command((f"dataarch explain {' '.join(first[:2])}",))] if first else []
    return blocks


def _decision(found: Explanation, one: Explained) -> list[Block]:
    decision = one.decision
    whose = origin.of(found.recommendation.engine.base, "decision", decision.id)
    blocks: list[Block] = [Heading(1, decision.title, note(whose))]
    if one.decided:
        blocks += _outcome(found, one)
    blocks.append(Paragraph((Span(decision.question), *note(reference=decision.reference))))
    if one.decided:
        return [*blocks, *weighed.traced(one, found), *_ending(found, one), *_options(found, one)]
    if decision.many:
        blocks.append(Paragraph(prose("It selects every option that is needed.")))
    if decision.order:
        blocks.append(Paragraph((Span(decision.order, "note"),)))
    blocks += [*_options(found, one), *weighed.reasons(found, one)]
    for option in one.options:
        blocks += weighed.criteria(found, one, option, f"For and against {option.id}")
    return [*blocks, *_since(found), *_limits(found)]


def _option(found: Explanation) -> list[Block]:
    """An option by itself: every decision in which it stands."""
    blocks: list[Block] = [Heading(1, found.asked[0])]
    for one in found.explained:
        blocks += [Heading(2, one.decision.title), Paragraph(prose(one.decision.question))]
        blocks += [_described(found, one, option) for option in one.options]
        if one.decided:
            blocks += [*_outcome(found, one), *weighed.traced(one, found), *_ending(found, one)]
            continue
        blocks += weighed.reasons(found, one)
        for option in one.options:
            blocks += weighed.criteria(found, one, option, "For and against")
    return [*blocks, *_since(found), *_limits(found)]


def _comparison(found: Explanation, one: Explained) -> list[Block]:
    """Two options side by side: what they are, their points, and their criteria by strength."""
    first, second = (next(option for option in one.options if option.id == name) for name in found.asked)
    head = ("", first.id, second.id)
    rows: list[tuple[Cell, ...]] = [_row("is", *(prose(option.summary) for option in (first, second)))]
    rows.append(_row("today", *(prose(one.services.get(option.id, "")) for option in (first, second))))
    base, day = found.recommendation.engine.base, found.recommendation.view.day
    news = [service.sentences(base, [option.service] if option.service else [], day) for option in (first, second)]
    if any(news):
        rows.append(_row("since the whitepaper", *news))
    if one.decided:
        rows.append(_row("points", *(prose(_score(one, option)) for option in (first, second))))
    for strength in weighed.STRENGTHS:
        cells = [
            [weighed.compared(found, w) for w in weighed.active(one, option) if weighed.strength(w) == strength]
            for option in (first, second)
        ]
        if any(cells):
            rows.append(_row(_HEADS.get(strength, strength), *cells))
    blocks: list[Block] = [Heading(1, f"{first.id} or {second.id}")]
    if one.decided:
        blocks += _outcome(found, one)
    blocks += [Paragraph(prose(f"{one.decision.title}: {one.decision.question}")), Table(head, rows)]
    blocks += [*weighed.idle(found, one), *(_ending(found, one) if one.decided else [])]
    bounds = limits.side_by_side(base, first.service, second.service)
    if bounds:
        blocks += [Heading(2, limits.HEAD), Table(head, bounds)]
    return blocks


def _pattern(found: Explanation, walked: Walked) -> list[Block]:
    """A pattern: its steps in order with what realises each, and what speaks for it."""
    base = found.recommendation.engine.base
    pattern = base.patterns[walked.pattern]
    blocks: list[Block] = [Heading(1, pattern.title, note(origin.of(base, "pattern", pattern.id)))]
    for one in found.explained:
        blocks += _outcome(found, one) if one.decided else []
    blocks.append(Paragraph((Span(pattern.summary), *note(reference=pattern.reference))))
    blocks.append(Heading(2, "Steps"))
    for number, step in enumerate(pattern.steps, 1):
        blocks.append(Paragraph((Span(f"{number}. {step.title}", "strong"), *note(reference=step.reference))))
        for id in step.decisions:
            line: Line = (Span(id, "id"), Span(f": {base.decisions[id].title}"))
            if id in walked.decisions:
                decided = walked.decisions[id]
                choice = words.outcome(base, id, decided.choice) if words.applies(decided) else words.NOT_NEEDED
                chosen = "not decided" if words.applies(decided) and decided.choice is None else choice
                state = f"{decided.status}, {decided.confidence}" if decided.status == "open" else decided.confidence
                line = (Span(id, "id"), Span(": "), Span(chosen, "strong"), *note(state or ""))
            blocks.append(Item(line))
    for one in found.explained:
        if one.decided:
            blocks += [*weighed.traced(one, found), *_ending(found, one)]
        else:
            for option in one.options:
                blocks += weighed.criteria(found, one, option, "When it fits")
    return blocks


def _outcome(found: Explanation, one: Explained) -> list[Block]:
    base, decided = found.recommendation.engine.base, one.decided
    assert decided
    chosen = words.outcome(base, decided.id, decided.choice)
    if words.applies(decided) and decided.choice is None:
        chosen = "not decided"
    return [
        Paragraph((Span("For your answers: "), Span(chosen, "strong"))),
        answer.sure(base, decided),
    ]


def _options(found: Explanation, one: Explained) -> list[Block]:
    blocks: list[Block] = [Heading(2, "Options")]
    for option in one.options:
        blocks.append(_described(found, one, option))
        said = found.recommendation.engine.base.services[option.service]["note"] if option.service else ""
        blocks += [Item((Span(said, "note"),), 1)] if said and not one.decided else []
    return blocks


def _since(found: Explanation) -> list[Block]:
    """What changed since the whitepaper for the options that are looked at."""
    criteria = [(one.decision.id, weighed.criterion_of(w)) for one in found.explained for w in one.criteria]
    result = found.recommendation
    return service.changes(result.engine.base, _services(found), criteria, result.view.day)


def _limits(found: Explanation) -> list[Block]:
    return limits.table(found.recommendation.engine.base, _services(found), found.recommendation.view.day)


def _services(found: Explanation) -> list[str]:
    """The services behind the options that are looked at."""
    return [option.service for one in found.explained for option in one.options if option.service]


def _described(found: Explanation, one: Explained, option: Option) -> Item:
    """An option with its summary, its service today, and how the whitepaper called that."""
    base = found.recommendation.engine.base
    today = one.services.get(option.id, "")
    then = base.services[option.service]["name"] if option.service else ""
    whose = origin.of(base, "option", f"{one.decision.id}.{option.id}")
    named = [today, f"{then} in the whitepaper" if then != today else "", whose]
    return Item((Span(option.id, "id"), Span(f": {option.summary}"), *note(*named)))


def _ending(found: Explanation, one: Explained) -> list[Block]:
    """What lost, the smallest changes that flip the outcome, and every other single edit that does."""
    decided, result = one.decided, found.recommendation
    assert decided
    assert one.changes
    base, further = result.engine.base, changes.further(decided, one.changes)
    made: list[Block] = []
    for title, blocks in (
        ("What lost", answer.lost(decided, base)[1:]),
        ("The smallest changes that flip it", changes.smallest(result, decided, one.changes)),
        ("How far the numbers can move", changes.margins(result, decided, one.changes)),
        ("Other single answers that change it", answer.changes(base, result, further, None)[1:]),
    ):
        made += [Heading(2, title), *blocks] if blocks else []
    return made


def _score(one: Explained, option: Option) -> str:
    assert one.decided
    ranked = next((entry for entry in one.decided.ranking if entry.option == option.id), None)
    if ranked is None or not words.applies(one.decided):
        return ""
    out = next((e.because for e in ranked.because if e.effect == "rules_out"), "")
    said = "a decisive reason, and " if ranked.decisive else ""
    return f"ruled out: {out}" if out else f"{said}{words.points(ranked.score)}"


def _row(head: str, first: Cell, second: Cell) -> tuple[Cell, ...]:
    return (Span(head, "strong"),), first, second
