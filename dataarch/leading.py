"""The leading outcome of a decision, as it is printed: one that a valid completion of the unknown answers has."""

from typing import NamedTuple

from dataarch.engine.evaluate import Verdict
from dataarch.engine.flips import Choice
from dataarch.engine.graph import Scope
from dataarch.engine.roots import NA, OPTIONS
from dataarch.rulebase.model import Decision


class Leading(NamedTuple):
    """The leading outcome of one decision: the verdict that has it, and the choice that it makes. `could_be` names
    every outcome of a valid completion, None among them where the decision may not apply; `always`, for a decision that
    selects many, the options that every one of them selects."""

    verdict: Verdict
    settled: bool
    choice: Choice
    could_be: list[str | None]
    always: list[str]


def leading(decision: Decision, verdict: Verdict, scopes: list[Scope]) -> Leading:
    """What a decision comes to, from its plain verdict and from what its roots can still come to."""
    ids = [option.id for option in decision.options]
    could_be: list[str | None] = []
    always: list[str] = []
    if decision.many:
        may_apply, *selected = scopes
        could_be = [id for id, scope in zip(ids, selected, strict=True) if scope.terminals & 2]
        always = [id for id, scope in zip(ids, selected, strict=True) if scope.terminals == 2]
        if may_apply.terminals & 1:
            could_be.append(None)
    else:
        terminals = scopes[0].terminals
        could_be = [id for place, id in enumerate(ids) if terminals >> (OPTIONS + place) & 1]
        if terminals >> NA & 1:
            could_be.append(None)
    settled = all(scope.settled for scope in scopes)
    verdict = _possible(decision, verdict, could_be, always)
    return Leading(verdict, settled, choice_of(decision, verdict, settled), could_be, always)


def choice_of(decision: Decision, verdict: Verdict, settled: bool) -> Choice:
    """The choice that a verdict makes: null where it does not apply, or is open and nothing speaks for an option."""
    if not verdict.applies:
        return None
    chosen = [decision.options[place].id for place in verdict.chosen]
    if decision.many:
        return chosen
    if not settled and len(decision.options) > 1 and not any(decision.criteria[i].speaks for i in verdict.held):
        return None
    return chosen[0] if chosen else None


def _possible(decision: Decision, verdict: Verdict, could_be: list[str | None], always: list[str]) -> Verdict:
    """The verdict with a leading outcome that some completion has.

    Tests of unknown answers do not hold in the leading outcome; where two of them exclude each other (a criterion for
    yes, another for no) that can be the outcome of no completion, and then the one with the most points stands in.
    """
    ids = [option.id for option in decision.options]
    options = [place for place, id in enumerate(ids) if id in could_be]
    if not verdict.applies and None not in could_be:
        verdict = verdict._replace(applies=True)
    elif verdict.applies and not options and None in could_be and not decision.many:
        return verdict._replace(applies=False, chosen=())
    if not verdict.applies:
        return verdict
    ranked = sorted(options, key=lambda place: (not verdict.decisive[place], -verdict.points[place], place))
    if decision.many:
        chosen = [place for place in verdict.chosen if place in options]
        return verdict._replace(chosen=(*chosen, *(p for p in ranked if ids[p] in always and p not in chosen)))
    if verdict.chosen and verdict.chosen[0] in options:
        return verdict
    return verdict._replace(chosen=tuple(ranked[:1]))
