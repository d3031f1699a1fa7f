"""Answers and outcomes as bits of one whole number, and conditions as tests of such bits.

Every value of a question, either side of every threshold, and every outcome of a decision has a bit; an unknown answer
sets none. A test is `[kind, all, none, n, parts]`, evaluated by `holds`:

| kind | holds when |
| --- | --- |
| 0 | every bit of `all` is set, no bit of `none`, and every part holds |
| 1 | some bit of `all` is set, or some bit of `none` is not, or some part holds |
| 2 | at least `n` parts hold |
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, TypeAlias

from dataarch.quantity import UNITS
from dataarch.rulebase.model import NOT_APPLICABLE, OTHER, Condition, Question, RuleBase
from dataarch.rulebase.walk import atoms

Test: TypeAlias = list[Any]
Prepared: TypeAlias = list[Any]
"""A test, its bits, and its outcome where none of them is set."""
Atoms: TypeAlias = dict[str, Any]
"""JSON-able: `answers` maps a question to value → bit, or to its cuts and the bits of each interval between them;
`outcomes` maps a decision to option → bit."""


def holds(test: Test, bits: int) -> bool:
    """Whether a test holds of the bits of a profile and its outcomes."""
    kind, needed, barred, number, parts = test
    if kind == 0:
        if bits & needed != needed or bits & barred:
            return False
        for part in parts:
            if not holds(part, bits):
                return False
        return True
    if kind == 1:
        if bits & needed or ~bits & barred:
            return True
        for part in parts:
            if holds(part, bits):
                return True
        return False
    return sum(holds(part, bits) for part in parts) >= int(number)


def prepared(test: Test) -> Prepared:
    """A test with the bits that it looks at, and how it comes out where none of them is set: most of a profile's
    answers are unknown, and then nothing has to be tested."""
    return [test, _support(test), holds(test, 0)]


def table(base: RuleBase, conditions: list[Condition]) -> Atoms:
    """The bits of everything that the conditions of a rule base can see."""
    cuts: dict[str, set[int]] = {}
    for condition in conditions:
        for atom in atoms(condition):
            if atom[0] in ("from", "below"):
                cuts.setdefault(atom[1], set()).add(atom[2])
    answers: dict[str, Any] = {}
    outcomes: dict[str, dict[str, int]] = {}
    bit = 1
    for questions, decisions in _apart(base):
        bit = _answers(answers, [base.questions[id] for id in questions], cuts, bit)
        for id in decisions:
            outcomes[id] = {}
            for option in [*(option.id for option in base.decisions[id].options), NOT_APPLICABLE]:
                outcomes[id][option] = bit
                bit <<= 1
    return {"answers": answers, "outcomes": {id: outcomes[id] for id in base.decisions}}


def _apart(base: RuleBase) -> list[tuple[list[str], list[str]]]:
    """Questions and decisions that hang together, so that the bits that a decision looks at lie near each other."""
    group: dict[str, str] = {}

    def first(name: str) -> str:
        while group.setdefault(name, name) != name:
            group[name] = group[group[name]]
            name = group[name]
        return name

    for id, decision in base.decisions.items():
        looked = [reason.when for reason in decision.reasons] + [criterion.when for criterion in decision.criteria]
        tested = [atom[1] for condition in looked for atom in atoms(condition) if atom[0] != "outcome"]
        for name in (*tested, *(f" {other}" for other in decision.depends_on)):
            group[first(name)] = first(f" {id}")
    for id, question in base.questions.items():
        for atom in atoms(question.presupposes or ["all"]):
            group[first(id)] = first(atom[1])
    found: dict[str, tuple[list[str], list[str]]] = {}
    for id in base.questions:
        found.setdefault(first(id), ([], []))[0].append(id)
    for id in base.decisions:
        found.setdefault(first(f" {id}"), ([], []))[1].append(id)
    return list(found.values())


def _answers(answers: dict[str, Any], questions: list[Question], cuts: dict[str, set[int]], bit: int) -> int:
    """Gives bits to the answers of questions, from one on; returns the next."""
    for question in questions:
        id = question.id
        if question.type in UNITS:
            ordered = sorted(cuts.get(id, ()))
            sides = []
            for _ in ordered:
                sides.append((bit, bit << 1))
                bit <<= 2
            masks = [
                sum(at_least if index < interval else below for index, (at_least, below) in enumerate(sides))
                for interval in range(len(ordered) + 1)
            ]
            answers[id] = {"cuts": ordered, "masks": masks, "sides": sides}
        else:
            answers[id] = {}
            for value in question.told_apart:
                answers[id][value] = bit
                bit <<= 1
    return bit


def encode(atoms: Atoms, question: str, value: Any) -> int:
    """The bits of one known answer: a text, a list of texts, or a whole number for a quantity."""
    bits = atoms["answers"][question]
    if "cuts" in bits and "masks" in bits:
        return int(bits["masks"][bisect_right(bits["cuts"], value)])
    if isinstance(value, list):
        mask = 0
        for item in value:
            mask |= bits[item]
        return mask
    return int(bits.get(value, bits.get(OTHER, 0)))


def test(condition: Condition, atoms: Atoms) -> Test:
    """The test of a condition, its tests of single bits gathered into masks."""
    kind = condition[0]
    if kind == "not":
        return _negated(test(condition[1], atoms))
    if kind == "count":
        return [2, 0, 0, condition[1], [test(part, atoms) for part in condition[2:]]]
    if kind in ("all", "any"):
        return _joined(0 if kind == "all" else 1, [test(part, atoms) for part in condition[1:]])
    if kind == "outcome":
        return [1, sum(atoms["outcomes"][condition[1]][option] for option in condition[2]), 0, 0, []]
    if kind == "is":
        return [1, sum(atoms["answers"][condition[1]][value] for value in condition[2]), 0, 0, []]
    bits = atoms["answers"][condition[1]]
    return [1, bits["sides"][bits["cuts"].index(condition[2])][kind == "below"], 0, 0, []]


def nearest(tests: list[Prepared]) -> int:
    """The place of the lowest bit that any of these tests looks at."""
    seen = 0
    for one in tests:
        seen |= one[1]
    return (seen & -seen).bit_length() - 1 if seen else 0


def shifted(one: Prepared, by: int) -> Prepared:
    """A prepared test of bits that are shifted down."""
    return [_shifted(one[0], by), one[1] >> by, one[2]]


def _shifted(test: Test, by: int) -> Test:
    return [test[0], test[1] >> by, test[2] >> by, test[3], [_shifted(part, by) for part in test[4]]]


def _support(test: Test) -> int:
    bits = int(test[1] | test[2])
    for part in test[4]:
        bits |= _support(part)
    return bits


def _joined(kind: int, tests: list[Test]) -> Test:
    """One test for several: those of a single bit, and those of the same kind, are merged into the masks."""
    needed = barred = 0
    parts: list[Test] = []
    for part in tests:
        single = not part[4] and part[0] != 2 and part[1].bit_count() + part[2].bit_count() == 1
        if (part[0] == kind and not part[4]) or single:
            needed |= part[1]
            barred |= part[2]
        else:
            parts.append(part)
    if len(parts) == 1 and not needed and not barred:
        return parts[0]
    return [kind, needed, barred, 0, parts]


def _negated(part: Test) -> Test:
    if part[0] == 2:
        return [2, 0, 0, len(part[4]) - part[3] + 1, [_negated(inner) for inner in part[4]]]
    return [1 - part[0], part[2], part[1], 0, [_negated(inner) for inner in part[4]]]
