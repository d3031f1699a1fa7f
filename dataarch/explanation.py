"""What `explain` shows: a decision, an option, two options side by side, a pattern, or anything else with a name."""

from __future__ import annotations

from typing import NamedTuple

from dataarch.changes import Changes, changes
from dataarch.engine.engine import Engine
from dataarch.engine.trace import Trace, Tracer, Tracing, traced
from dataarch.errors import UserError
from dataarch.profile import Profile
from dataarch.recommendation import PATTERN, Decided, Recommendation, recommend
from dataarch.rulebase.availability import status_on
from dataarch.rulebase.condition import words
from dataarch.rulebase.model import Criterion, Decision, Option, Reason
from dataarch.subject import QUESTION, REFERENCE, SERVICE, Subject, subject


class Weighed(NamedTuple):
    """A criterion or a reason with its condition in words and, for a workload, its trace. `active` says whether it has
    weight on the day of evaluation, `counts` whether it counts for the leading outcome: what is unknown can count so
    far, since `not` of the test of an unknown answer holds."""

    entry: Criterion | Reason
    condition: str
    active: bool
    counts: bool
    trace: Trace | None


class Explained(NamedTuple):
    """A decision: which of its options are looked at, its reasons and criteria, and, for a workload, what came out and
    what flips it."""

    decision: Decision
    options: list[Option]
    services: dict[str, str]
    reasons: list[Weighed]
    criteria: list[Weighed]
    decided: Decided | None
    changes: Changes | None


class Walked(NamedTuple):
    """A pattern with the decisions that realise each step: (step, its decisions explained)."""

    pattern: str
    decisions: dict[str, Decided]


class Explanation(NamedTuple):
    """The answer to one `explain`: a pattern's steps, if one was asked for, and the decisions that matter to it; or
    the service, reference or question that was asked for instead."""

    asked: tuple[str, ...]
    walked: Walked | None
    explained: list[Explained]
    recommendation: Recommendation
    subject: Subject | None = None


def explain(engine: Engine, names: list[str], profile: Profile, basis: str = "all", day: str = "") -> Explanation:
    """The explanation of what is named: a decision, an option, two options, a pattern, a service, a reference or a
    question.

    Raises UserError for a name that is none of these, with the nearest one.
    """
    base = engine.base
    subjects = [subject(base, name) for name in names]
    recommendation = recommend(engine, profile, basis, day)
    other = next((one for one in subjects if one.kind in (SERVICE, REFERENCE, QUESTION)), None)
    if other and len(names) > 1:
        raise UserError.plain(f"{other.id} is a {other.kind}; only two options of one decision can be compared.")
    if other:
        return Explanation((other.id,), None, [], recommendation, other)
    tracer = None
    if profile.answers:
        tracer = traced(Tracing(engine), recommendation.view, profile)
    if len(names) == 1 and names[0] in base.decisions:
        decisions = {names[0]: [option.id for option in base.decisions[names[0]].options]}
    else:
        decisions = {
            id: [option.id for option in decision.options if option.id in names]
            for id, decision in base.decisions.items()
            if set(names) <= {option.id for option in decision.options}
        }
    if not decisions:
        raise UserError.plain(f"{' and '.join(names)} are options of no common decision; explain them one by one.")
    walked = None
    if len(names) == 1 and names[0] in base.patterns:
        walked = Walked(names[0], recommendation.decisions if profile.answers else {})
    return Explanation(
        tuple(names),
        walked,
        [_explained(engine, recommendation, tracer, id, options) for id, options in decisions.items()],
        recommendation,
    )


def topics(engine: Engine) -> dict[str, list[str]]:
    """What can be explained: the decisions with their options; the options of `pattern` are the patterns."""
    return {id: [option.id for option in decision.options] for id, decision in engine.base.decisions.items()}


def _explained(engine: Engine, recommendation: Recommendation, tracer: Tracer | None, id: str,
               options: list[str]) -> Explained:  # fmt: skip
    base, view = engine.base, recommendation.view
    decision = base.decisions[id]
    chosen = [option for option in decision.options if option.id in options]
    services = {
        option.id: status_on(base.services[option.service], view.day)["name"] for option in chosen if option.service
    }

    verdict = tracer.verdicts[id] if tracer else None

    def weighed(entry: Criterion | Reason, active: bool, counts: bool) -> Weighed:
        text = words(entry.when, base.types)
        return Weighed(entry, text, active, counts, tracer.trace(entry.when) if tracer else None)

    decided = recommendation.pattern if id == PATTERN else recommendation.decisions[id]
    return Explained(
        decision,
        chosen,
        services,
        [weighed(r, True, bool(verdict and place in verdict.reasons)) for place, r in enumerate(decision.reasons)],
        [
            weighed(criterion, index in view.active[id], bool(verdict and index in verdict.held))
            for index, criterion in enumerate(decision.criteria)
            if criterion.option in options
        ],
        decided if tracer else None,
        changes(engine, view, recommendation.profile.known, id) if tracer else None,
    )
