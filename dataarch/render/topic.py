"""The page of an explanation: a decision, an option, two options side by side, or a pattern with its steps."""

from __future__ import annotations

from dataarch.engine.engine import Engine
from dataarch.explanation import Explained, Explanation, Walked, Weighed
from dataarch.recommendation import PATTERN
from dataarch.render import answer, words
from dataarch.render.page import (
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
    ids,
    note,
    prose,
    sources,
)
from dataarch.rulebase.model import Criterion, Option

_STRENGTHS = ("decisive", "strong", "moderate", "slight", "")
_HEADS = {"": "rules out"}
_BECAME = {True: "Held", False: "Failed", None: "Unknown"}


def page(found: Explanation) -> list[Block]:
    """Everything there is to say of what was asked."""
    if found.walked:
        blocks = _pattern(found, found.walked)
    elif len(found.asked) == 2:
        blocks = [block for one in found.explained for block in _comparison(found, one)]
    elif len(found.explained) == 1 and found.asked[0] == found.explained[0].decision.id:
        blocks = _decision(found, found.explained[0])
    else:
        blocks = _option(found)
    return [*blocks, *sources(found.recommendation.engine.base, blocks)]


def listing(engine: Engine, topics: dict[str, list[str]]) -> list[Block]:
    """What can be explained: every decision with its options."""
    base = engine.base
    blocks: list[Block] = [
        Heading(1, "What can be explained"),
        Paragraph(prose("A decision, an option, two options of one decision, or a pattern.")),
    ]
    layers = list(dict.fromkeys(base.decisions[id].layer for id in topics))
    for layer in sorted(layers, key=lambda layer: answer.LAYERS.index(layer) if layer in answer.LAYERS else -1):
        blocks.append(Heading(2, f"{layer[:1].upper()}{layer[1:]}" if layer else "The whole"))
        for id, options in topics.items():
            if base.decisions[id].layer == layer:
                title = base.decisions[id].title
                blocks.append(Item((Span(id, "id"), Span(f" ({title}): "), *ids(options))))
    first = next((options for id, options in topics.items() if id != PATTERN and len(options) > 1), [])
    blocks.append(Heading(2, "Next"))
    blocks += [Command((f"dataarch explain {id}",)) for id in list(topics)[-1:]]
    blocks += [Command((f"dataarch explain {' '.join(first[:2])}",))] if first else []
    return blocks


def _decision(found: Explanation, one: Explained) -> list[Block]:
    decision = one.decision
    blocks: list[Block] = [Heading(1, decision.title)]
    if one.decided:
        blocks += _outcome(found, one)
    blocks.append(Paragraph((Span(decision.question), *note(reference=decision.reference))))
    if one.decided:
        return [*blocks, *_traced(one, found), *_ending(found, one), *_options(found, one)]
    if decision.many:
        blocks.append(Paragraph(prose("It selects every option that is needed.")))
    if decision.order:
        blocks.append(Paragraph((Span(decision.order, "note"),)))
    blocks += [*_options(found, one), *_reasons(one)]
    for option in one.options:
        blocks += _criteria(found, one, option, f"For and against {option.id}")
    return blocks


def _option(found: Explanation) -> list[Block]:
    """An option by itself: every decision in which it stands."""
    blocks: list[Block] = [Heading(1, found.asked[0])]
    for one in found.explained:
        blocks += [Heading(2, one.decision.title), Paragraph(prose(one.decision.question))]
        blocks += [_described(found, one, option) for option in one.options]
        if one.decided:
            blocks += [*_outcome(found, one), *_traced(one, found), *_ending(found, one)]
            continue
        blocks += _reasons(one)
        for option in one.options:
            blocks += _criteria(found, one, option, "For and against")
    return blocks


