"""Every mutant that the schema of a decision allows: one change of one reason or criterion that a slip could make."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

from dataarch.check.evidence import near
from dataarch.rulebase.shape import STRENGTHS

Entry = dict[str, Any]


class Mutant(NamedTuple):
    """A decision with one change. `name` is decision.entry, what was done, and where."""

    name: str
    kind: str
    decision: str
    entry: Entry


def mutants(document: dict[str, Any], types: dict[str, str]) -> Iterator[Mutant]:
    """All mutants of the decisions of a rule document, in its order."""
    for id, decision in document["decisions"].items():
        for group in ("reasons", "criteria"):
            for place, one in enumerate(decision[group]):
                if one.get("derived"):
                    continue
                for kind, detail, made in _of(decision, one, group, types, document["base"]["whitepaper"]):
                    changed = copy.deepcopy(decision)
                    changed[group][place : place + 1] = [made] if made else []
                    yield Mutant(f"{id}.{one['id']} {kind}{' ' + detail if detail else ''}", kind, id, changed)


def _of(decision: Entry, one: Entry, group: str, types: dict[str, str],
        whitepaper: str) -> Iterator[tuple[str, str, Entry | None]]:  # fmt: skip
    yield "dropped", "", None
    yield "negated", "", {**one, "when": ["not", one["when"]]}
    yield "reference removed", "", {**one, "reference": ""}
    for number, (at, cut) in enumerate(_thresholds(one["when"])):
        for shifted in _shifted(cut, types[at]):
            when = _replaced(one["when"], number, shifted)
            yield "threshold shifted", f"{at} {cut} to {shifted}", {**one, "when": when}
    if group == "reasons":
        return
    options = [option["id"] for option in decision["options"]]
    other = options[(options.index(one["option"]) + 1) % len(options)]
    yield "option swapped", f"to {other}", {**one, "option": other}
    if one["strength"]:
        place = STRENGTHS.index(one["strength"])
        for near in (place - 1, place + 1):
            if 0 <= near < len(STRENGTHS) and not (one["effect"] == "against" and STRENGTHS[near] == "decisive"):
                yield "strength moved", f"to {STRENGTHS[near]}", {**one, "strength": STRENGTHS[near]}
    for key in ("since", "until"):
        if one[key] and one[key] != whitepaper:
            moved = f"{int(one[key][:4]) + 1}{one[key][4:]}"
            yield "date moved", f"{key} to {moved}", {**one, key: moved}


def _thresholds(condition: list[Any]) -> list[tuple[str, int]]:
    if condition[0] in ("from", "below"):
        return [(condition[1], condition[2])]
    return [found for part in condition[1:] if isinstance(part, list) for found in _thresholds(part)
            ] if condition[0] in ("all", "any", "not", "count") else []  # fmt: skip


def _shifted(cut: int, kind: str) -> list[int]:
    """The threshold a step lower and higher: by one where it is a small number of things, else half and double."""
    return [value for value in near(cut, kind) if value > 0]


def _replaced(condition: list[Any], number: int, value: int) -> list[Any]:
    """The condition with its threshold of this number replaced."""
    made, left = copy.deepcopy(condition), [number]

    def visit(part: list[Any]) -> None:
        if part[0] in ("from", "below"):
            if left[0] == 0:
                part[2] = value
            left[0] -= 1
        elif part[0] in ("all", "any", "not", "count"):
            for inner in part[1:]:
                if isinstance(inner, list):
                    visit(inner)

    visit(made)
    return made
