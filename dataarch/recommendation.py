"""A recommendation: the pattern, every layer's decision, and what can be said of each.

Everything here is a view of one evaluation; nothing is written per decision.
"""

from typing import NamedTuple

from dataarch.consequences import Service, Warning, services, warnings
from dataarch.engine import flips as single_edits
from dataarch.engine.atoms import holds
from dataarch.engine.engine import Engine
from dataarch.engine.evaluate import Verdict, View
from dataarch.engine.flips import Choice, Flip
from dataarch.engine.graph import Graph, Scope
from dataarch.errors import Finding, Place, UserError
from dataarch.leading import leading
from dataarch.profile import Profile
from dataarch.rulebase.model import NONE, Decision, RuleBase
from dataarch.rulebase.walk import questions_in

PATTERN = "pattern"
CLEAR_MARGIN = 9
"""The margin in points from which a confidence is more than that of a close call: one strong criterion."""



class Evidence(NamedTuple):
    """One criterion, or reason, that holds for the workload. `under` names the finer criterion that stands for it;
    `since` is the day from which it was true, "" for a reason."""

    rule: str
    option: str
    effect: str
    strength: str
    basis: str
    because: str
    reference: str
    under: str
    since: str


class Rejected(NamedTuple):
    """An option that was not chosen: `why` in words, and the evidence about it."""

    option: str
    why: str
    because: list[Evidence]


class Ranked(NamedTuple):
    """An option with its points and the evidence that made them."""

    option: str
    score: int
    decisive: bool
    because: list[Evidence]


class Decided(NamedTuple):
    """What is known of one decision. `choice` is the leading outcome; `always` names, for a decision that selects
    many, the options that every completion selects; `margin` is in points, None for a decisive lead."""

    id: str
    status: str
    choice: Choice
    could_be: list[str | None]
    always: list[str]
    confidence: str | None
    margin: int | None
    because: list[Evidence]
    rejected: list[Rejected]
    ranking: list[Ranked]
    needs: list[str]
    flips: list[Flip]


class Recommendation(NamedTuple):
    """The whole answer for one profile."""

    engine: Engine
    view: View
    profile: Profile
    pattern: Decided
    decisions: dict[str, Decided]
    services: list[Service]
    warnings: list[Warning]
    unanswered: list[str]

    @property
    def none_fits(self) -> bool:
        """Whether the answer is that none of the patterns fits."""
        return self.pattern.choice == NONE

    @property
    def undecidable(self) -> bool:
        """Whether nothing that is known speaks for any pattern, nor for none of them."""
        return self.pattern.choice is None


def recommend(engine: Engine, profile: Profile, basis: str = "all", day: str = "") -> Recommendation:
    """The recommendation for a profile. Raises UserError where the profile meets a constraint."""
    view = engine.view(basis, day)
    bits, ineffective = engine.bits(profile.known)
    refuse_invalid(engine, profile, bits)
    verdicts = view.evaluate(bits)
    graph = engine.graph(view)
    classes = graph.classes(profile.known)
    scopes = _scopes(graph, classes)
    found = single_edits.flips(engine, view, graph, classes, profile.known)
    decided = {
        id: _decided(engine, decision, verdicts[id], scopes[id], graph, found[id])
        for id, decision in engine.base.decisions.items()
    }
    pattern = decided.pop(PATTERN)
    needed = services(engine, view, {id: one.choice for id, one in decided.items()})
    open_needs = {key for one in [pattern, *decided.values()] for key in one.needs}
    return Recommendation(
        engine,
        view,
        profile,
        pattern,
        decided,
        needed,
        warnings(engine, view, verdicts, bits, ineffective, needed, profile.answers),
        [id for id in engine.base.questions if id in open_needs and id not in profile.answers],
    )


def refuse_invalid(engine: Engine, profile: Profile, bits: int) -> None:
    """Raises UserError with every constraint that the known answers meet."""
    findings = []
    for constraint, test in zip(engine.base.constraints, engine.tests["constraints"], strict=True):
        if holds(test, bits):
            keys = [key for key in questions_in(constraint.when) if key in profile.answers]
            places = "; ".join(f"{key}: {profile.answers[key].place}" for key in keys)
            place = profile.answers[keys[0]].place if keys else Place("")
            findings.append(Finding(place, constraint.message, f"({places})"))
    if findings:
        raise UserError(*findings)


def evidence(decision: Decision, index: int, under: str = "") -> Evidence:
    """A criterion as evidence."""
    criterion = decision.criteria[index]
    return Evidence(
        f"{decision.id}.{criterion.id}",
        criterion.option,
        criterion.effect,
        criterion.strength or "rules out",
        criterion.basis,
        criterion.because,
        criterion.reference,
        under,
        criterion.since,
    )


def _scopes(graph: Graph, classes: list[int]) -> dict[str, list[Scope]]:
    roots = [(id, root) for id, r in graph.roots.items() for root in r.all()]
    scopes = graph.scopes([root for _, root in roots], classes)
    found: dict[str, list[Scope]] = {}
    for (id, _), scope in zip(roots, scopes, strict=True):
        found.setdefault(id, []).append(scope)
    return found