def _comparison(found: Explanation, one: Explained) -> list[Block]:
    """Two options side by side: what they are, their points, and their criteria by strength."""
    first, second = (next(option for option in one.options if option.id == name) for name in found.asked)
    head = ("", first.id, second.id)
    rows: list[tuple[Cell, ...]] = [_row("is", *(prose(option.summary) for option in (first, second)))]
    rows.append(_row("today", *(prose(one.services.get(option.id, "")) for option in (first, second))))
    if one.decided:
        rows.append(_row("points", *(prose(_score(one, option)) for option in (first, second))))
    for strength in _STRENGTHS:
        cells = [
            [_compared(found, weighed) for weighed in _active(one, option) if _strength(weighed) == strength]
            for option in (first, second)
        ]
        if any(cells):
            rows.append(_row(_HEADS.get(strength, strength), *cells))
    blocks: list[Block] = [Heading(1, f"{first.id} or {second.id}")]
    if one.decided:
        blocks += _outcome(found, one)
    blocks += [Paragraph(prose(f"{one.decision.title}: {one.decision.question}")), Table(head, rows)]
    return [*blocks, *_idle(found, one), *(_ending(found, one) if one.decided else [])]


def _pattern(found: Explanation, walked: Walked) -> list[Block]:
    """A pattern: its steps in order with what realises each, and what speaks for it."""
    base = found.recommendation.engine.base
    pattern = base.patterns[walked.pattern]
    blocks: list[Block] = [Heading(1, pattern.title)]
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
            blocks += [*_traced(one, found), *_ending(found, one)]
        else:
            for option in one.options:
                blocks += _criteria(found, one, option, "When it fits")
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
    return [Heading(2, "Options"), *(_described(found, one, option) for option in one.options)]


def _described(found: Explanation, one: Explained, option: Option) -> Item:
    """An option with its summary, its service today, and how the whitepaper called that."""
    base = found.recommendation.engine.base
    today = one.services.get(option.id, "")
    then = base.services[option.service]["name"] if option.service else ""
    named = [today, f"{then} in the whitepaper" if then != today else ""]
    return Item((Span(option.id, "id"), Span(f": {option.summary}"), *note(*named)))


def _reasons(one: Explained) -> list[Block]:
    found: list[Block] = []
    for weighed in one.reasons:
        entry = weighed.entry
        found.append(Item((Span(entry.because), *note(reference=entry.reference))))
        found.append(Item((Span(f"when {weighed.condition}", "note"),), 1))
    return [Heading(2, "It applies for one of these reasons"), *found] if found else []


def _criteria(found: Explanation, one: Explained, option: Option, title: str) -> list[Block]:
    """The criteria of one option, the strongest first; those without weight at the end."""
    made: list[Block] = []
    for weighed in _active(one, option):
        made.append(Item((Span(_because(weighed)), *_weight(found, weighed))))
        if weighed.condition != "always":
            made.append(Item((Span(f"when {weighed.condition}", "note"),), 1))
    made += [_without_weight(found, one, w) for w in _dormant(found, one) if _criterion(w).option == option.id]
    return [Heading(2, title), *made] if made else []


def _traced(one: Explained, found: Explanation) -> list[Block]:
    """The reasons and criteria by what became of them: held, failed with every test that failed, unknown."""
    groups: dict[str, list[Block]] = {title: [] for title in ("Held", "Counts so far", "Failed", "Unknown")}
    counted = [weighed for option in one.options for weighed in _active(one, option)]
    held = [w for w in counted if w.trace and w.trace.holds]
    finer = {id for weighed in held for id in _criterion(weighed).refines}
    for weighed in [*one.reasons, *counted]:
        assert weighed.trace
        entry, trace = weighed.entry, weighed.trace
        lead: Line = ()
        if isinstance(entry, Criterion):
            narrowed = "counted in a finer one" if entry.id in finer and trace.holds else ""
            lead = (Span(words.name(found.recommendation.engine.base, one.decision.id, entry.option), "id"), Span(": "))
            weight = _weight(found, weighed, narrowed)
        else:
            weight = note("a reason for the decision", reference=entry.reference)
        group = groups["Counts so far" if trace.holds is None and weighed.counts else _BECAME[trace.holds]]
        group.append(Item((*lead, Span(_because(weighed)), *weight)))
        if trace.holds is False:
            group += [Item((Span(text, "note"),), 1) for text in dict.fromkeys(words.failing(trace))]
        elif trace.holds is None:
            group.append(Item((Span("unanswered: ", "note"), *ids(words.missing(trace))), 1))
    made: list[Block] = []
    for title, blocks in groups.items():
        made += [Heading(2, title), *blocks] if blocks else []
    return [*made, *_idle(found, one)]


