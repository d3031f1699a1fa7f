"""The rule base as the rest of the program sees it: named tuples."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from dataarch.rulebase.catalogue import Flows, Limit, Pattern, Price, Reference

Rows: TypeAlias = dict[str, Any]
Condition: TypeAlias = list[Any]
"""The plain form of a condition, which `rulebase.condition` reads and explains."""

POINTS = {"slight": 1, "moderate": 3, "strong": 9, "decisive": 0, "": 0}
"""Strength → points. Decisive is no number: it comes before all points."""

SELECTED_AT = 3
"""The points at which an option of a decision that selects many is selected."""

NONE = "none"
"""The option that means: none of the others."""

OTHER = "another"
"""What every text stands for that no rule names."""

NOT_APPLICABLE = "not-applicable"
"""The outcome of a decision that does not apply."""

YES_NO = ("yes", "no")
_WORDS = {"true": "yes", "false": "no", "yes": "yes", "no": "no"}


def yes_no(text: str) -> str | None:
    """`yes` or `no` for the words that mean it."""
    return _WORDS.get(text.lower())


class Presumption(NamedTuple):
    """What an interview takes as the answer of a question, as the profile keeps it, until it is told otherwise."""

    answer: Any
    when: Condition
    because: str
    reference: str
    at: str


class Question(NamedTuple):
    """One key of the profile. `values` maps each value to its label; empty for quantities and free text; `optional`
    says that it is worth asking at the end although no decision looks at it; `grows` that it grows with the data;
    of `presumed` the first that holds counts; `awaits` says why no rule looks at it yet; `named` are the texts that
    rules name, of free text."""

    id: str
    section: str
    prompt: str
    help: str
    type: str
    values: dict[str, str]
    at: str
    presupposes: Condition | None = None
    optional: bool = False
    grows: bool = False
    presumed: Sequence[Presumption] = ()
    awaits: str = ""
    named: Sequence[str] = ()

    @property
    def told_apart(self) -> Sequence[str]:
        """The values that rules can tell apart; none of a quantity, which has thresholds instead."""
        if self.type == "text":
            return (OTHER, *self.named) if self.named else ()
        return YES_NO if self.type == "yes-no" else list(self.values)


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
    """One piece of evidence. `effect` is favours, against or rules_out; `strength` is "" with rules_out. `basis` is
    whose word it is: whitepaper, aws, project, or the name of an overlay. `beside` names wider criteria beside which it
    counts on purpose; `ended` says why an overlay ended it."""

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
    beside: Sequence[str] = ()
    ended: str = ""

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
    def speaks(self) -> bool:
        """Whether it says something for its option, where it holds; the threshold of `none` does not."""
        return self.effect == "favours" and not self.threshold

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


class Residency(NamedTuple):
    """What counts where a service is not listed for the Region that the answer to `question` names, and `when` says
    that data may not leave it: so much does each option of the service lose."""

    question: str
    strength: str
    when: Condition
    at: str


CRITICAL, CAUTION, NOTE = SEVERITIES = ("critical", "caution", "note")
"""How much a warning weighs: it will not work so; look at it before building; worth knowing."""


class Statement(NamedTuple):
    """A constraint or a warning; `severity` is that of a warning."""

    id: str
    when: Condition
    message: str
    reference: str
    severity: str
    at: str


class Overlay(NamedTuple):
    """Rules that an organisation lays over the base, under the name that is their basis."""

    id: str
    title: str
    reviewed: str
    digest: str
    at: str

    @property
    def folder(self) -> str:
        """Where it stands, as it was named."""
        return self.at.rpartition("/")[0]


class RuleBase:
    """Everything the rules say, made from the rows of `catalogue.rows_of`. Nothing here changes after it is made.

    `details` (the rows of `catalogue.details_of`) is asked for only when a source or a limit is to be shown; a result
    that names none never reads them. `checked` says whether it was proven together with its overlays.
    """

    def __init__(self, rows: Rows, details: Callable[[], Rows], checked: bool = True) -> None:
        self.version: str = rows["version"]
        self.reviewed: str = rows["reviewed"]
        self.whitepaper: str = rows["whitepaper"]
        self.digest: str = rows["digest"]
        self.trunk: list[str] = rows["trunk"]
        self.residency = Residency(*rows["residency"]) if rows["residency"] else None
        self.sections: list[dict[str, Any]] = rows["sections"]
        self.services: dict[str, dict[str, Any]] = rows["services"]
        self.questions = {row[0]: _question(row) for row in rows["questions"]}
        self.decisions = {row[0]: _decision(row) for row in rows["decisions"]}
        self.constraints = [Statement(*row) for row in rows["constraints"]]
        self.warnings = [Statement(*row) for row in rows["warnings"]]
        self.types = {id: question.type for id, question in self.questions.items()}
        self.overlays = [Overlay(*row) for row in rows.get("overlays", ())]
        self.checked = checked
        self._origins: dict[str, str] = rows.get("origins", {})
        self._patterns, self._details = rows["patterns"], details

    def origin(self, kind: str, id: str) -> str:
        """The overlay that an entry comes from, "" for the base. `kind` is decision, question, pattern, service,
        reference, warning, or, with an id like `decision.own`, reason or option."""
        return self._origins.get(f"{kind} {id}", "")

    @property
    def patterns(self) -> "dict[str, Pattern]":
        """The whitepaper's patterns with their steps."""
        from dataarch.rulebase.catalogue import Pattern, Step

        return {row[0]: Pattern(*row)._replace(steps=[Step(*step) for step in row[4]]) for row in self._patterns}

    def reference(self, id: str) -> "Reference":
        """The document, section and address behind a reference id."""
        from dataarch.rulebase.catalogue import Reference

        return Reference(*self._details()["references"][id])

    @property
    def references(self) -> list[str]:
        """The ids of all references."""
        return list(self._details()["references"])

    def limits(self, service: str) -> "list[Limit]":
        """The limits of a service, as far as they are known."""
        from dataarch.rulebase.catalogue import Limit

        return [Limit(*row) for row in self._details()["limits"].get(service, ())]

    @property
    def prices(self) -> "dict[str, Price]":
        """The prices by id."""
        from dataarch.rulebase.catalogue import Price

        return {id: Price(**row) for id, row in self._details()["prices"].items()}

    @property
    def sizing(self) -> Rows:
        """The formulas of what numbers need and cost, as `rulebase.sizing` reads them."""
        found: Rows = self._details()["sizing"]
        return found

    @property
    def flows(self) -> "Flows":
        """What flows where, for the picture of an architecture."""
        from dataarch.rulebase.catalogue import Arrow, Column, End, Flows

        rows = self._details()["flows"]
        columns, ends = [Column(*row) for row in rows["columns"]], [End(*row) for row in rows["ends"]]
        return Flows(columns, ends, [Arrow(*row) for row in rows["arrows"]])


def _question(row: list[Any]) -> Question:
    made = Question(*row)
    return made._replace(presumed=[Presumption(*one) for one in made.presumed]) if made.presumed else made


def _decision(row: list[Any]) -> Decision:
    made = Decision(*row)
    return made._replace(
        reasons=[Reason(*reason) for reason in made.reasons],
        options=[Option(*option) for option in made.options],
        criteria=[Criterion(*criterion) for criterion in made.criteria],
    )
