"""What a project is made of: the choice of each decision, how it came about, and what is said for and against it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dataarch.errors import UserError
from dataarch.recommendation import Decided, Evidence, Recommendation
from dataarch.rulebase.model import NONE, RuleBase
from dataarch.scaffold.template import Template, parts
from dataarch.spelling import meant, shown

DECIDED, CHOSEN, FORCED, DEFAULT, FALLBACK, ALWAYS, FOLLOWS, NOT_REALISED = (
    "decided", "chosen", "forced", "default", "fallback", "always", "follows", "not-realised",
)  # fmt: skip


class Choice(NamedTuple):
    """The choice of a decision. `how` is decided (by the answers), chosen (by hand), forced (against the rules),
    default (nothing was decided), fallback (what was decided is not in the template), always (the same in every project
    of the pattern), follows (from another choice), or not-realised (decided, and no part of the project). `advised` is
    what the rules say."""

    decision: str
    options: list[str]
    how: str
    advised: list[str]
    objections: list[Evidence]
    decided: Decided | None


def lacking(one: Choice) -> list[str]:
    """What was decided and the project does not have."""
    return [option for option in one.advised if option not in one.options]


def parse(settings: Iterable[str]) -> dict[str, str]:
    """The choices of `--choose decision=option` texts. Raises UserError for one of another form, or named twice."""
    found: dict[str, str] = {}
    for text in settings:
        decision, equals, option = (part.strip() for part in text.partition("="))
        if not (decision and equals and option):
            raise UserError.plain(f"--choose {shown(text)} is not of the form decision=option.")
        if decision in found:
            raise UserError.plain(f"--choose names {shown(decision)} twice.")
        found[decision] = option
    return found


def choose(template: Template, recommendation: Recommendation, by_hand: dict[str, str], force: bool) -> list[Choice]:
    """The choice of every decision of a template, and of those that were decided beside it.

    Raises UserError for a choice that does not exist, that the template does not have, or, unless forced, that the
    rules rule out.
    """
    base = recommendation.engine.base
    for decision, option in by_hand.items():
        _refuse_unknown(template, base, decision, option)
    answered = bool(recommendation.profile.answers)
    opened = [_open(template, recommendation, one, by_hand.get(one, ""), force) for one in template.open]
    settled = template.settled({one.decision: one.options for one in opened})
    found = [*(_settled(template, settled[one], recommendation, one) for one in settled), *opened]
    chosen = {one.decision: one.options for one in found}
    without = {one.decision for one in found if not template.has(one.decision, chosen)}
    _refuse_placeless(template, by_hand, without)
    found = [one for one in found if one.decision not in without]
    if answered:
        inside = {*template.open, *settled} - without
        found += [
            Choice(id, advised, NOT_REALISED, advised, [], recommendation.decisions[id])
            for id in recommendation.decisions
            if id not in inside and (advised := _advised(recommendation, id))
        ]
    return found


def _settled(template: Template, offer: str, recommendation: Recommendation, decision: str) -> Choice:
    options, how = parts(offer), ALWAYS if decision in template.fixed else FOLLOWS
    if not recommendation.profile.answers:
        return Choice(decision, options, how, options, [], None)
    decided = recommendation.decisions.get(decision)
    return Choice(decision, options, how, _advised(recommendation, decision), [], decided)


def _open(template: Template, recommendation: Recommendation, decision: str, by_hand: str, force: bool) -> Choice:
    offered, answered = template.open[decision], bool(recommendation.profile.answers)
    decided = recommendation.decisions.get(decision)
    advised = _advised(recommendation, decision) if answered else []
    if by_hand:
        chosen = parts(by_hand)
        objections = [one for option in chosen for one in _objections(decided, option)]
        if objections and not force:
            said = "; ".join(f"{one.because} [{one.reference}]" for one in objections)
            refusal = f"--choose {decision}={by_hand} is ruled out: {said}"
            raise UserError.plain(refusal, "Add --force to take it all the same.")
        how = FORCED if objections else DECIDED if set(chosen) == set(advised) else CHOSEN
        return Choice(decision, chosen, how, advised or chosen, objections, decided if answered else None)
    wanted = set(advised) if advised or not answered else {NONE}
    # Of a decision that selects many, the offer that has most of what was decided and nothing beside it.
    fitting = [offer for offer in offered if wanted and set(parts(offer)) <= wanted]
    if fitting:
        return Choice(decision, parts(max(fitting, key=lambda offer: len(parts(offer)))), DECIDED, advised, [], decided)
    how = FALLBACK if advised else DEFAULT
    return Choice(decision, parts(offered[0]), how, advised, [], decided if answered else None)


def _refuse_unknown(template: Template, base: RuleBase, decision: str, option: str) -> None:
    given = f"--choose {decision}={option}"
    known_here = decision in template.open or decision in template.fixed or template.settled_by(decision)
    if decision not in base.decisions and not known_here:
        known = [*template.open, *base.decisions]
        raise UserError.plain(f"{given}: there is no decision {shown(decision)}.", meant(decision, known))
    if decision in template.fixed:
        always = template.fixed[decision]
        raise UserError.plain(f"{given}: every {template.pattern} project has {decision}={always}.")
    if other := template.settled_by(decision):
        brings = [f"{other}={one}" for one, found in template.settles[other].items() if found.get(decision) == option]
        refusal = f"{given}: in a {template.pattern} project it follows from {other}."
        raise UserError.plain(refusal, f"Choose {' or '.join(brings) or other}.")
    if decision not in template.open:
        varies = ", ".join(template.open)
        raise UserError.plain(f"{given}: the {template.pattern} template does not vary this; it varies {varies}.")
    offered = template.open[decision]
    if option in offered:
        return
    known = [one.id for one in base.decisions[decision].options] if decision in base.decisions else offered
    if all(part in known for part in parts(option)):
        raise UserError.plain(f"{given}: the {template.pattern} template has {', '.join(offered)} for it.")
    raise UserError.plain(f"{given}: {shown(option)} is no option of {decision}.", meant(option, offered))


def _refuse_placeless(template: Template, by_hand: dict[str, str], without: set[str]) -> None:
    """Raises UserError where a decision is named that the project does not have beside its other choices."""
    for decision in sorted(by_hand.keys() & without):
        needs = " and ".join(f"{other}={' or '.join(options)}" for other, options in template.follows[decision].items())
        raise UserError.plain(f"--choose {decision}={by_hand[decision]} has a place only with {needs}.")


def _advised(recommendation: Recommendation, decision: str) -> list[str]:
    """The options that lead, of a decision of one or of many; none where it is not needed."""
    decided = recommendation.decisions.get(decision)
    if decided is None or decided.choice is None:
        return []
    return list(decided.choice) if isinstance(decided.choice, list) else [decided.choice]


def _objections(decided: Decided | None, option: str) -> list[Evidence]:
    """The criteria that rule an option out for the workload."""
    ranked = decided.ranking if decided else []
    return [one for place in ranked if place.option == option for one in place.because if one.effect == "rules_out"]
