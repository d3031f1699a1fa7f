"""What the rules make of the whitepaper: each of its statements, and what carries it.

`rules/coverage.yaml` holds the statements in our own words. A statement is carried by criteria or reasons, or it is
information that decides nothing, or it is left out with a reason. It counts as carried only if an example fails
without one of the criteria that it names.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from dataarch import yamltree
from dataarch.check.examples import Example
from dataarch.engine.engine import Engine
from dataarch.errors import Finding, Place, RuleBaseError
from dataarch.rulebase.fields import Fields, Findings
from dataarch.rulebase.model import NOT_APPLICABLE
from dataarch.rulebase.sources import COVERAGE

CARRIED, INFORMATION, LEFT_OUT = "carried", "information", "left out"


class Statement(NamedTuple):
    """One statement of the whitepaper. `carried_by` names criteria and reasons as `decision.id`, `services` what else
    of the rules knows it; `why` says why nothing carries it."""

    id: str
    reference: str
    says: str
    fate: str
    carried_by: list[str]
    services: list[str]
    why: str
    place: Place


class Section(NamedTuple):
    """The statements of one part of the whitepaper."""

    title: str
    statements: list[Statement]


def read_coverage(engine: Engine, folder: str, prefix: str, findings: Findings) -> list[Section]:
    """The statements of a folder of rules, none if it has no such file; what is wrong goes to the findings."""
    path, shown = os.path.join(folder, COVERAGE), prefix + COVERAGE
    if not os.path.isfile(path):
        return []
    with open(path, encoding="utf-8") as file:
        top = Fields(yamltree.parse(file.read(), shown), shown, "the file of statements", findings)
    found: list[Section] = []
    seen: set[str] = set()
    for item in top.items("sections", required=True):
        fields = Fields(item, shown, "a section", findings)
        title = fields.text("title")
        statements = [
            _statement(engine, Fields(one, shown, "a statement", findings), findings)
            for one in fields.items("statements", required=True)
        ]
        fields.end()
        found.append(Section(title, statements))
        for one in statements:
            if one.id in seen:
                findings.add(one.place, f"the statement {one.id!r} stands twice.")
            seen.add(one.id)
    top.end()
    return found


def uncarried(engine: Engine, sections: list[Section], examples: list[Example]) -> list[Finding]:
    """The statements that are said to be carried, though no example fails without what carries them."""
    matters = {name: False for section in sections for one in section.statements for name in one.carried_by}
    for example in examples:
        _note(engine, example, matters)
    return [
        Finding(one.place, f"no example fails without what carries {one.id!r} ({', '.join(one.carried_by)}).")
        for section in sections
        for one in section.statements
        if one.fate == CARRIED and not any(matters[name] for name in one.carried_by)
    ]


def _note(engine: Engine, example: Example, matters: dict[str, bool]) -> None:
    """Marks the criteria and reasons without which an example has another outcome."""
    decision = engine.base.decisions[example.decision]
    wanted = [name for name, found in matters.items() if not found and name.split(".")[0] == example.decision]
    if not wanted:
        return
    try:
        view = engine.view(example.basis, example.as_of)
        bits, _ = engine.bits(example.answers.known)
        for id, verdict in view.evaluate(bits).items():
            if id == example.decision:
                break
            bits |= view.outcome_bits(id, verdict)
    except RuleBaseError:
        return
    verdict = view.verdict(example.decision, bits)
    for name in wanted:
        id = name.split(".", 1)[1]
        index = next((place for place, one in enumerate(decision.criteria) if one.id == id), None)
        if index is None:
            alone = [decision.reasons[place].id for place in verdict.reasons] == [id]
            matters[name] = alone and example.choice != [NOT_APPLICABLE]
        elif index in view.active[decision.id]:
            matters[name] = set(view.verdict(decision.id, bits, without=index).chosen) != set(verdict.chosen)


def _statement(engine: Engine, fields: Fields, findings: Findings) -> Statement:
    place = fields.place()
    id, reference, says = fields.id(), fields.text("reference"), fields.text("says")
    carried, services = fields.texts("carried_by"), fields.texts("services")
    information, left_out = fields.text("information", required=False), fields.text("left_out", required=False)
    fields.end()
    findings.known(reference, engine.base.references, place, "the reference")
    if sum(map(bool, (carried, information, left_out))) != 1:
        findings.add(place, f"the statement {id!r} needs one of carried_by, information and left_out.")
    for service in services:
        findings.known(service, engine.base.services, place, "the service")
    known = []
    for name in carried:
        decision, _, rule = name.partition(".")
        if findings.known(decision, engine.base.decisions, place, "the decision"):
            about = engine.base.decisions[decision]
            ids = [one.id for one in about.criteria] + [one.id for one in about.reasons]
            if findings.known(rule, ids, place, f"the criterion or reason of {decision!r}"):
                known.append(name)
    fate = CARRIED if carried else INFORMATION if information else LEFT_OUT
    return Statement(id, reference, says, fate, known, services, information or left_out, place)
