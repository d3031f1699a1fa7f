"""The examples beside each decision, run: phrases that an architect would say, with the outcome they must have."""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import NamedTuple

from dataarch import files, yamltree
from dataarch.engine.engine import Engine
from dataarch.engine.evaluate import Verdict
from dataarch.errors import Finding, Place, UserError
from dataarch.profile import Given, Profile, profile
from dataarch.recommendation import refuse_invalid
from dataarch.rulebase.fields import Fields, Findings
from dataarch.rulebase.model import NOT_APPLICABLE, Decision
from dataarch.rulebase.sources import EXAMPLES
from dataarch.yamltree import Mapping, Scalar, Sequence


class Example(NamedTuple):
    """One example: what it says, the answers, and what must come out of which decision; `begins` is the day on which
    what `because` names began to count ("" where that is left open), `points` what some of the options have."""

    decision: str
    it: str
    answers: Profile
    choice: list[str]
    because: list[str]
    basis: str
    as_of: str
    begins: str
    points: dict[str, int]
    place: Place


def read_examples(engine: Engine, folder: str, prefix: str, findings: Findings) -> list[Example]:
    """All examples below a folder of rules; what is wrong with them goes to the findings."""
    found: list[Example] = []
    for path, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if not name.endswith(EXAMPLES):
                continue
            full = os.path.join(path, name)
            found += read_file(engine, full, prefix + os.path.relpath(full, folder).replace(os.sep, "/"), findings)
    return found


def read_file(engine: Engine, path: str, shown: str, findings: Findings) -> list[Example]:
    """The examples of one file, which messages call `shown`; what is wrong with them goes to the findings."""
    found: list[Example] = []
    tree = yamltree.parse(files.read_text(path, "examples"), shown)
    top = Fields(tree, shown, "a file of examples", findings)
    decision = top.text("decision")
    if findings.known(decision, engine.base.decisions, top.place("decision"), "the decision"):
        if os.path.basename(path) != decision + EXAMPLES:
            findings.add(top.place(), f"the examples of {decision!r} stand in {decision}{EXAMPLES}.")
        for item in top.items("examples", required=True):
            example = _example(engine, decision, Fields(item, shown, "an example", findings), findings)
            if example:
                found.append(example)
    top.end()
    return found


def failures(engine: Engine, examples: list[Example]) -> list[Finding]:
    """The examples that do not come out as they say."""
    found: list[Finding] = []
    for example in examples:
        try:
            view = engine.view(example.basis, example.as_of)
            bits, _ = engine.bits(example.answers.known)
            refuse_invalid(engine, example.answers, bits)
            verdict = view.evaluate(bits)[example.decision]
        except UserError as error:
            found += [Finding(example.place, f"the example {example.it!r}: {f.message}") for f in error.findings]
            continue
        decision = engine.base.decisions[example.decision]
        choice = [decision.options[place].id for place in verdict.chosen] if verdict.applies else [NOT_APPLICABLE]
        if sorted(choice) != sorted(example.choice):
            message = f"{_list(choice)} came out, and not {_list(example.choice)}"
            found.append(Finding(example.place, f"the example {example.it!r}: {message}."))
        for id in sorted(set(example.because) - _held(decision, verdict), key=example.because.index):
            found.append(Finding(example.place, f"the example {example.it!r}: {id!r} does not hold and count."))
        for place, option in enumerate(decision.options):
            wanted = example.points.get(option.id, verdict.points[place])
            if wanted != verdict.points[place]:
                message = f"{option.id} has {verdict.points[place]} points, and not {wanted}"
                found.append(Finding(example.place, f"the example {example.it!r}: {message}."))
        if example.begins:
            found += _begun(engine, example, bits)
    return found


def _begun(engine: Engine, example: Example, bits: int) -> list[Finding]:
    """What is wrong with the day on which what an example names is said to begin."""
    decision = engine.base.decisions[example.decision]
    before = (date.fromisoformat(example.begins) - timedelta(days=1)).isoformat()
    try:
        there, yet = (
            set(example.because) <= _held(decision, engine.view(example.basis, day).evaluate(bits)[decision.id])
            for day in (example.begins, before)
        )
    except UserError as error:
        return [Finding(example.place, f"the example {example.it!r}: {one.message}") for one in error.findings]
    if there and not yet:
        return []
    message = f"what it names counts {'already' if there else 'not yet'} on {before if there else example.begins}"
    return [Finding(example.place, f"the example {example.it!r}: {message}.")]


def _held(decision: Decision, verdict: Verdict) -> set[str]:
    """The criteria that hold and count, and the reasons that hold."""
    held = {decision.criteria[index].id for index in verdict.held}
    return held | {decision.reasons[index].id for index in verdict.reasons}


def _example(engine: Engine, decision: str, fields: Fields, findings: Findings) -> Example | None:
    before = len(findings.found)
    it, tree = fields.text("it"), fields.tree("answers")
    given: list[Given] = []
    for key, value in tree.entries.items() if isinstance(tree, Mapping) else ():
        place = Place(fields.file, value.line)
        items = value.items if isinstance(value, Sequence) else []
        given.append(
            Given(key, value.text, place)
            if isinstance(value, Scalar)
            else Given(key, [item.text for item in items if isinstance(item, Scalar)], place)
        )
    choice = fields.texts("choice")
    allowed = [*(option.id for option in engine.base.decisions[decision].options), NOT_APPLICABLE]
    for option in choice:
        findings.known(option, allowed, fields.place("choice"), "the option")
    because = fields.texts("because")
    about = engine.base.decisions[decision]
    entries = [one.id for one in about.criteria] + [reason.id for reason in about.reasons]
    for id in because:
        findings.known(id, entries, fields.place("because"), "the criterion or reason")
    basis = fields.one_of("basis", ("all", "whitepaper"), required=False) or "all"
    as_of, begins = fields.date("as_of", required=False), fields.date("from", required=False)
    if begins and not because:
        findings.add(fields.place("from"), "'from' says since when what 'because' names counts, and there is none.")
    points = _points(fields, [option.id for option in about.options], findings)
    fields.end()
    try:
        answers = profile(engine.base.questions, given)
    except UserError as error:
        findings.found += error.findings
        return None
    if len(findings.found) > before:
        return None
    return Example(decision, it, answers, choice, because, basis, as_of, begins, points, fields.place())


def _points(fields: Fields, options: list[str], findings: Findings) -> dict[str, int]:
    """The points that options are said to have."""
    tree = fields.tree("points")
    if tree is not None and not isinstance(tree, Mapping):
        findings.add(fields.place("points"), "'points' must be a mapping of options to whole numbers.")
    found: dict[str, int] = {}
    for option, value in tree.entries.items() if isinstance(tree, Mapping) else ():
        text = value.text if isinstance(value, Scalar) else ""
        if not text.lstrip("-").isdecimal():
            findings.add(fields.place("points"), f"the points of {option!r} must be a whole number.")
        elif findings.known(option, options, fields.place("points"), "the option"):
            found[option] = int(text)
    return found


def _list(options: list[str]) -> str:
    return ", ".join(options) if options else "nothing"
