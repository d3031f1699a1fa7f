"""The semantics once more, as slowly and plainly as they are written down: no bits, no diagrams, no shortcuts.

It works on the rule document itself and shares nothing with the engine but the plain form of conditions.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

Document = dict[str, Any]
Known = dict[str, Any]
POINTS = {"slight": 1, "moderate": 3, "strong": 9, "decisive": 0, "": 0}
NOT_APPLICABLE = "not-applicable"


def holds(condition: list[Any], known: Known, outcomes: dict[str, Any], document: Document) -> bool:
    """Whether a condition holds, a test of an unknown answer or of a question that does not apply not holding."""
    kind = condition[0]
    if kind == "all":
        return all(holds(part, known, outcomes, document) for part in condition[1:])
    if kind == "any":
        return any(holds(part, known, outcomes, document) for part in condition[1:])
    if kind == "not":
        return not holds(condition[1], known, outcomes, document)
    if kind == "count":
        return sum(holds(part, known, outcomes, document) for part in condition[2:]) >= int(condition[1])
    if kind == "outcome":
        outcome = outcomes[condition[1]]
        found = [NOT_APPLICABLE] if outcome is None else outcome
        return any(option in condition[2] for option in found)
    question = document["questions"][condition[1]]
    presupposes = question.get("presupposes")
    if condition[1] not in known or (presupposes and not holds(presupposes, known, outcomes, document)):
        return False
    value = known[condition[1]]
    if kind == "from":
        return bool(value >= condition[2])
    if kind == "below":
        return bool(value < condition[2])
    return any(v in condition[2] for v in value) if isinstance(value, list) else value in condition[2]


def active(criterion: dict[str, Any], basis: str, day: str) -> bool:
    """Whether a criterion has weight on a day under a basis."""
    if not (criterion["since"] <= day and (not criterion["until"] or day < criterion["until"])):
        return False
    threshold = criterion["option"] == "none" and criterion["when"] == ["all"]
    return basis in ("all", criterion["basis"]) or criterion["derived"] or threshold


def outcomes(document: Document, known: Known, basis: str = "all", day: str = "") -> dict[str, Any]:
    """The outcome of each decision: None where it does not apply, else the options chosen, best first."""
    found: dict[str, Any] = {}
    day = day or document["base"]["reviewed"]
    for id in document["decision_order"]:
        decision = document["decisions"][id]
        reasons = decision["reasons"]
        if reasons and not any(holds(r["when"], known, found, document) for r in reasons):
            found[id] = None
            continue
        found[id] = chosen(decision, known, found, document, basis, day)
    return found


def chosen(decision: Document, known: Known, found: dict[str, Any], document: Document, basis: str,
           day: str) -> list[str]:  # fmt: skip
    """The options that a decision which applies chooses."""
    options = [option["id"] for option in decision["options"]]
    if len(options) == 1:
        return options
    holding = [c for c in decision["criteria"] if active(c, basis, day) and holds(c["when"], known, found, document)]
    finer = {id for c in holding for id in c["refines"]}
    counting = [c for c in holding if c["id"] not in finer]
    out = {c["option"] for c in counting if c["effect"] == "rules_out"}
    decisive = {c["option"] for c in counting if c["strength"] == "decisive"}
    points = dict.fromkeys(options, 0)
    for c in counting:
        points[c["option"]] += POINTS[c["strength"]] * (-1 if c["effect"] == "against" else 1)
    order = sorted(options, key=lambda o: (o not in decisive, -points[o], options.index(o)))
    left = [option for option in order if option not in out]
    if decision["selects"] == "many":
        return [option for option in left if option in decisive or points[option] >= 3]
    return left[:1]


def speaks(document: Document, id: str, known: Known, basis: str = "all", day: str = "") -> bool:
    """Whether any criterion that holds favours an option of a decision."""
    day = day or document["base"]["reviewed"]
    found = outcomes(document, known, basis, day)
    return any(
        criterion["effect"] == "favours" and active(criterion, basis, day)
        and holds(criterion["when"], known, found, document)
        for criterion in document["decisions"][id]["criteria"]
    )  # fmt: skip


def representatives(question: Document, cuts: list[int], constrained: bool = True) -> list[Any]:
    """Every answer that the rules can tell apart, and more; `none` beside others only where constraints are ignored."""
    if question["type"] == "any-of":
        values = list(question["values"])
        subsets = [[v for v, taken in zip(values, mask, strict=True) if taken]
                   for mask in product((False, True), repeat=len(values))]  # fmt: skip
        return [s for s in subsets if not (constrained and "none" in s and len(s) > 1)]
    if question["type"] == "one-of":
        return list(question["values"])
    if question["type"] == "yes-no":
        return ["yes", "no"]
    if question["type"] == "text":
        return ["another", *question["named"]]
    return [0, *cuts, *(cut - 1 for cut in cuts if cut)]


def valid(document: Document, known: Known) -> bool:
    """Whether a profile meets no constraint."""
    return not any(holds(c["when"], known, {}, document) for c in document["constraints"])


def completions(document: Document, known: Known, cuts: dict[str, list[int]],
                constrained: bool = True) -> Iterator[Known]:  # fmt: skip
    """Every valid completion of a profile (or every one at all), as far as rules can tell completions apart."""
    unknown = [id for id in document["questions"] if id not in known]
    choices = [representatives(document["questions"][id], cuts.get(id, []), constrained) for id in unknown]
    for values in product(*choices):
        complete = {**known, **dict(zip(unknown, values, strict=True))}
        if not constrained or valid(document, complete):
            yield complete
