"""What flips a decision, as parts of its page: the smallest changes, and how far the numbers can move."""

from __future__ import annotations

from dataarch import quantity
from dataarch.changes import Changes, Flipped, Margin, Outcome
from dataarch.engine.flips import Flip
from dataarch.engine.robustness import GROWTH
from dataarch.engine.smallest import Edit, Target
from dataarch.profile import spoken
from dataarch.recommendation import Decided, Recommendation
from dataarch.render import words
from dataarch.render.page import Block, Item, Line, Paragraph, Span, prose
from dataarch.rulebase.model import RuleBase

_FAR = 50
"""Years after which nobody asks when exactly."""


def smallest(result: Recommendation, one: Decided, found: Changes) -> list[Block]:
    """The smallest set of edits that leads to each other outcome, and the outcomes to which none does."""
    base = result.engine.base
    blocks: list[Block] = [Item(_set(result, one, flipped)) for flipped in found.sets]
    gone = [words.name(base, one.id, t.option) for t in found.unreachable if t.option and t.gained]
    if gone:
        blocks.append(Paragraph((Span(f"No change of your answers leads to {words.joined(gone, 'or')}.", "note"),)))
    return blocks


def further(one: Decided, found: Changes) -> Decided:
    """A decision with those single edits alone that are not among the smallest sets."""
    told = [(edit.question, edit.value) for flipped in found.sets for edit in flipped.smallest.edits
            if flipped.smallest.size == 1]  # fmt: skip
    return one._replace(flips=[flip for flip in one.flips if not _is_told(flip, told)])


def margins(result: Recommendation, one: Decided, found: Changes) -> list[Block]:
    """How far each answered quantity can move before something else comes out, and when growth gets it there."""
    blocks: list[Block] = []
    still = []
    for margin in found.margins:
        if margin.below or margin.above:
            blocks.append(Item(_margin(result, one, margin)))
        else:
            still.append(margin.room.question)
    if still:
        said = f"As your other answers stand, no value of {words.joined(still, 'or')} changes it."
        blocks.append(Paragraph((Span(said, "note"),)))
    return blocks


def in_time(years: float) -> str:
    """A time to come as a person says it.

    >>> in_time(0.02), in_time(0.25), in_time(2.1), in_time(80)
    ('within a month', 'in about 3 months', 'in about 2.1 years', 'in more than 50 years')
    """
    months = round(years * 12)
    if years > _FAR:
        return f"in more than {_FAR} years"
    if months < 24:
        return f"in about {months} months" if months > 1 else "within a month"
    return f"in about {years:.1f} years".replace(".0 ", " ")


def _set(result: Recommendation, one: Decided, flipped: Flipped) -> Line:
    line: list[Span] = []
    for edit in flipped.smallest.edits:
        line += [Span(" and "), *_edit(result, edit)] if line else _edit(result, edit)
    line.append(Span(f" → {_target(result.engine.base, one, flipped.smallest.target)}"))
    return (*line, *(() if flipped.firm else (Span(" [leads, but would not be recommended yet]", "note"),)))


def _edit(result: Recommendation, edit: Edit) -> list[Span]:
    question = result.engine.base.questions[edit.question]
    answer = result.profile.answers.get(edit.question)
    name = Span(edit.question, "id")
    if edit.bound:
        return [name, Span(f" {edit.bound}")]
    if not isinstance(edit.value, list) or answer is None:
        return [name, Span(f": {spoken(question, edit.value)}")]
    added = ", ".join(value for value in edit.value if value not in answer.value)
    removed = ", ".join(value for value in answer.value if value not in edit.value)
    said = f"{added} instead of {removed}" if added and removed else f"also {added}" if added else f"without {removed}"
    return [name, Span(f": {said}")]


def _target(base: RuleBase, one: Decided, target: Target) -> str:
    if target.option is None:
        return "needed" if target.gained else words.NOT_NEEDED
    name = words.name(base, one.id, target.option)
    if not isinstance(one.choice, list):
        return name
    return f"no longer {name}" if not target.gained else f"also {name}" if one.choice else name


def _margin(result: Recommendation, one: Decided, margin: Margin) -> Line:
    room, base = margin.room, result.engine.base
    kind = base.types[room.question]
    parts = []
    if margin.below and room.low is not None:
        parts.append(f"below {quantity.text(room.low, kind)} → {_outcome(base, one, margin.below)}")
    if margin.above and room.high is not None:
        parts.append(f"from {quantity.text(room.high, kind)} on → {_outcome(base, one, margin.above)}")
    if room.years is not None:
        growth = quantity.text(result.profile.known[GROWTH], base.types[GROWTH])
        parts[-1] += f", which growth of {growth} a year reaches {in_time(room.years)}"
    for side, said in ((margin.below, "smaller"), (margin.above, "larger")):
        if side is None:
            parts.append(f"no {said} value changes it")
    now = quantity.text(room.value, kind)
    return Span(room.question, "id"), *prose(f", now {now}: {'; '.join(parts)}")


def _outcome(base: RuleBase, one: Decided, outcome: Outcome) -> str:
    if outcome.applies and outcome.choice is None:
        return "not decided"
    return words.outcome(base, one.id, outcome.choice)


def _is_told(flip: Flip, told: list[tuple[str, object]]) -> bool:
    return (flip.question, flip.value) in told
