"""What is read seldom: references, limits and patterns; and the rows that a rule document is kept as."""

from __future__ import annotations

from typing import Any, NamedTuple

from dataarch.rulebase.model import (
    Criterion,
    Decision,
    Option,
    Overlay,
    Presumption,
    Question,
    Reason,
    Residency,
    Rows,
    Statement,
)


class Reference(NamedTuple):
    """Where a statement comes from. `seen` is the day of the copy that was read, or ""."""

    id: str
    title: str
    publisher: str
    address: str
    seen: str
    at: str


class Limit(NamedTuple):
    """One figure that a service has: `what` is limited, to which `value`. Where that can be compared, `of` names the
    answers that it bounds (of two, a rate and a size, their product), `bound` on which side (at-most, at-least), and
    `per` the part of the service for each of which it holds. `kind` is the kind of the service that has the limit,
    "" for all; `adjustable` is yes, no, or "" where the source does not say."""

    id: str
    what: str
    value: str
    of: list[str]
    bound: str
    per: str
    kind: str
    adjustable: str
    seen: str
    reference: str
    confidence: str
    at: str


class Step(NamedTuple):
    """One step of a pattern and the decisions that realise it; `falls_away` says when none of them applies."""

    id: str
    title: str
    reference: str
    decisions: list[str]
    falls_away: str = ""


class Pattern(NamedTuple):
    """One of the whitepaper's architectures."""

    id: str
    title: str
    summary: str
    reference: str
    steps: list[Step]
    at: str


class Column(NamedTuple):
    """A column of the picture of an architecture, and the layers whose decisions stand in it."""

    title: str
    layers: list[str]
    reference: str


class End(NamedTuple):
    """Where data comes from (`place` is first) or goes to (last): the questions whose answers it shows, and what it
    says where none of them is answered."""

    id: str
    title: str
    place: str
    shows: list[str]
    otherwise: str


class Arrow(NamedTuple):
    """What flows from one decision or end to another (`kind` is flow), or has a hand in it (control)."""

    start: str
    end: str
    kind: str


class Flows(NamedTuple):
    """What the picture of an architecture is drawn from."""

    columns: list[Column]
    ends: list[End]
    arrows: list[Arrow]


class Price(NamedTuple):
    """What a service asks for something, in USD; `amount` is "" where no source can be named. `check` is the page on
    which it is published."""

    id: str
    service: str
    what: str
    region: str
    amount: str
    per: str
    as_of: str
    reference: str
    confidence: str
    check: str
    at: str


def rows_of(document: Rows) -> Rows:
    """The rows of a rule document, as JSON can hold them: each entry as the values of its named tuple, in order."""

    def row(kind: type[Any], entry: Rows) -> list[Any]:
        return [entry.get(field) for field in kind._fields]

    def decision(entry: Rows) -> list[Any]:
        inside = {"reasons": Reason, "options": Option, "criteria": Criterion}
        return row(Decision, {**entry, **{key: [row(kind, e) for e in entry[key]] for key, kind in inside.items()}})

    def question(entry: Rows) -> list[Any]:
        return row(Question, {**entry, "presumed": [row(Presumption, one) for one in entry["presumed"]]})

    residency = document["base"]["residency"]
    order = [id for section in document["sections"] for id in section["questions"]]
    laid = [row(Overlay, entry) for entry in document["overlays"]]
    return {
        **({"overlays": laid, "origins": document["origins"]} if laid else {}),
        **document["base"],
        "residency": row(Residency, residency) if residency else [],
        "digest": document["digest"],
        "sections": document["sections"],
        "services": document["services"],
        "questions": [question(document["questions"][id]) for id in order],
        "decisions": [decision(document["decisions"][id]) for id in document["decision_order"]],
        "constraints": [row(Statement, entry) for entry in document["constraints"]],
        "warnings": [row(Statement, entry) for entry in document["warnings"]],
        "patterns": [
            row(Pattern, {**entry, "steps": [row(Step, step) for step in entry["steps"]]})
            for entry in document["patterns"].values()
        ],
    }


def details_of(document: Rows) -> Rows:
    """What is read only when it is shown, as rows: the references by id, the limits by service."""

    def rows(kind: type[Any], entries: list[Rows]) -> list[list[Any]]:
        return [[entry[field] for field in kind._fields] for entry in entries]

    return {
        "references": {entry["id"]: rows(Reference, [entry])[0] for entry in document["references"].values()},
        "limits": {service: rows(Limit, entries) for service, entries in document["limits"].items()},
        "flows": document["flows"],
        "prices": document["prices"],
        "sizing": document["sizing"],
    }
