"""A schedule starts its target with the permissions of its role."""

import json
import time

import pytest

from local import LocalAws
from tests.local_aws.conftest import Start
from tests.local_aws.services import role, until

pytestmark = pytest.mark.local_aws

MACHINE = {"StartAt": "Work", "States": {"Work": {"Type": "Pass", "End": True}}}


def schedule(aws: LocalAws, name: str, actions: list[str], service: str = "scheduler.amazonaws.com") -> str:
    """A state machine, and a schedule that is due and should start it."""
    machines = aws.client("stepfunctions")
    arn: str = machines.create_state_machine(
        name=name, definition=json.dumps(MACHINE), roleArn=role(aws, f"{name}-machine", "states.amazonaws.com", [])
    )["stateMachineArn"]
    allowed = [{"Effect": "Allow", "Action": actions, "Resource": arn}]
    aws.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression="at(2026-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": role(aws, name, service, allowed), "Input": json.dumps({"for": name})},
    )
    return arn


def executions(aws: LocalAws, arn: str) -> list[str]:
    """The inputs of the executions that there are."""
    machines = aws.client("stepfunctions")
    found = machines.list_executions(stateMachineArn=arn)["executions"]
    return [machines.describe_execution(executionArn=one["executionArn"])["input"] for one in found]


def test_a_schedule_starts_a_state_machine_with_its_input(aws: LocalAws) -> None:
    arn = schedule(aws, "schedules-allowed", ["states:StartExecution"])
    found = until(lambda: executions(aws, arn), bool, 15)
    assert [json.loads(one) for one in found] == [{"for": "schedules-allowed"}]


def test_a_schedule_that_was_changed_is_due_at_its_new_time(aws: LocalAws) -> None:
    arn = schedule(aws, "schedules-changed", ["states:StartExecution"])
    until(lambda: executions(aws, arn), bool, 15)
    schedules = aws.client("scheduler")
    known = schedules.get_schedule(Name="schedules-changed")
    schedules.update_schedule(
        **{key: known[key] for key in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
    )
    until(lambda: len(executions(aws, arn)), lambda found: found == 2, 15)


def test_a_role_that_may_not_start_it_or_trusts_somebody_else_starts_nothing(aws: LocalAws) -> None:
    denied = schedule(aws, "schedules-denied", ["states:DescribeExecution"])
    strange = schedule(aws, "schedules-strange", ["states:StartExecution"], "events.amazonaws.com")
    allowed = schedule(aws, "schedules-last", ["states:StartExecution"])
    until(lambda: executions(aws, allowed), bool, 15)
    assert executions(aws, denied) == executions(aws, strange) == []
    log = aws.folders.log.read_text()
    assert "the schedule schedules-denied starts nothing: User: " in log
    assert "is not authorized to perform: states:StartExecution on resource: " in log
    assert "the schedule schedules-strange starts nothing: Could not assume role " in log


def test_the_emulator_alone_asks_for_no_permission(start: Start) -> None:
    aws = start(without=["schedules"])
    arn = schedule(aws, "schedules-alone", [])
    time.sleep(0.1)
    until(lambda: executions(aws, arn), bool, 30)