def _decided(engine: Engine, decision: Decision, verdict: Verdict, scopes: list[Scope], graph: Graph,
             flips: list[Flip]) -> Decided:  # fmt: skip
    verdict, settled, choice, could_be, always = leading(decision, verdict, scopes)
    depends = 0
    for scope in scopes:
        if not scope.settled:
            depends |= scope.depends
    needed = {graph.variables[index].question for index in range(depends.bit_length()) if depends >> index & 1}
    status = "not-applicable" if settled and not verdict.applies else "settled" if settled else "open"
    margin = _margin(decision, verdict)
    about = [_about(decision, verdict, place) for place in range(len(decision.options))]
    return Decided(
        decision.id,
        status,
        choice,
        could_be,
        always,
        _confidence(decision, verdict, settled, margin),
        margin,
        _because(engine.base, decision, verdict, about),
        _rejected(decision, verdict, about) if verdict.applies and len(decision.options) > 1 else [],
        _ranking(decision, verdict, about),
        [id for id in engine.base.questions if id in needed],
        [flip for flip in flips if flip.choice != choice],
    )


def _margin(decision: Decision, verdict: Verdict) -> int | None:
    """The lead in points: over the next option, or, where many are selected, the least of any selected one."""
    if not verdict.chosen or len(decision.options) == 1:
        return 0 if len(decision.options) > 1 else None
    if decision.many:
        weighed = [verdict.points[place] for place in verdict.chosen if not verdict.decisive[place]]
        return min(weighed) if weighed else None
    first = verdict.chosen[0]
    left = [place for place in range(len(decision.options)) if place != first and not verdict.ruled_out[place]]
    if verdict.decisive[first] or not left:
        return None
    # What stands in for an outcome that no completion has can be behind it: that is no lead.
    return max(verdict.points[first] - max(verdict.points[place] for place in left), 0)


def _confidence(decision: Decision, verdict: Verdict, settled: bool, margin: int | None) -> str | None:
    if not verdict.applies:
        return "high" if settled else "low"
    clear = margin is None or margin >= CLEAR_MARGIN
    tied = margin == 0 and not decision.many
    if tied:
        return "low"
    return "high" if settled and clear else "medium" if settled or clear else "low"


def _because(base: RuleBase, decision: Decision, verdict: Verdict, about: list[list[Evidence]]) -> list[Evidence]:
    """The reasons for which it applies, then the evidence for what was chosen, the strongest first."""
    reasons = [
        Evidence(id, "", "applies", "", base.origin("reason", id), reason.because, reason.reference, "", "")
        for reason in (decision.reasons[index] for index in verdict.reasons)
        for id in [f"{decision.id}.{reason.id}"]
    ]
    return reasons + [one for place in verdict.chosen for one in about[place]]


def _about(decision: Decision, verdict: Verdict, place: int) -> list[Evidence]:
    """All evidence about one option, the strongest first, a finer criterion before those that it stands for."""
    option = decision.options[place].id
    criteria = decision.criteria
    held = [index for index in verdict.held if criteria[index].option == option]
    held.sort(key=lambda index: (criteria[index].strength != "decisive", -abs(criteria[index].points)))
    found: list[Evidence] = []
    for index in held:
        found.append(evidence(decision, index))
        finer = decision.criteria[index]
        found += [
            evidence(decision, under, f"{decision.id}.{finer.id}")
            for under in verdict.narrowed
            if decision.criteria[under].id in finer.refines
        ]
    return found


def _rejected(decision: Decision, verdict: Verdict, about_all: list[list[Evidence]]) -> list[Rejected]:
    found = []
    leader = verdict.chosen[0] if verdict.chosen and not decision.many else None
    for place, option in enumerate(decision.options):
        if place in verdict.chosen:
            continue
        about = about_all[place]
        if verdict.ruled_out[place]:
            why = next(one.because for one in about if one.effect == "rules_out")
        elif leader is not None and verdict.decisive[leader]:
            why = "A decisive reason speaks for another option."
        elif leader is not None and verdict.points[place] == verdict.points[leader]:
            why = f"Level on points; {decision.options[leader].id} stands first in the declared order."
        elif leader is not None and verdict.points[place] > 0:
            points = verdict.points[place]
            why = f"{points} point{'' if points == 1 else 's'} against {verdict.points[leader]}."
        elif any(one.effect == "against" for one in about):
            why = next(one.because for one in about if one.effect == "against")
        else:
            why = "Too little speaks in favour." if about else "Nothing you said speaks in favour."
        found.append(Rejected(option.id, why, about))
    return found


def _ranking(decision: Decision, verdict: Verdict, about: list[list[Evidence]]) -> list[Ranked]:
    order = sorted(
        range(len(decision.options)),
        key=lambda place: (verdict.ruled_out[place], not verdict.decisive[place], -verdict.points[place], place),
    )
    return [
        Ranked(decision.options[place].id, verdict.points[place], verdict.decisive[place],
               about[place])
        for place in order
    ]  # fmt: skip
