"""The rule that keeps the resource types of closed services out of projects, made from the services of the rules.

`python -m tests.scaffold.closed_services` writes it anew after a change of the rules.
"""

from __future__ import annotations

from typing import Any

from dataarch.engine.store import open_engine

from .conftest import TEMPLATES

KEPT = TEMPLATES / "_shared/base/infra/guard/closed.guard"
CLOSED = {
    "closed-to-new": "is closed to new customers since {since}",
    "sunset": "ends, as was announced on {since}",
    "ended": "has ended on {since}",
}
HEAD = """# Resource types of services that a new project can or should not use any more, by what was known on {day}.
"""
RULE = """
rule {name}_is_closed when Resources exists {{
    Resources.*.Type != /^AWS::({types})$/ <<[closed-service]: {title} {what}.>>
}}
"""


def rule(id: str, service: dict[str, Any]) -> str:
    """The rule for one service, or nothing where it is open or has no type of its own."""
    change = service["history"][-1] if service["history"] else {"status": ""}
    if change["status"] not in CLOSED or not service["resource_types"]:
        return ""
    types = "|".join(type.removeprefix("AWS::").replace("*", ".*") for type in service["resource_types"])
    what = CLOSED[change["status"]].format(since=change["since"])
    return RULE.format(name=id.replace("-", "_"), types=types, title=service["name"], what=what)


def guard() -> str:
    """The whole file."""
    base = open_engine().base
    rules = [rule(id, service) for id, service in sorted(base.services.items())]
    return HEAD.format(day=base.reviewed) + "".join(rules)


if __name__ == "__main__":
    KEPT.write_text(guard(), encoding="utf-8")
