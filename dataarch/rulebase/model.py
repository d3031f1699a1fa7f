"""The rule base as the rest of the program sees it: named tuples over the rule document."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

from dataarch.rulebase.condition import Condition

POINTS = {"slight": 1, "moderate": 3, "strong": 9, "decisive": 0, "": 0}
"""Strength → points. Decisive is no number: it comes before all points."""

SELECTED_AT = 3
"""The points at which an option of a decision that selects many is selected."""

NONE = "none"
"""The option that means: none of the others."""


class Question(NamedTuple):
    """One key of the profile. `values` maps each value to its label; empty for quantities and free text."""

    id: str
    section: str
    prompt: str
    help: str
    type: str
    values: dict[str, str]
    at: str
    presupposes: Condition | None = None


class Reason(NamedTuple):
    """One reason for which a decision applies."""

    id: str
    when: Condition
    because: str
    reference: str
    at: str


class Option(NamedTuple):
    """One option of a decision; `service` is "" where no single service stands behind it."""

    id: str
    service: str
    summary: str
    at: str


class Criterion(NamedTuple):
    """One piece of evidence. `effect` is favours, against or rules_out; `strength` is "" with rules_out."""

    id: str
    effect: str
    option: str
    strength: str
    when: Condition
    because: str
    reference: str
    basis: str
    since: str
    until: str
    superseded_by: str
    refines: list[str]
    derived: bool
    at: str

    @property
    def points(self) -> int:
        """What it adds to its option, negative where it weighs against."""
        return -POINTS[self.strength] if self.effect == "against" else POINTS[self.strength]

    def active(self, basis: str, day: str) -> bool:
        """Whether it has weight on a day under a basis; availability and the threshold of `none` have it under any."""
        return self.since <= day and not (self.until and self.until <= day) and (
            basis in ("all", self.basis) or self.derived or self.threshold
        )  # fmt: skip

    @property
    def threshold(self) -> bool:
        """Whether this is what the options beside `none` must pass."""
        return self.option == NONE and self.when == ["all"]


class Decision(NamedTuple):
    """One decision; `depends_on` names the decisions whose outcomes its conditions test."""

    id: str
    layer: str
    title: str
    question: str
    selects: str
    reviewed: str
    reference: str
    order: str
    reasons: list[Reason]
    options: list[Option]
    criteria: list[Criterion]
    at: str
    depends_on: list[str]

    @property
    def many(self) -> bool:
        """Whether it selects every option that is needed, instead of one."""
        return self.selects == "many"


class Statement(NamedTuple):
    """A constraint or a warning."""

    id: str
    when: Condition
    message: str
    reference: str
    at: str


class Reference(NamedTuple):
    """Where a statement comes from. `seen` is the day of the copy that was read, or ""."""

    id: str
    title: str
    publisher: str
    address: str
    seen: str
    at: str


class Step(NamedTuple):
    """One step of a pattern and the decisions that realise it."""

    id: str
    title: str
    reference: str
    decisions: list[str]


class Pattern(NamedTuple):
    """One of the whitepaper's architectures."""

    id: str
    title: str
    summary: str
    reference: str
    steps: list[Step]
    at: str


class RuleBase:
    """Everything the rules say, read from a rule document. Nothing here changes after it is made."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.version: str = document["base"]["version"]
        self.reviewed: str = document["base"]["reviewed"]
        self.whitepaper: str = document["base"]["whitepaper"]
        self.digest: str = document["digest"]
        self.sections: list[dict[str, Any]] = document["sections"]
        order = [id for section in self.sections for id in section["questions"]]
        self.questions = {id: Question(**document["questions"][id]) for id in order}
        self.decisions = {id: _decision(document["decisions"][id]) for id in document["decision_order"]}

    @cached_property
    def constraints(self) -> list[Statement]:
        """The conditions that no valid profile meets."""
        return [Statement(**entry) for entry in self.document["constraints"]]

    @cached_property
    def warnings(self) -> list[Statement]:
        """Answers and outcomes that pull against each other."""
        return [Statement(**entry) for entry in self.document["warnings"]]

    @cached_property
    def patterns(self) -> dict[str, Pattern]:
        """The whitepaper's patterns with their steps."""
        return {
            id: Pattern(**{**entry, "steps": [Step(**step) for step in entry["steps"]]})
            for id, entry in self.document["patterns"].items()
        }

    @property
    def services(self) -> dict[str, dict[str, Any]]:
        """The services with their dated histories, as `availability.status_on` reads them."""
        services: dict[str, dict[str, Any]] = self.document["services"]
        return services

    @cached_property
    def types(self) -> dict[str, str]:
        """The type of each question."""
        return {id: question.type for id, question in self.questions.items()}

    def reference(self, id: str) -> Reference:
        """The document, section and address behind a reference id."""
        return Reference(**self.document["references"][id])


def _decision(entry: dict[str, Any]) -> Decision:
    return Decision(
        **{
            **entry,
            "reasons": [Reason(**reason) for reason in entry["reasons"]],
            "options": [Option(**option) for option in entry["options"]],
            "criteria": [Criterion(**criterion) for criterion in entry["criteria"]],
        }
    )
