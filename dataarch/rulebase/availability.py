"""Whether a service can be had on a day, as criteria that follow from its history."""

from __future__ import annotations

from typing import Any

Entry = dict[str, Any]
_GONE = ("closed-to-new", "sunset", "ended")


def availability(decision: Entry, document: dict[str, Any]) -> list[Entry]:
    """The criteria that rule out each option on the days on which its service cannot be had.

    Users whose `existing_platforms` names a service are excepted until it has ended.
    """
    made: list[Entry] = []
    for option in decision["options"]:
        service = document["services"].get(option["service"])
        for index, change in enumerate(service["history"] if service else ()):
            later = service["history"][index + 1 :]
            if change["status"] == "launched":
                until = change["since"]
                made.append(_criterion(option, change, ["all"], told(service, change), "0001-01-01", until))
            elif change["status"] in _GONE:
                until = next((c["since"] for c in later if c["status"] in _GONE), "")
                when, because = _excepting(service, change), told(service, change)
                made.append(_criterion(option, change, when, because, change["since"], until))
    return made


def absent(service: Entry, residency: Entry | None) -> list[Any]:
    """The condition that data may not leave a Region for which a service was not listed; empty where none is known."""
    regions = service["lacking"].get("regions")
    return ["all", residency["when"], ["is", residency["question"], regions]] if residency and regions else []


def residence(decision: Entry, document: dict[str, Any]) -> list[Entry]:
    """The criteria that weigh against each option whose service is not listed for a Region that data may not leave."""
    rule = document["base"]["residency"]
    if not rule or len(decision["options"]) < 2:
        return []
    made: list[Entry] = []
    for option in decision["options"]:
        service = document["services"].get(option["service"])
        when = absent(service, rule) if service else []
        if service and when:
            lacking = service["lacking"]
            seen = f"{service['name']} was not listed for your Region on {lacking['seen']}"
            change = {"status": "lacking", "reference": lacking["reference"], "at": service["at"]}
            because = f"{seen}, and data may not leave it."
            made.append(
                {
                    **_criterion(option, change, when, because, lacking["seen"], ""),
                    "effect": "against",
                    "strength": rule["strength"],
                }
            )
    return made


def status_on(service: Entry, day: str) -> Entry:
    """The state of a service on a day: its name then, its status (`active` if nothing is known), and that change."""
    name, change = service["name"], None
    for entry in service["history"]:
        if entry["since"] <= day:
            name = entry["name"] or name
            if entry["status"] in _GONE or change is None or change["status"] not in _GONE:
                change = entry
    status = change["status"] if change else "active"
    return {"name": name, "status": "active" if status == "launched" else status, "change": change}


def told(service: Entry, change: Entry, replaced: bool = True) -> str:
    """A change of a service as a sentence, with what replaces the service and whose word that is, if wished."""
    day = change["since"]
    name = status_on(service, day)["name"]
    sentence = {
        "launched": f"{name} was launched on {day}.",
        "renamed": f"{_former(service, change)} became {name} on {day}.",
        "legacy": f"AWS points to something newer than {name} since {day}.",
        "closed-to-new": f"{name} takes no new customers since {day}.",
        "sunset": f"The end of {name} was announced on {day}{', for ' + change['ends'] if change['ends'] else ''}.",
        "ended": f"{name} ended on {day}.",
    }[change["status"]]
    instead = ", ".join(change["replacement"])
    whose = "AWS points to" if change["replacement_basis"] == "aws" else "We suggest"
    return f"{sentence} {whose} {instead}." if instead and replaced else sentence


def _excepting(service: Entry, change: Entry) -> list[Any]:
    if change["status"] == "ended" or not service["existing_platform"]:
        return ["all"]
    return ["not", ["is", "existing_platforms", [service["existing_platform"]]]]


def _former(service: Entry, change: Entry) -> str:
    """The name of a service before a change."""
    before = service["history"][: service["history"].index(change)]
    return str(next((c["name"] for c in reversed(before) if c["name"]), service["name"]))


def _criterion(option: Entry, change: Entry, when: list[Any], because: str, since: str, until: str) -> Entry:
    return {
        "id": f"availability.{option['id']}.{change['status']}",
        "effect": "rules_out",
        "option": option["id"],
        "strength": "",
        "when": when,
        "because": because,
        "reference": change["reference"],
        "basis": "aws",
        "since": since,
        "until": until,
        "superseded_by": "",
        "refines": [],
        "beside": [],
        "derived": True,
        "ended": "",
        "at": change["at"],
    }
