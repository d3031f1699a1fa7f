"""The plain evaluator: what each decision says of one profile, where a test of an unknown answer does not hold.

It is two-valued and knows nothing of the diagrams; a property test holds the two together.
"""

from typing import Any, NamedTuple

from dataarch.engine.atoms import Atoms, Prepared, Test, holds
from dataarch.errors import Finding, Place, RuleBaseError
from dataarch.rulebase.model import SELECTED_AT, Decision, RuleBase


class Verdict(NamedTuple):
    """What a decision says of a profile.

    `chosen` holds the options chosen, best first (none where it does not apply, or many were asked and none is
    selected); `held` the indexes of the criteria that hold and count, `narrowed` of those that a finer one stands for;
    `reasons` the indexes of the reasons that hold; `points` and `decisive` stand in the order of the options.
    """

    applies: bool
    chosen: tuple[int, ...]
    held: list[int]
    narrowed: list[int]
    reasons: list[int]
    points: list[int]
    decisive: list[bool]
    ruled_out: list[bool]


class _Line(NamedTuple):
    """One active criterion, ready to be tested. `support` are the bits that its test looks at; where none is set, it
    comes out as `blank`, which spares most tests of a profile that says little."""

    place: int
    test: Test
    support: int
    blank: bool
    option: int
    points: int
    decisive: bool
    rules_out: bool
    refines: tuple[int, ...]


class View:
    """A rule base under one basis on one day: the criteria that have weight then, ready to be tested."""

    def __init__(self, base: RuleBase, atoms: Atoms, tests: dict[str, Any],
                 basis: str = "all", day: str = "") -> None:  # fmt: skip
        self.base, self.atoms, self.tests, self.basis = base, atoms, tests, basis
        self.day = day or (base.whitepaper if basis == "whitepaper" else base.reviewed)
        self.active = {id: _active(decision, basis, self.day) for id, decision in base.decisions.items()}
        self._outcomes: dict[str, list[int]] = {id: list(of.values()) for id, of in atoms["outcomes"].items()}
        self._not_applicable = {id: _nothing(len(decision.options)) for id, decision in base.decisions.items()}
        self._lines = {
            id: _lines(decision, tests["criteria"][id], self.active[id]) for id, decision in base.decisions.items()
        }

    def evaluate(self, bits: int) -> dict[str, Verdict]:
        """The verdict of every decision, those that others depend on first. Raises RuleBaseError on a conflict."""
        verdicts: dict[str, Verdict] = {}
        for id in self._lines:
            verdict = verdicts[id] = self.verdict(id, bits)
            bits |= self.outcome_bits(id, verdict)
        return verdicts

    def verdict(self, id: str, bits: int, without: int | None = None) -> Verdict:
        """The verdict of one decision, for bits that hold the outcomes of those it depends on.

        `without` leaves out one criterion, as if it had never been written.
        """
        bits >>= self.tests["near"][id]
        reasons = self.tests["reasons"][id]
        given = [index for index, (test, seen, blank) in enumerate(reasons)
                 if (holds(test, bits) if bits & seen else blank)]  # fmt: skip
        if reasons and not given:
            return self._not_applicable[id]
        lines = self._lines[id]
        if without is not None:
            lines = [line for line in lines if line.place != without]
        return _decide(self.base.decisions[id], lines, bits, given)

    def speaks(self, id: str, bits: int) -> bool:
        """Whether any criterion that holds speaks for an option of a decision; without one an open choice is null."""
        criteria = self.base.decisions[id].criteria
        bits >>= self.tests["near"][id]
        return any(
            (holds(line.test, bits) if bits & line.support else line.blank) and criteria[line.place].speaks
            for line in self._lines[id]
        )

    def outcome_bits(self, id: str, verdict: Verdict) -> int:
        """The bits of a decision's outcome."""
        *options, not_applicable = self._outcomes[id]
        if not verdict.applies:
            return int(not_applicable)
        bits = 0
        for place in verdict.chosen:
            bits |= options[place]
        return int(bits)


def _nothing(size: int) -> Verdict:
    """The verdict of a decision that does not apply."""
    return Verdict(False, (), [], [], [], [0] * size, [False] * size, [False] * size)


def _active(decision: Decision, basis: str, day: str) -> list[int]:
    return [index for index, criterion in enumerate(decision.criteria) if criterion.active(basis, day)]


def _lines(decision: Decision, tests: list[Prepared], active: list[int]) -> list[_Line]:
    place = {criterion.id: index for index, criterion in enumerate(decision.criteria)}
    options = {option.id: index for index, option in enumerate(decision.options)}
    return [
        _Line(
            index,
            test,
            seen,
            blank,
            options[(criterion := decision.criteria[index]).option],
            criterion.points,
            criterion.strength == "decisive",
            criterion.effect == "rules_out",
            tuple(place[id] for id in criterion.refines),
        )
        for index in active
        for test, seen, blank in [tests[index]]
    ]


def _decide(decision: Decision, lines: list[_Line], bits: int, reasons: list[int]) -> Verdict:
    size = len(decision.options)
    holding = []
    finer: set[int] = set()
    for line in lines:
        if holds(line[1], bits) if bits & line[2] else line[3]:
            holding.append(line)
            if line[8]:
                finer.update(line[8])
    points, decisive, out = [0] * size, [False] * size, [False] * size
    held, narrowed = [], []
    for place, _, _, _, option, worth, is_decisive, rules_out, _ in holding:
        if place in finer:
            narrowed.append(place)
            continue
        held.append(place)
        points[option] += worth
        if is_decisive:
            decisive[option] = True
        if rules_out:
            out[option] = True
    if size == 1:
        chosen: tuple[int, ...] = (0,)
    elif decision.many:
        selected = [o for o in range(size) if not out[o] and (decisive[o] or points[o] >= SELECTED_AT)]
        if len(selected) > 1:
            selected.sort(key=lambda o: (not decisive[o], -points[o]))  # a stable sort keeps the declared order
        chosen = tuple(selected)
    else:
        if sum(decisive) > 1:
            raise _conflict(decision, [line.place for line in holding if line.decisive and line.place not in finer])
        best = -1
        for o in range(size):
            if not out[o] and (best < 0 or (decisive[o], points[o]) > (decisive[best], points[best])):
                best = o
        chosen = (best,) if best >= 0 else ()
    return Verdict(True, chosen, held, narrowed, reasons, points, decisive, out)


def _conflict(decision: Decision, indexes: list[int]) -> RuleBaseError:
    """Two decisive criteria for different options that hold together: an error, never a guess."""
    criteria = [decision.criteria[index] for index in indexes]
    first = criteria[0]
    other = next(criterion for criterion in criteria if criterion.option != first.option)
    file, _, line = first.at.rpartition(":")
    message = (
        f"the decisive criteria {first.id!r} (for {first.option}) and {other.id!r} (for {other.option}, {other.at})"
        f" of {decision.id!r} hold together for these answers."
    )
    return RuleBaseError(Finding(Place(file, int(line)), message))
