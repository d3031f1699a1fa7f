"""Schedules of EventBridge Scheduler that start their targets with the permissions of their role.

The pinned emulator starts a target whatever the schedule's role may do, looks every ten seconds, and lets a schedule
that was changed go on counting from when it last ran. Here the role has to trust the scheduler and to be allowed what
the target takes; otherwise nothing is started, and the log says why. It looks every second, and a schedule that was
changed is a new one.
"""

import logging
from collections.abc import Callable
from typing import Any

from ministack.services import eventbridge, scheduler

from local.emulator import roles
from local.emulator.surroundings import Surroundings

SERVICE = "scheduler.amazonaws.com"
# What a target takes, by the service in its ARN.
ACTIONS = {
    "states": "states:StartExecution",
    "lambda": "lambda:InvokeFunction",
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "events": "events:PutEvents",
    "kinesis": "kinesis:PutRecord",
    "firehose": "firehose:PutRecord",
}
_log = logging.getLogger(__name__)


def fill(_: Surroundings) -> None:
    """Asks for the permission before a target is started."""
    scheduler._SCHEDULE_TICK_INTERVAL = 1
    invoke: Callable[..., Any] = eventbridge._invoke_target

    def allowed(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None) -> Any:
        if event.get("Source") == "aws.scheduler" and "ScheduleExpression" in rule:
            refused = refusal(target, rule["Name"])
            if refused:
                _log.warning("the schedule %s starts nothing: %s", rule["Name"], refused)
                return None
        return invoke(target, event, rule, view)

    eventbridge._invoke_target = allowed
    update: Callable[..., Any] = scheduler._update_schedule

    def updated(name: str, body: dict[str, Any]) -> Any:
        for key in [key for key in scheduler._schedule_last_fired if key[2].endswith(f"/{name}")]:
            del scheduler._schedule_last_fired[key]
        return update(name, body)

    scheduler._update_schedule = updated


def refusal(target: dict[str, Any], schedule: str) -> str:
    """Returns why a schedule's role may not start the target; nothing where it may."""
    service = target["Arn"].split(":")[2]
    try:
        session = roles.credentials(target["RoleArn"], SERVICE, schedule)
    except roles.RoleError as error:
        return str(error)
    try:
        roles.check(session, ACTIONS.get(service, f"{service}:*"), service, target["Arn"])
    except PermissionError as error:
        return str(error)
    finally:
        roles.forget(session)
    return ""
