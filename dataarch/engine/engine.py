"""The engine: one rule base, ready to be asked under any basis and on any day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dataarch.engine import atoms as bit_table
from dataarch.engine.atoms import Test, holds
from dataarch.engine.evaluate import View
from dataarch.engine.graph import Graph
from dataarch.errors import UserError
from dataarch.rulebase.model import Condition, Decision, Presumption, RuleBase, Statement
from dataarch.rulebase.walk import questions_in
from dataarch.spelling import shown

ALL = "all"
WHITEPAPER = "whitepaper"
Known = dict[str, Any]
"""Question → answer: a text, a list of texts, or a whole number in the smallest unit. Unknown ones are absent."""


class Engine:
    """A rule base with its tests and, for the view that it was compiled under, its diagrams."""

    def __init__(self, base: RuleBase, atoms: bit_table.Atoms, tests: dict[str, Any], graph: Graph) -> None:
        self.base, self.atoms, self.tests = base, atoms, tests
        self._default = View(base, atoms, tests)
        self._graphs = {self._key(self._default): graph}

    def view(self, basis: str = ALL, day: str = "") -> View:
        """The rule base under a basis on a day. Raises UserError for a day on which it cannot speak."""
        base = self.base
        if day and not _is_day(day):
            raise UserError.plain(f"--as-of {shown(day)} is no day; one is written like {base.reviewed}.")
        if basis == WHITEPAPER and day and day != base.whitepaper:
            raise UserError.plain(
                f"--basis whitepaper stands on the whitepaper's own day, {base.whitepaper}; leave --as-of away."
            )
        if day and not base.whitepaper <= day <= base.reviewed:
            raise UserError.plain(
                f"--as-of {day} is outside what the rule base speaks of: {base.whitepaper} to {base.reviewed}."
            )
        if basis == ALL and day in ("", base.reviewed):
            return self._default
        return View(base, self.atoms, self.tests, basis, day)

    def graph(self, view: View) -> Graph:
        """The diagrams of a view; those of the default view come with the compiled rules, others are built here."""
        key = self._key(view)
        if key not in self._graphs:
            from dataarch.engine.compile import Compiler

            compiler = Compiler(self.base, view.active)
            compiler.compile()
            self._graphs[key] = Graph.of(compiler)
        return self._graphs[key]

    def bits(self, known: Known) -> tuple[int, list[str]]:
        """The bits of known answers, and the questions among them that do not apply and so have no effect."""
        return self.together(self.encoded(known))

    def encoded(self, known: Known) -> dict[str, int]:
        """The bits of each known answer by itself, whether it applies or not."""
        return {question: bit_table.encode(self.atoms, question, value) for question, value in known.items()}

    def together(self, encoded: dict[str, int]) -> tuple[int, list[str]]:
        """The bits of answers, and the questions among them that do not apply and so have no effect."""
        bits = 0
        for one in encoded.values():
            bits |= one
        ineffective = []
        for question, test in self.tests["presupposes"].items():
            if question in encoded and not holds(test, bits):
                bits &= ~encoded[question]
                ineffective.append(question)
        return bits, ineffective

    @staticmethod
    def _key(view: View) -> str:
        return repr(sorted(view.active.items()))


def _is_day(text: str) -> bool:
    """Whether a text is a day of the calendar in the one form in which days are compared here."""
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def conditions(base: RuleBase) -> list[Condition]:
    """Every condition of a rule base."""
    found: list[Condition] = [q.presupposes for q in base.questions.values() if q.presupposes]
    found += [one.when for question in base.questions.values() for one in question.presumed]
    found += [base.residency.when] if base.residency else []
    found += [statement.when for statement in [*base.constraints, *base.warnings]]
    for decision in base.decisions.values():
        found += [reason.when for reason in decision.reasons] + [one.when for one in decision.criteria]
    return found


def tests(base: RuleBase, question_order: list[str], atoms: bit_table.Atoms) -> dict[str, Any]:
    """The tests of all conditions, in the places of the entries that hold them; presuppositions in an order in which
    each can rely on those before it."""

    def of(entries: Sequence[Statement | Presumption]) -> list[Test]:
        return [bit_table.test(entry.when, atoms) for entry in entries]

    near: dict[str, int] = {}
    ready: dict[str, dict[str, list[bit_table.Prepared]]] = {"reasons": {}, "criteria": {}}
    for id, decision in base.decisions.items():
        near[id], ready["reasons"][id], ready["criteria"][id] = deciding_tests(decision, atoms)

    deciding = [question.presupposes or ["all"] for question in base.questions.values()]
    for decision in base.decisions.values():
        deciding += [reason.when for reason in decision.reasons]
        deciding += [criterion.when for criterion in decision.criteria]
    tested = {question for condition in deciding for question in questions_in(condition)}
    return {
        "unused": [id for id, question in base.questions.items() if id not in tested and question.type != "text"],
        "presupposes": {
            id: bit_table.test(presupposes, atoms)
            for id in question_order
            if (presupposes := base.questions[id].presupposes)
        },
        "presumed": {id: of(question.presumed) for id, question in base.questions.items() if question.presumed},
        "constraints": of(base.constraints),
        "warnings": of(base.warnings),
        "residency": bit_table.test(base.residency.when if base.residency else ["any"], atoms),
        "near": near,
        **ready,
    }


def deciding_tests(
    decision: Decision, atoms: bit_table.Atoms
) -> tuple[int, list[bit_table.Prepared], list[bit_table.Prepared]]:
    """How far down the bits of a profile are shifted for a decision, and the tests of its reasons and criteria then:
    what it looks at is a small number however many answers there are."""
    reasons, criteria = (
        [bit_table.prepared(bit_table.test(one.when, atoms)) for one in entries]
        for entries in (decision.reasons, decision.criteria)
    )
    by = bit_table.nearest([*reasons, *criteria])
    return by, [bit_table.shifted(one, by) for one in reasons], [bit_table.shifted(one, by) for one in criteria]
