"""Sentences and phrases about results, shared by everything that shows them to a person. Nothing here lays out."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from dataarch.consequences import Service
from dataarch.engine.flips import Choice, Flip
from dataarch.engine.trace import Trace
from dataarch.profile import Answer, spoken
from dataarch.recommendation import PATTERN, Decided, Evidence, Recommendation
from dataarch.rulebase.model import NONE, Criterion, Question, RuleBase

NOT_NEEDED = "not needed"
_NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def printable(text: str) -> str:
    """A text without characters that could steer a terminal or hide what it says."""
    return "".join(character if character.isprintable() else "?" for character in text)


def joined(items: Sequence[str], last: str = "and") -> str:
    """Items as a person lists them.

    >>> joined(["msk", "eventbridge", "none"], "or")
    'msk, eventbridge or none'
    """
    return f"{', '.join(items[:-1])} {last} {items[-1]}" if len(items) > 1 else "".join(items)


def capped(items: Sequence[str], limit: int) -> list[str]:
    """Items of which those beyond a limit are counted, where there is one.

    >>> capped(["a", "b", "c", "d"], 2)
    ['a', 'b', '2 others']
    """
    if not limit or len(items) <= limit + 1:
        return list(items)
    return [*items[:limit], f"{len(items) - limit} others"]


def points(number: int) -> str:
    """A number of points.

    >>> points(1), points(0)
    ('1 point', '0 points')
    """
    return f"{number} point{'' if number == 1 else 's'}"


def none_of(base: RuleBase) -> str:
    """How the answer that no pattern fits is called."""
    count = len(base.patterns)
    return f"none of the {_NUMBERS[count] if count < len(_NUMBERS) else count}"


def name(base: RuleBase, decision: str, option: str | None) -> str:
    """One outcome of a decision: a pattern by its title, any other option by its id, which is what a person types."""
    if option is None:
        return NOT_NEEDED
    if decision != PATTERN:
        return option
    return none_of(base) if option == NONE else base.patterns[option].title if option in base.patterns else option


def outcome(base: RuleBase, decision: str, choice: Choice) -> str:
    """A whole outcome, of a decision that selects many too."""
    if isinstance(choice, list):
        return ", ".join(choice) or "none of them"
    return name(base, decision, choice)


def applies(one: Decided) -> bool:
    """Whether a decision applies as far as is known, settled or not."""
    return one.choice is not None or bool(one.rejected)


def others(one: Decided) -> list[str | None]:
    """What could still be, beside the choice."""
    chosen = one.choice if isinstance(one.choice, list) else [one.choice] if applies(one) else [None]
    kept = [option for option in one.could_be if option is not None and option not in chosen]
    return [*kept, None] if None in one.could_be and None not in chosen else list(kept)


def uncertain(one: Decided) -> list[str]:
    """What is selected now, of a decision that selects many, but might not be in the end."""
    return [option for option in one.choice if option not in one.always] if isinstance(one.choice, list) else []


def state(base: RuleBase, one: Decided) -> str:
    """How sure a choice is, as one sentence without its full stop."""
    margin = _margin(one)
    if one.status == "settled":
        return f"Settled, {one.confidence} confidence{margin}"
    if not applies(one):
        rest = [name(base, one.id, option) for option in others(one)]
        return f"Open, not needed as far as is known: could still be {joined(rest, 'or')}"
    if one.choice is None:
        return "Open, nothing that is known speaks for one of them yet"
    rest = [name(base, one.id, option) for option in others(one) if option]
    kind = "may also need" if isinstance(one.choice, list) else "could still be"
    parts = [f"{kind} {joined(rest, 'or')}"] if rest else []
    if isinstance(one.choice, list) and (unsure := uncertain(one)):
        parts.append(f"not yet certain of {joined(unsure)}")
    if None in others(one):
        parts.append("may turn out not to be needed")
    return f"Open, {one.confidence} confidence{margin}{': ' if parts else ''}{'; '.join(parts)}"


def standing(one: Decided) -> str:
    """How sure a choice is, in a word or two, without what it could still be."""
    if one.choice is None and one.status == "open":
        return "open"
    return f"{one.status}, {one.confidence}"


def strength(effect: str, word: str) -> str:
    """A strength with its direction, where that is not for the option."""
    return {"against": f"{word}, against", "rules_out": "rules out"}.get(effect, word)


def whose(basis: str, since: str, whitepaper: str) -> str:
    """Whose word a criterion is, told from the day of the whitepaper."""
    if basis == "whitepaper":
        return "the whitepaper says"
    if basis == "aws":
        return "AWS said so already then" if since <= whitepaper else "AWS has changed since"
    return "our judgement" if basis == "project" else f"{basis} says" if basis else ""


def weight(one: Evidence, whitepaper: str) -> list[str]:
    """Strength and whose word, of evidence."""
    return [part for part in (strength(one.effect, one.strength), whose(one.basis, one.since, whitepaper)) if part]


def past(criterion: Criterion, day: str) -> bool:
    """Whether a criterion is an availability that another state of the service has followed: no news any more."""
    return criterion.derived and bool(criterion.until) and criterion.until <= day


def idle(criterion: Criterion, basis: str, day: str, because: Mapping[str, str]) -> str:
    """Why a criterion has no weight on a day under a basis; `because` maps criteria to their sentences."""
    if criterion.until and criterion.until <= day:
        by = criterion.superseded_by
        after = f", superseded by: {because.get(by, by)}" if by else f", {criterion.ended}" if criterion.ended else ""
        return f"until {criterion.until}{after}"
    if criterion.since > day:
        return f"only from {criterion.since} on"
    return f"not the word of the {basis}"


def lifecycle(service: Service) -> str:
    """What became of a service, with the date and what replaces it."""
    instead = f"; instead: {', '.join(service.replacement)}" if service.replacement else ""
    on = f" {service.date}" if service.date else ""
    said = {
        "active": f"launched{on}" if on else "active",
        "renamed": f"renamed{on}, was {service.former_name}" if service.former_name else f"renamed{on}",
        "closed-to-new": f"closed to new customers since{on}",
        "sunset": f"its end was announced{on}",
        "ended": f"ended{on}",
    }
    return said.get(service.status, service.status + on) + instead


class Edit(NamedTuple):
    """Edits of one question that lead to the same outcome: what to answer, and what then comes out."""

    question: str
    change: str
    outcome: str


def edits(base: RuleBase, decision: str, flips: Iterable[Flip], answers: Mapping[str, Answer],
          limit: int = 0) -> list[Edit]:
    """Single edits in words: questions still open first, one edit for each other outcome before a second one.

    Values of one question with the same outcome are one edit; beyond a `limit` they are counted.
    """
    gathered: dict[tuple[str, str, str], list[str]] = {}
    for flip in flips:
        question = base.questions[flip.question]
        result = outcome(base, decision, flip.choice)
        lead, value = _edit(question, flip, answers.get(flip.question))
        values = gathered.setdefault((flip.question, lead, result), [])
        values.append(value)
    found = [Edit(key, lead + joined(capped(values, limit), "or"), to) for (key, lead, to), values in gathered.items()]
    found.sort(key=lambda edit: edit.question in answers)
    seen: set[str] = set()
    first: list[Edit] = []
    second: list[Edit] = []
    for edit in found:
        (second if edit.outcome in seen else first).append(edit)
        seen.add(edit.outcome)
    return first + second


def failing(trace: Trace) -> list[str]:
    """Every test for which a condition fails, with the value it saw and where that came from."""
    return [_seen(test, text) for test, text in _tests(trace, False)]


def missing(trace: Trace) -> list[str]:
    """The questions whose answers a condition still needs, each once."""
    if trace.holds is not None:
        return []
    return list(dict.fromkeys(key for part in trace.parts for key in missing(part))) or [trace.condition[1]]


def least_certain(result: Recommendation, order: Iterable[str]) -> str:
    """The decision that deserves a second look: the pattern while it wavers, else the most open of those that apply."""
    rank = {"low": 0, "medium": 1, "high": 2, None: 0}
    if result.pattern.status == "open" or result.pattern.confidence == "low":
        return PATTERN
    found = [result.decisions[id] for id in order]
    if not found:
        return PATTERN
    return min(found, key=lambda one: (one.status != "open", rank[one.confidence], one.margin or 0)).id


def command(result: Recommendation, verb: str) -> tuple[str, ...]:
    """A command to type that gives the same answers again, by file and by --set as they were given.

    It comes in parts, each quoted for a shell, between which a line may be broken.

    Answers given in another way (an interview) are taken to be kept in answers.yaml.
    """
    files: list[str] = []
    settings: list[list[str]] = []
    for key, (value, place) in result.profile.answers.items():
        if place.file.startswith("--set"):
            text = ",".join(value) if isinstance(value, list) else spoken(result.engine.base.questions[key], value)
            settings.append(["--set", f"{key}={text}"])
        else:
            file = place.file if place.line and place.file != "standard input" else "answers.yaml"
            files += [] if file in files else [file]
    base = result.engine.base
    parts = [["dataarch", *verb.split()], *(["--answers", file] for file in files[:1]), *settings]
    parts += [["--rules", overlay.folder] for overlay in base.overlays]
    parts += [] if base.checked else [["--unchecked"]]
    if result.view.basis != "all":
        parts.append(["--basis", result.view.basis])
    elif result.view.day != base.reviewed:
        parts.append(["--as-of", result.view.day])
    return tuple(shlex.join(part) for part in parts)


def _margin(one: Decided) -> str:
    if one.margin is None or isinstance(one.choice, list):
        return ""
    return f", {points(one.margin)} ahead" if one.margin else ", level on points"


def _edit(question: Question, flip: Flip, answer: Answer | None) -> tuple[str, str]:
    if flip.bound:
        side = "below " if flip.bound.startswith("below ") else "at least "
        return f"{question.id} {side}", flip.bound.removeprefix(side)
    if not isinstance(flip.value, list) or answer is None:
        return f"{question.id}: ", spoken(question, flip.value)
    added = [value for value in flip.value if value not in answer.value]
    removed = [value for value in answer.value if value not in flip.value]
    return (f"{question.id}: also ", ", ".join(added)) if added else (f"{question.id}: without ", ", ".join(removed))


def _tests(trace: Trace, wanted: bool) -> list[tuple[Trace, str]]:
    """The single tests that make a condition come out as wanted, each as it has to be read (under a `not`: denied)."""
    if trace.holds is not wanted:
        return []
    if trace.condition[0] == "not":
        return [(test, f"not ({test.text})" if text == test.text else test.text)
                for test, text in _tests(trace.parts[0], not wanted)]  # fmt: skip
    if trace.condition[0] in ("all", "any", "count"):
        return [found for part in trace.parts for found in _tests(part, wanted)]
    return [(trace, trace.text)]


def _seen(test: Trace, text: str) -> str:
    if test.condition[0] == "outcome":
        return f"{text}: the decision {test.condition[1]} came out as {test.saw}"
    if not test.source:
        return f"{text}: the question {test.saw}"
    return f"{text}: you said {test.saw} ({test.source})"
