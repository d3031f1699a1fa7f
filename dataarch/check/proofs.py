"""What can be proven of a rule base over every profile, on every day on which something changes.

Profiles here include those with unknown answers, whose tests do not hold: what is proven for them holds for complete
ones, too. Most of it shows at once: a sample is a witness, and what cannot be while every outcome stands for itself
cannot be at all. Only what neither settles is proven on the whole diagrams.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations
from random import Random
from typing import Any, NamedTuple

from dataarch.check.apart import Apart
from dataarch.check.extent import Extent
from dataarch.check.samples import Samples
from dataarch.check.witness import known_of, words_of
from dataarch.engine.compile import Compiler
from dataarch.engine.engine import ALL, WHITEPAPER, Engine
from dataarch.engine.evaluate import View
from dataarch.engine.roots import FALSE, TERMINALS, TRUE
from dataarch.errors import Finding, Place
from dataarch.rulebase.model import Decision

COMPLETED = 8
"""How often each start is completed at random to find a profile that chooses an option."""


class Standing(NamedTuple):
    """A rule base as it stands under one basis from one day on, with its diagrams, whole and apart."""

    view: View
    compiler: Compiler
    apart: Apart

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
            found.append(standing_of(engine, view, found[0] if found else None))
    return found


def standing_of(engine: Engine, view: View, like: Standing | None = None) -> Standing:
    """The base as it stands in a view; `like` lends it what is built already."""
    compiler = Compiler(engine.base, view.active, like.compiler if like else None)
    return Standing(view, compiler, Apart(engine.base, view.active, like.apart if like else None))


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


def conflicts(decision: Decision, standing: Standing) -> Iterator[Finding]:
    """Two decisive criteria for different options that hold together."""
    decisive = [i for i in standing.compiler.active[decision.id] if decision.criteria[i].strength == "decisive"]
    if decision.many:
        return
    for first, second in combinations(decisive, 2):
        one, other = decision.criteria[first], decision.criteria[second]
        if one.option == other.option or _both(decision, first, second, standing.apart) == FALSE:
            continue
        path = standing.compiler.diagrams.path(_both(decision, first, second, standing.compiler), TRUE)
        if path is not None:
            message = f"the decisive criteria {one.id!r} and {other.id!r} ({other.at}) hold together"
            yield finding(one.at, message, standing, path)


def _both(decision: Decision, first: int, second: int, compiler: Compiler) -> int:
    """The diagram of the valid profiles for which a decision applies and two of its criteria hold and count."""
    both = compiler.diagrams.both(compiler.effective(decision, first), compiler.effective(decision, second))
    return both if both == FALSE else compiler.possible(both, compiler.applies(decision))


def without_outcome(decision: Decision, standing: Standing) -> Iterator[Finding]:
    """A valid profile for which every option is ruled out."""
    if decision.many or len(decision.options) == 1:
        return
    barred: dict[str, list[int]] = {option.id: [] for option in decision.options}
    for index in standing.compiler.active[decision.id]:
        if decision.criteria[index].effect == "rules_out":
            barred[decision.criteria[index].option].append(index)
    if not all(barred.values()) or _none_left(decision, barred, standing.apart) == FALSE:
        return
    path = standing.compiler.diagrams.path(_none_left(decision, barred, standing.compiler), TRUE)
    if path is not None:
        yield finding(decision.at, f"every option of {decision.id!r} is ruled out", standing, path)


def _none_left(decision: Decision, barred: dict[str, list[int]], compiler: Compiler) -> int:
    """The diagram of the valid profiles for which a decision applies and every option has one that rules it out."""
    diagrams, left = compiler.diagrams, TRUE
    for indexes in barred.values():
        out = FALSE
        for index in indexes:
            out = diagrams.either(out, compiler.effective(decision, index))
        left = diagrams.both(left, out)
    return left if left == FALSE else compiler.possible(left, compiler.applies(decision))


def never_chosen(decision: Decision, standing: Standing, extent: Extent, samples: Samples) -> Iterator[Finding]:
    """Options that no valid profile chooses, although their service can be had."""
    compiler = standing.compiler
    active = [decision.criteria[index] for index in compiler.active[decision.id]]
    gone = {criterion.option for criterion in active if criterion.derived and criterion.effect == "rules_out"}
    wanted = {place for place, option in enumerate(decision.options)
              if option.id not in gone and extent.option(decision.id, option)}  # fmt: skip
    wanted -= _chosen(decision, standing, samples, wanted)
    for option in (decision.options[place] for place in sorted(wanted)):
        wins = compiler.possible(compiler.outcome(decision.id, option.id))
        if complete_path(compiler, wins) is None:  # unknown is no answer
            yield finding(option.at, f"no profile chooses the option {option.id!r} of {decision.id!r}", standing)


def _chosen(decision: Decision, standing: Standing, samples: Samples, wanted: set[int]) -> set[int]:
    """Which of the options some sampled profile, completed, chooses."""
    random, view, found = Random(len(wanted)), standing.view, set[int]()
    for number in range(COMPLETED):
        for one in samples.of(decision.id, view):
            if found >= wanted:
                return found
            if number and found.issuperset(one.verdict.chosen):
                continue
            full = samples.sample(decision.id, view, samples.completed([decision.id], one.known, random))
            found |= set(full.verdict.chosen) if full else set()
    return found


def dead_reasons(decision: Decision, standing: list[Standing], extent: Extent, samples: Samples) -> Iterator[Finding]:
    """Reasons whose removal changes applicability on no day, under no basis, for no profile."""
    for index, reason in enumerate(decision.reasons):
        if not extent.reason(decision.id, reason):
            continue
        if any(one.verdict.reasons == [index] for at in standing for one in samples.of(decision.id, at.view)):
            continue
        if not any(_alone(decision, index, at.apart) and _alone(decision, index, at.compiler) for at in standing):
            message = f"the reason {reason.id!r} of {decision.id!r} is dead: the others cover it"
            yield finding(reason.at, message, standing[0])


def _alone(decision: Decision, index: int, compiler: Compiler) -> bool:
    """Whether some valid profile has this reason and no other."""
    diagrams = compiler.diagrams
    without = compiler.applies(decision, index) if len(decision.reasons) > 1 else FALSE
    missed = diagrams.both(compiler.applies(decision), diagrams.negated(without))
    return compiler.possible(missed) != FALSE


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
        both = [compiler.effective(decision, index) for index in (first, second)]
        path = diagrams.path(compiler.possible(*both, compiler.applies(decision)), TRUE)
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


