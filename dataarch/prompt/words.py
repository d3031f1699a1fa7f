"""The words of the interview, the same on every kind of terminal; what is said of a question comes from the rules."""

from __future__ import annotations

from typing import Any

from dataarch import quantity
from dataarch.engine.engine import Engine
from dataarch.errors import Place
from dataarch.interview import Card
from dataarch.profile import Unreadable, spoken, value_of
from dataarch.recommendation import PATTERN
from dataarch.relevance import DONE, ON_PATTERN, OPTIONAL, Standing
from dataarch.rulebase.model import NONE, YES_NO, Presumption, Question

DONT_KNOW = "I don't know yet"
NONE_OF_THESE = "None of these"
_TYPED = Place("")


def choices(question: Question) -> dict[str, str]:
    """What can be chosen: value → label; empty where something is typed."""
    if question.type == "yes-no":
        return {word: word.capitalize() for word in YES_NO}
    return question.values


def needs_none(question: Question) -> bool:
    """Whether "none of these" must be offered beside the values of a list."""
    return question.type == "any-of" and NONE not in question.values


def said(question: Question, value: Any) -> str:
    """An answer in the words in which it was offered, a quantity read back in plain words."""
    if value is None:
        return "not known yet"
    if isinstance(value, list):
        labels = [_short(question.values[one]) for one in value]
        return "; ".join(labels) if labels else NONE_OF_THESE.lower()
    if question.type in quantity.UNITS:
        return quantity.in_words(value, question.type)
    return str(choices(question).get(value, value))


def typed(question: Question, text: str) -> Any:
    """The value of a typed answer. Raises Unreadable with one sentence."""
    return value_of(question, text, _TYPED)


def wrong(error: Unreadable) -> str:
    """Why a typed answer cannot be read, as a sentence that begins with a capital where it begins with a word."""
    text = f"{error} {error.hint}".strip()
    return text[:1].upper() + text[1:]


def as_typed(question: Question, value: Any) -> str:
    """A value as a person would type it; "" for none."""
    return "" if value is None else spoken(question, value)


def example(question: Question) -> str:
    """How an answer is typed."""
    return f"such as {quantity.EXAMPLES[question.type]}" if question.type in quantity.UNITS else "a short text"


def form(question: Question) -> str:
    """One example of a typed answer, as a shell takes it."""
    examples = quantity.EXAMPLES.get(question.type, "…")
    return f"'{examples.partition(' or ')[0].partition(',')[0]}'"


def why(engine: Engine, card: Card) -> list[str]:
    """Why a question is asked, and which decisions hang on it."""
    titles = [engine.base.decisions[id].title for id in card.hanging]
    if titles:
        return [card.question.help, f"It can change: {', '.join(titles)}."]
    return [card.question.help, "No decision hangs on it now; it makes warnings and figures sharper."]


def so_far(engine: Engine, standing: Standing, width: int) -> str:
    """A line of what is settled so far, as much of it as fits."""
    base = engine.base
    leading = "".join(standing.choices.get(PATTERN, []))
    title = base.patterns[leading].title if leading in base.patterns else ""
    if PATTERN in standing.open:
        pattern = f"{title} leads" if title else "no pattern yet"
    else:
        pattern = title or "none of the patterns"
    decisions = {*standing.choices, *standing.open} - {PATTERN}
    settled = len(decisions - set(standing.open))
    text = f"So far: {pattern} · {settled} of {len(decisions)} decisions settled"
    joint = ": "
    for found in (", ".join(found) for id, found in standing.choices.items() if id not in standing.open):
        if found and found != leading and len(text) + len(joint) + len(found) <= width:
            text, joint = f"{text}{joint}{found}", ", "
    return text if len(text) <= width else f"{text[: width - 1]}…"


def ahead(card: Card) -> str:
    """What else the section is going to ask, as far as is known."""
    names = ", ".join(id.replace("_", " ") for id in card.ahead)
    return f"here also: {names}" if names else ""


def progress(card: Card) -> str:
    """How much is still to come."""
    if card.standing.phase == DONE:
        return ""
    if card.standing.phase == OPTIONAL:
        return f"optional, {card.at_most} left"
    text = f"at most {card.at_most} more"
    if card.standing.phase == ON_PATTERN:
        return f"{text} for the pattern"
    return f"{text}, {card.presumed} presumed" if card.presumed else text


def presumed(question: Question, one: Presumption) -> str:
    """An answer that is presumed, with the reason."""
    return f"{question.prompt}  {said(question, one.answer)}. {one.because}"


def _short(label: str) -> str:
    """A label without the group that it is listed under."""
    return label.partition(": ")[2] or label
