"""A service: what it is today, what became of it since the whitepaper, what replaces it, and its limits."""

from __future__ import annotations

from typing import Any

from dataarch.recommendation import Recommendation
from dataarch.render import limits, origin, words
from dataarch.render.page import Block, Heading, Item, Line, Paragraph, Span, ids, note, prose
from dataarch.rulebase.availability import status_on, told
from dataarch.rulebase.model import Criterion, RuleBase
from dataarch.uses import Change, news, options_of

CHANGED = "What changed since the whitepaper"
_TODAY = {
    "active": "Offered; no notice against it is known",
    "renamed": "Offered under this name",
    "legacy": "Still offered, but AWS points to something newer",
    "closed-to-new": "Closed to new customers",
    "sunset": "Its end has been announced",
    "ended": "It has ended",
}


def page(result: Recommendation, id: str) -> list[Block]:
    """A service by itself."""
    base, day = result.engine.base, result.view.day
    service = base.services[id]
    state = status_on(service, day)
    change = state["change"]
    blocks: list[Block] = [Heading(1, state["name"], note(origin.of(base, "service", id)))]
    if service["history"] and service["history"][0]["status"] == "launched" and service["history"][0]["since"] > day:
        today = f"Not offered yet on {day}"
    else:
        today = f"{_TODAY[state['status']]}, as of {day}"
    then = service["name"] if service["name"] != state["name"] else ""
    named = f"{then} in the whitepaper" if then else ""
    blocks.append(Paragraph((Span(today, "strong"), *note(named, reference=(change or service)["reference"]))))
    if service["note"]:
        blocks.append(Paragraph(prose(service["note"])))
    if change and change["replacement"]:
        whose = "AWS points to these" if change["replacement_basis"] == "aws" else "our judgement"
        blocks.append(Heading(2, "What replaces it"))
        blocks += [Item((Span(name), *note(whose, reference=change["reference"]))) for name in change["replacement"]]
    blocks += [Heading(2, "What became of it"), *_told(base, news(base, [id], day, ""), replaced=False)]
    if isinstance(blocks[-1], Heading):
        blocks.append(Paragraph(prose("No dated change of it is known.")))
    blocks += limits.table(base, [id], day)
    blocks.append(Heading(2, "Where it stands"))
    uses = options_of(base, id)
    for decision in dict.fromkeys(decision for decision, _ in uses):
        options = [option for other, option in uses if other == decision]
        blocks.append(Item((Span(decision, "id"), Span(": as "), *ids(options))))
    if not uses:
        blocks.append(Paragraph(prose("No decision has it as an option.")))
    return blocks


def changes(base: RuleBase, services: list[str], criteria: list[tuple[str, Criterion]], day: str) -> list[Block]:
    """What changed since the whitepaper: of services, and of criteria, each with its decision.

    One sentence where nothing did.
    """
    made: list[Block] = list(_told(base, news(base, services, day, base.whitepaper)))
    began = [(id, one) for id, one in criteria if not one.derived and base.whitepaper < one.since <= day]
    ended = [(id, one) for id, one in criteria if not one.derived and one.until and one.until <= day]
    for id, one in began:
        lead: Line = (Span(f"Since {one.since} for "), Span(words.name(base, id, one.option), "id"), Span(": "))
        made.append(Item((*lead, Span(one.because), *_strength(base, one))))
    for id, one in ended:
        lead = (Span(f"Until {one.until} for "), Span(words.name(base, id, one.option), "id"), Span(": "))
        by = next((other.because for _, other in criteria if other.id == one.superseded_by), "")
        then = (Span(f" Since then: {by}"),) if by else ()
        made.append(Item((*lead, Span(one.because), *then, *_strength(base, one))))
    if not made:
        made = [Paragraph(prose(f"Nothing that these rules know of, as of {day}."))]
    return [Heading(2, CHANGED), *made]


def sentences(base: RuleBase, services: list[str], day: str) -> list[Line]:
    """The changes of services since the whitepaper, one a line."""
    return [item.line for item in _told(base, news(base, services, day, base.whitepaper))]


def _told(base: RuleBase, found: list[Change], replaced: bool = True) -> list[Item]:
    """Changes as sentences; what replaces a service is said once, with its last change."""
    last: dict[str, Any] = {change.service: change.entry for change in found}
    items = []
    for id, entry in found:
        sentence = told(base.services[id], entry, replaced=replaced and entry is last[id])
        items.append(Item((Span(sentence), *note(limits.sure(entry["confidence"]), reference=entry["reference"]))))
    return items


def _strength(base: RuleBase, one: Criterion) -> Line:
    strength = words.strength(one.effect, one.strength)
    return note(strength, words.whose(one.basis, one.since, base.whitepaper), reference=one.reference)
