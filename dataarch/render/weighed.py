"""The reasons and criteria of a decision: with their conditions, or with what became of them for a workload."""

from __future__ import annotations

from dataarch.explanation import Explained, Explanation, Weighed
from dataarch.render import criterion, origin, words
from dataarch.render.page import Block, Heading, Item, Line, Span, ids, note
from dataarch.rulebase.model import Criterion, Option

STRENGTHS = ("decisive", "strong", "moderate", "slight", "")
_BECAME = {True: "Held", False: "Failed", None: "Unknown"}


def reasons(found: Explanation, one: Explained) -> list[Block]:
    """The reasons for which a decision applies, each with its condition."""
    made: list[Block] = []
    for weighed in one.reasons:
        entry = weighed.entry
        whose = _origin(found, one, entry.id)
        made.append(Item((Span(entry.because), *note(whose, reference=entry.reference))))
        made.append(Item((Span(f"when {weighed.condition}", "note"),), 1))
    return [Heading(2, "It applies for one of these reasons"), *made] if made else []


def criteria(found: Explanation, one: Explained, option: Option, title: str) -> list[Block]:
    """The criteria of one option, the strongest first; those without weight at the end."""
    made: list[Block] = []
    for weighed in active(one, option):
        made.append(Item((Span(_because(weighed)), *_weight(found, weighed))))
        if weighed.condition != "always":
            made.append(Item((Span(f"when {weighed.condition}", "note"),), 1))
    made += [_without_weight(found, one, w) for w in _dormant(found, one) if criterion_of(w).option == option.id]
    return [Heading(2, title), *made] if made else []


def traced(one: Explained, found: Explanation) -> list[Block]:
    """The reasons and criteria by what became of them: held, failed with every test that failed, unknown."""
    groups: dict[str, list[Block]] = {title: [] for title in ("Held", "Counts so far", "Failed", "Unknown")}
    counted = [weighed for option in one.options for weighed in active(one, option)]
    held = [w for w in counted if w.trace and w.trace.holds]
    finer = {id for weighed in held for id in criterion_of(weighed).refines}
    for weighed in [*one.reasons, *counted]:
        assert weighed.trace
        entry, trace = weighed.entry, weighed.trace
        lead: Line = ()
        if isinstance(entry, Criterion):
            narrowed = "counted in a finer one" if entry.id in finer and trace.holds else ""
            lead = (Span(words.name(found.recommendation.engine.base, one.decision.id, entry.option), "id"), Span(": "))
            weight = _weight(found, weighed, narrowed)
        else:
            whose = _origin(found, one, entry.id)
            weight = note("a reason for the decision", whose, reference=entry.reference)
        group = groups["Counts so far" if trace.holds is None and weighed.counts else _BECAME[trace.holds]]
        group.append(Item((*lead, Span(_because(weighed)), *weight)))
        if trace.holds is False:
            group += [Item((Span(text, "note"),), 1) for text in dict.fromkeys(words.failing(trace))]
        elif trace.holds is None:
            group.append(Item((Span("unanswered: ", "note"), *ids(words.missing(trace))), 1))
    made: list[Block] = []
    for title, blocks in groups.items():
        made += [Heading(2, title), *blocks] if blocks else []
    return [*made, *idle(found, one)]


def idle(found: Explanation, one: Explained) -> list[Block]:
    """The criteria that have no weight on the day of evaluation, with why."""
    items: list[Block] = [_without_weight(found, one, weighed) for weighed in _dormant(found, one)]
    return [Heading(2, f"Without weight on {found.recommendation.view.day}"), *items] if items else []


def compared(found: Explanation, weighed: Weighed) -> Line:
    """A criterion in a cell: what became of it, or else when it holds."""
    mark: Line = ()
    if weighed.trace:
        so_far = weighed.trace.holds is None and weighed.counts
        said = "counts so far" if so_far else _BECAME[weighed.trace.holds].lower()
        mark = (Span(f"{said}: ", "strong" if weighed.trace.holds else "note"),)
    when = "" if weighed.trace or weighed.condition == "always" else f" (when {weighed.condition})"
    entry, base = criterion_of(weighed), found.recommendation.engine.base
    parts = ["against" if entry.effect == "against" else ""]
    parts += [] if entry.derived else [words.whose(entry.basis, entry.since, base.whitepaper), f"since {entry.since}"]
    return (*mark, Span(_because(weighed)), Span(when, "note"), *note(*parts, reference=entry.reference))


def active(one: Explained, option: Option) -> list[Weighed]:
    """The criteria of an option that have weight, the strongest first."""
    found = [weighed for weighed in one.criteria if _counts(weighed, option)]
    return sorted(found, key=lambda weighed: STRENGTHS.index(strength(weighed)))


def criterion_of(weighed: Weighed) -> Criterion:
    """The criterion that was weighed."""
    assert isinstance(weighed.entry, Criterion)
    return weighed.entry


def strength(weighed: Weighed) -> str:
    """The strength of a weighed criterion, "" where it rules out."""
    return criterion_of(weighed).strength


def _without_weight(found: Explanation, one: Explained, weighed: Weighed) -> Item:
    entry, view = criterion_of(weighed), found.recommendation.view
    because = {other.id: other.because for other in one.decision.criteria}
    why = words.idle(entry, view.basis, view.day, because)
    said = f"{entry.option}: {_because(weighed)} ({why})"
    return Item((Span(said, "note"), *_weight(found, weighed)))


def _origin(found: Explanation, one: Explained, reason: str) -> str:
    return origin.of(found.recommendation.engine.base, "reason", f"{one.decision.id}.{reason}")


def _weight(found: Explanation, weighed: Weighed, *more: str) -> Line:
    """Strength, whose word, since when, and the source."""
    return criterion.weight(found.recommendation.engine.base, weighed.entry, *more)


def _because(weighed: Weighed) -> str:
    return criterion.because(weighed.entry)


def _dormant(found: Explanation, one: Explained) -> list[Weighed]:
    """The criteria without weight that are still worth showing."""
    day = found.recommendation.view.day
    return [weighed for weighed in one.criteria if not (weighed.active or words.past(criterion_of(weighed), day))]


def _counts(weighed: Weighed, option: Option) -> bool:
    return weighed.active and criterion_of(weighed).option == option.id
