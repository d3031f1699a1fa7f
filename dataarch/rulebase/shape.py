"""What only a whole decision can show: ids that stand once, options with criteria, refinements of the same option."""

from __future__ import annotations

from typing import Any

from dataarch.errors import Place
from dataarch.rulebase.fields import Findings

Entry = dict[str, Any]

STRENGTHS = ("slight", "moderate", "strong", "decisive")
EFFECTS = ("favours", "against", "rules_out")


def place_of(entry: Entry) -> Place:
    """Where an entry stands."""
    file, _, line = entry["at"].rpartition(":")
    return Place(file, int(line))


def unique(entries: list[Entry], what: str, findings: Findings) -> None:
    """Notes an error for each entry whose id stands before it already."""
    seen: dict[str, str] = {}
    for entry in entries:
        if entry["id"] in seen:
            said = f"the {what} {entry['id']!r} stands twice (first at {seen[entry['id']]})."
            findings.add(place_of(entry), said)
        seen.setdefault(entry["id"], entry["at"])


def shaped(entry: Entry, findings: Findings) -> None:
    """Notes what is wrong with a decision as a whole."""
    unique(entry["reasons"] + entry["criteria"], "criterion or reason", findings)
    unique(entry["options"], "option", findings)
    add, criteria = findings.add, {criterion["id"]: criterion for criterion in entry["criteria"]}
    if len(entry["options"]) == 1 and entry["criteria"]:
        first = place_of(entry["criteria"][0])
        add(first, f"the decision {entry['id']!r} has one option and so takes reasons only.")
    if len(entry["options"]) > 1 and not entry["criteria"]:
        add(place_of(entry), f"the decision {entry['id']!r} has several options and no criteria.")
    if len(entry["options"]) > 1 and not entry["order"]:
        add(place_of(entry), f"the decision {entry['id']!r} lacks the key 'order': why its options stand so.")
    for criterion in entry["criteria"]:
        _successor(criterion, criteria, findings)
        for id in criterion["refines"]:
            _refinement(criterion, id, criteria, findings)
        for id in criterion["beside"]:
            _beside(criterion, id, criteria, findings)


def _successor(criterion: Entry, criteria: dict[str, Entry], findings: Findings) -> None:
    if criterion["superseded_by"]:
        findings.known(criterion["superseded_by"], criteria, place_of(criterion), "the criterion in superseded_by")


def _refinement(criterion: Entry, id: str, criteria: dict[str, Entry], findings: Findings) -> None:
    place = place_of(criterion)
    if not findings.known(id, criteria, place, "the criterion in refines"):
        return
    refined = criteria[id]
    if (refined["option"], refined["effect"]) != (criterion["option"], criterion["effect"]):
        findings.add(place, f"{criterion['id']!r} refines {id!r}, which speaks of another option or in another way.")
    if _weight(refined) > _weight(criterion):
        findings.add(place, f"{criterion['id']!r} refines {id!r}, which is stronger than it.")
    if criterion["id"] in refined["refines"] or id == criterion["id"]:
        findings.add(place, f"{criterion['id']!r} and {id!r} refine each other.")


def _beside(criterion: Entry, id: str, criteria: dict[str, Entry], findings: Findings) -> None:
    place = place_of(criterion)
    if not findings.known(id, criteria, place, "the criterion in beside"):
        return
    other = criteria[id]
    if (other["option"], other["effect"]) != (criterion["option"], criterion["effect"]) or id == criterion["id"]:
        said = "which speaks of another option or in another way"
        findings.add(place, f"{criterion['id']!r} counts beside {id!r}, {said}.")
    if id in criterion["refines"]:
        findings.add(place, f"{criterion['id']!r} both refines {id!r} and counts beside it.")


def _weight(criterion: Entry) -> int:
    """How strong a criterion is, among those of the same effect."""
    return STRENGTHS.index(criterion["strength"]) if criterion["strength"] in STRENGTHS else len(STRENGTHS)
