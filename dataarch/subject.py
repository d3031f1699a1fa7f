"""What a name means, of all that the rules give a name."""

from __future__ import annotations

from typing import NamedTuple

from dataarch.errors import UserError
from dataarch.rulebase.availability import status_on
from dataarch.rulebase.model import RuleBase
from dataarch.spelling import meant, shown

SERVICE, REFERENCE, QUESTION = "service", "reference", "question"


class Subject(NamedTuple):
    """Something with a name: `kind` is decision, option, pattern, service, reference or question."""

    kind: str
    id: str


def subject(base: RuleBase, name: str) -> Subject:
    """What a name means: a decision before an option, a pattern, a service (by its id, or by a name that it has or
    had), a reference and a question.

    Raises UserError for a name that is none of these, with the nearest one.
    """
    options = sorted({option.id for decision in base.decisions.values() for option in decision.options})
    for kind, known in (("decision", base.decisions), ("option", options), ("pattern", base.patterns),
                        (SERVICE, base.services)):  # fmt: skip
        if name in known:
            return Subject(kind, name)
    names = _names(base)
    called = next((id for known, id in names.items() if known.lower() == name.lower()), "")
    if called:
        return Subject(SERVICE, called)
    references = base.references
    for kind, ids in ((REFERENCE, references), (QUESTION, list(base.questions))):
        if name in ids:
            return Subject(kind, name)
    # Of two that are spelt alike but for - and _, the last is offered.
    near = [*names, *references, *base.questions, *base.services, *base.patterns, *options, *base.decisions]
    kinds = "decision, option, pattern, service, reference or question"
    raise UserError.plain(f"There is no {kinds} {shown(name)}.", meant(name, near))


def _names(base: RuleBase) -> dict[str, str]:
    """The names that services have and had, each with its service."""
    found = {}
    for id, service in base.services.items():
        for change in [{"since": ""}, *service["history"]]:
            found[status_on(service, change["since"])["name"]] = id
    return found
