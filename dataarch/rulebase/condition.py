"""Conditions: from YAML to one plain form, and back to words.

The plain form is a JSON list, so that it is stored, compared and walked the same way everywhere:

    ["all", c…]  ["any", c…]  ["not", c]  ["count", n, c…]
    ["is", question, [value…]]            the answer is, or contains, one of the values
    ["from", question, n]  ["below", question, n]     n in the smallest unit of the quantity
    ["outcome", decision, [option…]]

`["all"]` always holds, `["any"]` never.
"""

from __future__ import annotations

from collections.abc import Mapping as Map

from dataarch import quantity
from dataarch.errors import Place
from dataarch.rulebase.fields import Findings
from dataarch.rulebase.model import NOT_APPLICABLE, OTHER, YES_NO, Condition, yes_no
from dataarch.spelling import shown
from dataarch.yamltree import Mapping, Scalar, Sequence, Tree

ALWAYS: Condition = ["all"]
LACKING = "lacking"
"""The key of a test that data may not leave a Region for which a service was not listed."""


class Vocabulary:
    """What a condition may speak of: questions with their type and values, decisions with their options, and services
    that a Region may lack, with what that means."""

    def __init__(self, questions: Map[str, tuple[str, list[str]]], decisions: Map[str, list[str]]) -> None:
        self.questions, self.decisions = questions, decisions
        self.lacking: dict[str, Condition] = {}


def parse(tree: Tree | None, file: str, words: Vocabulary, findings: Findings) -> Condition:
    """The plain form of a condition; what is wrong with it goes to the findings, and then it never holds."""
    if isinstance(tree, Scalar) and tree.text == "always":
        return list(ALWAYS)
    if not isinstance(tree, Mapping) or not tree.entries:
        findings.add(Place(file, tree.line if tree else 0), "a condition must be a mapping, or the word always.")
        return ["any"]
    if set(tree.entries) == {"at_least", "of"}:
        return _count(tree, file, words, findings)
    parts = [
        _entry(key, value, Place(file, tree.lines[key]), words, findings) for key, value in tree.entries.items()
    ]
    return parts[0] if len(parts) == 1 else ["all", *parts]


def words(condition: Condition, types: Map[str, str]) -> str:
    """A condition as one line of text, quantities as people write them.

    >>> words(["all", ["is", "velocity", ["batch"]], ["below", "latency", 200_000_000]], {"latency": "duration"})
    'velocity is batch and latency is below 200 ms'
    """
    kind = condition[0]
    if kind in ("all", "any"):
        if len(condition) == 1:
            return "always" if kind == "all" else "never"
        joint = " and " if kind == "all" else " or "
        texts = [words(part, types) for part in condition[1:]]
        return joint.join(
            f"({text})" if part[0] in ("all", "any") and len(part) > 2 and part[0] != kind else text
            for text, part in zip(texts, condition[1:], strict=True)
        )
    if kind == "not":
        return f"not ({words(condition[1], types)})"
    if kind == "count":
        return f"at least {condition[1]} of ({'; '.join(words(part, types) for part in condition[2:])})"
    if kind in ("from", "below"):
        bound = quantity.text(condition[2], types[condition[1]])
        return f"{condition[1]} is {'at least' if kind == 'from' else 'below'} {bound}"
    joined = " or ".join(condition[2])
    return f"{condition[1]} is {joined}"


def _entry(key: str, value: Tree, place: Place, words: Vocabulary, findings: Findings) -> Condition:
    if key in ("all", "any"):
        if not isinstance(value, Sequence) or not value.items:
            findings.add(place, f"{key!r} must be a list of conditions.")
            return ["any"]
        return [key, *(parse(item, place.file, words, findings) for item in value.items)]
    if key == "not":
        return ["not", parse(value, place.file, words, findings)]
    if key == "decision":
        return _outcome(value, place, words, findings)
    if key == LACKING:
        texts = _texts(value, place, findings)
        known = [text for text in texts if findings.known(text, words.lacking, place, "the service with Regions")]
        return ["any", *(words.lacking[text] for text in known)]
    if key not in words.questions:
        findings.known(key, [*words.questions, "all", "any", "not", "decision", LACKING], place, "the question")
        return ["any"]
    kind, values = words.questions[key]
    if kind in quantity.UNITS:
        return _bounds(key, kind, value, place, findings)
    texts = _texts(value, place, findings)
    if kind == "text":
        for text in texts:
            if text != text.lower() or text == OTHER:
                findings.add(place, f"{shown(text)} cannot be told in free text: small letters, and not {OTHER!r}.")
        return ["is", key, texts]
    if kind == "yes-no":
        texts = [yes_no(text) or text for text in texts]
        values = list(YES_NO)
    known = [text for text in texts if findings.known(text, values, place, f"the value of {key!r}")]
    return ["is", key, known]


def _bounds(key: str, kind: str, value: Tree, place: Place, findings: Findings) -> Condition:
    parts: list[Condition] = []
    entries = value.entries if isinstance(value, Mapping) else {}
    if not entries or not set(entries) <= {"at_least", "below"}:
        findings.add(place, f"the test of the quantity {key!r} must be a mapping with at_least, below, or both.")
    for bound, text in entries.items():
        try:
            number = quantity.parse(text.text if isinstance(text, Scalar) else "", kind)
        except quantity.QuantityError as error:
            findings.add(place, f"the bound of {key!r} {error}.")
            continue
        parts.append(["from" if bound == "at_least" else "below", key, number])
    return parts[0] if len(parts) == 1 else ["all", *parts] if parts else ["any"]


def _outcome(value: Tree, place: Place, words: Vocabulary, findings: Findings) -> Condition:
    if not isinstance(value, Mapping) or not value.entries:
        findings.add(place, "'decision' must be a mapping of a decision to its outcome.")
        return ["any"]
    parts: list[Condition] = []
    for decision, wanted in value.entries.items():
        where = Place(place.file, value.lines[decision])
        if not findings.known(decision, words.decisions, where, "the decision"):
            continue
        options = [*words.decisions[decision], NOT_APPLICABLE]
        texts = _texts(wanted, where, findings)
        known = [text for text in texts if findings.known(text, options, where, f"the option of {decision!r}")]
        parts.append(["outcome", decision, known])
    return parts[0] if len(parts) == 1 else ["all", *parts] if parts else ["any"]


def _count(tree: Mapping, file: str, words: Vocabulary, findings: Findings) -> Condition:
    number, of = tree.entries["at_least"], tree.entries["of"]
    if not isinstance(number, Scalar) or not number.text.isdecimal() or not isinstance(of, Sequence):
        findings.add(Place(file, tree.line), "at_least needs a whole number, and of a list of conditions.")
        return ["any"]
    if not 1 <= int(number.text) <= len(of.items):
        findings.add(Place(file, tree.line), f"at_least {shown(number.text)} of {len(of.items)} can never differ.")
    return ["count", int(number.text), *(parse(item, file, words, findings) for item in of.items)]


def _texts(value: Tree, place: Place, findings: Findings) -> list[str]:
    items = [value] if isinstance(value, Scalar) else value.items if isinstance(value, Sequence) else []
    texts = [item.text for item in items if isinstance(item, Scalar)]
    if not texts or len(texts) != len(items):
        findings.add(place, "the value of a test must be a text or a list of texts.")
    return texts
