"""What can be proven of a rule base over every profile, on every day on which something changes.

Profiles here include those with unknown answers, whose tests do not hold: what is proven for them holds for complete
ones, too. Sampling finds most witnesses; what it leaves is proven exactly on the diagrams.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any, NamedTuple

from dataarch.check.extent import Extent
from dataarch.check.witness import known_of, words_of
from dataarch.engine.compile import Compiler
from dataarch.engine.engine import ALL, WHITEPAPER, Engine
from dataarch.engine.evaluate import View
from dataarch.engine.roots import FALSE, TERMINALS, TRUE
from dataarch.errors import Finding, Place
from dataarch.rulebase.model import Decision


class Standing(NamedTuple):
    """A rule base as it stands under one basis from one day on, with its diagrams."""

    view: View
    compiler: Compiler

    def __str__(self) -> str:
        return f"--basis {self.view.basis} --as-of {self.view.day}" if self.view.basis != ALL else self.view.day


def standings(engine: Engine) -> list[Standing]:
    """Every different way in which the base stands: under each basis, from each day on which something changes."""
    base = engine.base
    days = {base.whitepaper, base.reviewed}
    for decision in base.decisions.values():
        days |= {day for c in decision.criteria for day in (c.since, c.until) if base.whitepaper < day < base.reviewed}
    found: list[Standing] = []
    seen: list[Any] = []
    for basis, day in [(ALL, day) for day in sorted(days, reverse=True)] + [(WHITEPAPER, base.whitepaper)]:
        view = engine.view(basis, day)
        if view.active not in seen:
            seen.append(view.active)
            found.append(Standing(view, Compiler(base, view.active, found[0].compiler if found else None)))
    return found


def each_decision(standing: list[Standing], extent: Extent) -> Iterator[tuple[Decision, list[Standing]]]:
    """Each decision in an extent with the standings in which it, or one it depends on, differs."""
    base = standing[0].view.base
    needs: dict[str, set[str]] = {}
    for id, decision in base.decisions.items():
        needs[id] = {id}.union(*(needs[other] for other in decision.depends_on))
        if decision not in extent.decisions:
            continue
        differing: dict[str, Standing] = {}
        for one in standing:
            differing.setdefault(repr([one.view.active[other] for other in sorted(needs[id])]), one)
        yield decision, list(differing.values())


def valid(compiler: Compiler) -> int:
    """The diagram of the valid profiles."""
    found = TRUE
    for _, invalid in compiler.invalid():
        found = compiler.diagrams.both(found, compiler.diagrams.negated(invalid))
    return found


def conflicts(decision: Decision, standing: Standing) -> Iterator[Finding]:
    """Two decisive criteria for different options that hold together."""
    compiler = standing.compiler
    decisive = [i for i in compiler.active[decision.id] if decision.criteria[i].strength == "decisive"]
    if decision.many or len(decisive) < 2:
        return
    possible = compiler.diagrams.both(valid(compiler), compiler.applies(decision))
    for place, first in enumerate(decisive):
        for second in decisive[place + 1 :]:
            one, other = decision.criteria[first], decision.criteria[second]
            if one.option == other.option:
                continue
            both = compiler.diagrams.both(compiler.effective(decision, first), compiler.effective(decision, second))
            path = compiler.diagrams.path(compiler.diagrams.both(both, possible), TRUE)
            if path is not None:
                message = f"the decisive criteria {one.id!r} and {other.id!r} ({other.at}) hold together"
                yield finding(one.at, message, standing, path)


def without_outcome(decision: Decision, standing: Standing) -> Iterator[Finding]:
    """A valid profile for which every option is ruled out."""
    if decision.many or len(decision.options) == 1:
        return
    compiler, diagrams = standing.compiler, standing.compiler.diagrams
    left = diagrams.both(valid(compiler), compiler.applies(decision))
    for option in decision.options:
        out = FALSE
        for index in compiler.active[decision.id]:
            criterion = decision.criteria[index]
            if criterion.option == option.id and criterion.effect == "rules_out":
                out = diagrams.either(out, compiler.effective(decision, index))
        if out == FALSE:
            return
        left = diagrams.both(left, out)
    path = diagrams.path(left, TRUE)
    if path is not None:
        yield finding(decision.at, f"every option of {decision.id!r} is ruled out", standing, path)


def never_chosen(decision: Decision, standing: Standing, extent: Extent) -> Iterator[Finding]:
    """Options that no valid profile chooses, although their service can be had."""
    compiler, diagrams = standing.compiler, standing.compiler.diagrams
    possible = valid(compiler)
    gone = {decision.criteria[i].option for i in compiler.active[decision.id] if decision.criteria[i].derived}
    for option in decision.options:
        if option.id in gone or not extent.option(decision.id, option):
            continue
        wins = diagrams.both(compiler.outcome(decision.id, option.id), possible)
        if complete_path(compiler, wins) is None:  # unknown is no answer
            yield finding(option.at, f"no profile chooses the option {option.id!r} of {decision.id!r}", standing)


def dead_reasons(decision: Decision, standing: list[Standing], extent: Extent) -> Iterator[Finding]:
    """Reasons whose removal changes applicability on no day, under no basis, for no profile."""
    for index, reason in enumerate(decision.reasons):
        if not extent.reason(decision.id, reason):
            continue
        for one in standing:
            diagrams = one.compiler.diagrams
            without = one.compiler.applies(decision, index) if len(decision.reasons) > 1 else FALSE
            missed = diagrams.both(one.compiler.applies(decision), diagrams.negated(without))
            if diagrams.both(missed, valid(one.compiler)) != FALSE:
                break
        else:
            message = f"the reason {reason.id!r} of {decision.id!r} is dead: the others cover it"
            yield finding(reason.at, message, standing[0])


def opposed(decision: Decision, standing: Standing, extent: Extent) -> Iterator[Finding]:
    """One overlay rules out what another one favours, for one and the same profile."""
    compiler, diagrams = standing.compiler, standing.compiler.diagrams
    own = [i for i in compiler.active[decision.id] if decision.criteria[i].basis in extent.overlays]
    for first, second in permutations(own, 2):
        one, other = decision.criteria[first], decision.criteria[second]
        if one.basis == other.basis or one.option != other.option:
            continue
        if (one.effect, other.effect) != ("rules_out", "favours"):
            continue
        possible = diagrams.both(valid(compiler), compiler.applies(decision))
        both = diagrams.both(compiler.effective(decision, first), compiler.effective(decision, second))
        path = diagrams.path(diagrams.both(both, possible), TRUE)
        if path is not None:
            said = f"{one.basis} rules out {one.option!r} in {decision.id!r}, which {other.basis} favours ({other.at})"
            yield finding(one.at, f"{said}; two overlays may not disagree", standing, path)


def complete_path(compiler: Compiler, root: int) -> dict[int, int] | None:
    """Classes of one complete profile that leads to true, as far as the diagram tests them; None where none does."""
    diagrams = compiler.diagrams
    memo: dict[int, bool] = {}
    firsts = [variable.first for variable in compiler.variables]

    def leads(node: int) -> bool:
        if node < TERMINALS:
            return node == TRUE
        if node not in memo:
            memo[node] = any(map(leads, diagrams.children[node][firsts[diagrams.variable[node]] :]))
        return memo[node]

    if not leads(root):
        return None
    found: dict[int, int] = {}
    while root >= TERMINALS:
        variable, children = diagrams.variable[root], diagrams.children[root]
        at = next(c for c in range(firsts[variable], len(children)) if leads(children[c]))
        found[variable], root = at, children[at]
    return found


def finding(at: str, message: str, standing: Standing, path: dict[int, int] | None = None) -> Finding:
    """A finding at a place, on the day of a standing, with the profile that a path leads to."""
    file, _, line = at.rpartition(":")
    witness = ""
    if path is not None:
        witness = f" for: {words_of(standing.view.base, known_of(standing.compiler, path))}"
    return Finding(Place(file, int(line)), f"{message} ({standing}){witness}.")