def _idle(found: Explanation, one: Explained) -> list[Block]:
    items: list[Block] = [_without_weight(found, one, weighed) for weighed in _dormant(found, one)]
    return [Heading(2, f"Without weight on {found.recommendation.view.day}"), *items] if items else []


def _ending(found: Explanation, one: Explained) -> list[Block]:
    """What lost, and every single edit that would change the outcome."""
    decided, base = one.decided, found.recommendation.engine.base
    assert decided
    made: list[Block] = []
    for blocks in (answer.lost(decided, base), answer.changes(base, found.recommendation, decided, None)):
        label = blocks[0] if blocks else None
        made += [Heading(2, label.text), *blocks[1:]] if isinstance(label, Label) else []
    return made


def _without_weight(found: Explanation, one: Explained, weighed: Weighed) -> Item:
    criterion, view = _criterion(weighed), found.recommendation.view
    because = {other.id: other.because for other in one.decision.criteria}
    why = words.idle(criterion, view.basis, view.day, because)
    said = f"{criterion.option}: {_because(weighed)} ({why})"
    return Item((Span(said, "note"), *_weight(found, weighed)))


def _compared(found: Explanation, weighed: Weighed) -> Line:
    """A criterion in a cell: what became of it, or else when it holds."""
    mark: Line = ()
    if weighed.trace:
        so_far = weighed.trace.holds is None and weighed.counts
        said = "counts so far" if so_far else _BECAME[weighed.trace.holds].lower()
        mark = (Span(f"{said}: ", "strong" if weighed.trace.holds else "note"),)
    when = "" if weighed.trace or weighed.condition == "always" else f" (when {weighed.condition})"
    entry, base = _criterion(weighed), found.recommendation.engine.base
    parts = ["against" if entry.effect == "against" else ""]
    parts += [] if entry.derived else [words.whose(entry.basis, entry.since, base.whitepaper), f"since {entry.since}"]
    return (*mark, Span(_because(weighed)), Span(when, "note"), *note(*parts, reference=entry.reference))


def _weight(found: Explanation, weighed: Weighed, *more: str) -> Line:
    """Strength, whose word, since when, and the source."""
    entry, base = _criterion(weighed), found.recommendation.engine.base
    if entry.derived:
        return note("rules out", *more, reference=entry.reference)
    return note(
        words.strength(entry.effect, entry.strength),
        words.whose(entry.basis, entry.since, base.whitepaper),
        f"since {entry.since}",
        *more,
        reference=entry.reference,
    )


def _because(weighed: Weighed) -> str:
    entry = weighed.entry
    derived = isinstance(entry, Criterion) and entry.derived
    return f"Availability: {entry.because}" if derived else entry.because


def _active(one: Explained, option: Option) -> list[Weighed]:
    """The criteria of an option that have weight, the strongest first."""
    found = [weighed for weighed in one.criteria if _counts(weighed, option)]
    return sorted(found, key=lambda weighed: _STRENGTHS.index(_strength(weighed)))


def _dormant(found: Explanation, one: Explained) -> list[Weighed]:
    """The criteria without weight that are still worth showing."""
    day = found.recommendation.view.day
    return [weighed for weighed in one.criteria if not (weighed.active or words.past(_criterion(weighed), day))]


def _counts(weighed: Weighed, option: Option) -> bool:
    return weighed.active and _criterion(weighed).option == option.id


def _strength(weighed: Weighed) -> str:
    return _criterion(weighed).strength


def _criterion(weighed: Weighed) -> Criterion:
    assert isinstance(weighed.entry, Criterion)
    return weighed.entry


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
