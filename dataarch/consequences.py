"""What follows from the choices: the services that they need, and what to look at before building."""

from collections.abc import Mapping
from typing import NamedTuple

from dataarch.engine.atoms import holds
from dataarch.engine.engine import Engine
from dataarch.engine.evaluate import Verdict, View
from dataarch.engine.flips import Choice
from dataarch.profile import Answer
from dataarch.rulebase.availability import status_on
from dataarch.rulebase.model import CAUTION, CRITICAL, NOTE


class Service(NamedTuple):
    """A service that the choices need. `status` is that of the day of evaluation."""

    id: str
    name: str
    former_name: str
    layer: str
    status: str
    date: str | None
    replacement: list[str]
    reference: str


class Warning(NamedTuple):
    """Something to look at before building. `severity` is critical, caution or note."""

    id: str
    message: str
    reference: str | None
    severity: str


def services(engine: Engine, view: View, choices: dict[str, Choice]) -> list[Service]:
    """The services behind the choices, each once, as they are on the day of evaluation."""
    found: dict[str, Service] = {}
    for id, choice in choices.items():
        decision = engine.base.decisions[id]
        chosen = choice if isinstance(choice, list) else [choice] if choice else []
        for option in decision.options:
            if option.id not in chosen or not option.service or option.service in found:
                continue
            service = engine.base.services[option.service]
            state = status_on(service, view.day)
            change = state["change"] or {}
            found[option.service] = Service(
                option.service,
                state["name"],
                service["name"] if service["name"] != state["name"] else "",
                decision.layer,
                state["status"],
                change.get("since"),
                change.get("replacement", []),
                change.get("reference") or service["reference"],
            )
    return list(found.values())


def warnings(engine: Engine, view: View, verdicts: dict[str, Verdict], bits: int, ineffective: list[str],
             services: list[Service], answered: Mapping[str, Answer]) -> list[Warning]:  # fmt: skip
    """What pulls against each other, has no effect, is not used, is kept although AWS has closed it, or may be missing
    in the Region."""
    found = []
    for id in ineffective:
        message = f"Your answer to {id} has no effect: the question does not apply."
        found.append(Warning(f"without-effect.{id}", message, None, NOTE))
    for id, verdict in verdicts.items():
        bits |= view.outcome_bits(id, verdict)
    for warning, test in zip(engine.base.warnings, engine.tests["warnings"], strict=True):
        if holds(test, bits):
            found.append(Warning(warning.id, warning.message, warning.reference, warning.severity))
    for id in engine.tests["unused"]:
        if id in answered:
            message = f"Your answer to {id} is kept, but no decision uses it yet."
            found.append(Warning(f"not-used.{id}", message, None, NOTE))
    residency = engine.base.residency
    region = str(answered[residency.question].value) if residency and residency.question in answered else ""
    stays = holds(engine.tests["residency"], bits)
    for service in services:
        lacking = engine.base.services[service.id]["lacking"]
        if lacking and region in lacking["regions"]:
            message = f"{service.name} was not listed for {region} on {lacking['seen']}" + (
                ", and your data may not leave the Region: make sure of it first, or build with what else leads."
                if stays
                else "; make sure of it before you build, and look at what else leads without it."
            )
            found.append(Warning(f"region.{service.id}", message, lacking["reference"], CRITICAL if stays else CAUTION))
        if service.status in ("closed-to-new", "sunset", "ended"):
            instead = f"; plan the way to {', '.join(service.replacement)}" if service.replacement else ""
            message = f"{service.name} is kept because you run it, but it is {service.status} since {service.date}"
            found.append(Warning(f"lifecycle.{service.id}", f"{message}{instead}.", service.reference, CAUTION))
    return found
