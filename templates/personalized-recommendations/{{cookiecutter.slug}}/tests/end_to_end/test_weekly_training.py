"""The weekly training: the schedule starts it, the new model takes over, and no request fails."""

import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from pipeline import training

from .conftest import Deployed, without_policy

PATIENCE = 120


def executions(deployed: Deployed) -> list[dict[str, Any]]:
    machines = deployed.client("stepfunctions")
    found = machines.list_executions(stateMachineArn=deployed.outputs["RetrainingMachineArn"])["executions"]
    return [machines.describe_execution(executionArn=one["executionArn"]) for one in found]


def schedule(deployed: Deployed) -> dict[str, Any]:
    group, name = deployed.deployment.name, deployed.outputs["RetrainingSchedule"]
    found: dict[str, Any] = deployed.client("scheduler").get_schedule(GroupName=group, Name=name)
    return found


def due_now(deployed: Deployed) -> None:
    """Makes a schedule that starts, once and now, what the weekly one starts, as it starts it."""
    known = schedule(deployed)
    deployed.client("scheduler").create_schedule(
        GroupName=known["GroupName"],
        Name=f"once-{uuid.uuid4().hex[:8]}",
        ScheduleExpression=f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target=known["Target"],
    )


def ended(deployed: Deployed, count: int) -> dict[str, Any]:
    """Waits until so many executions have been started and all of them have ended; returns the last one."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = executions(deployed)
        if len(found) >= count and all(one["status"] != "RUNNING" for one in found):
            return max(found, key=lambda one: one["startDate"])
        assert found or time.monotonic() < deadline - PATIENCE + 20, "the schedule has started nothing"
        assert time.monotonic() < deadline, found
        time.sleep(0.5)


def test_the_schedule_trains_and_the_new_model_takes_over_without_a_failed_request(
    deployed: Deployed, asking: list[tuple[int, str]]
) -> None:
    known = schedule(deployed)
    assert (known["State"], known["ScheduleExpression"]) == ("ENABLED", "cron(0 3 ? * MON *)")
    before, count = training.answering(deployed.outputs), len(executions(deployed))
    due_now(deployed)
    execution = ended(deployed, count + 1)
    assert execution["status"] == "SUCCEEDED", execution
    after = training.answering(deployed.outputs)
    assert after == training.newest(deployed.outputs) != before
    assert json.loads(execution["output"]) == after.parameters
    assert len(asking) > 20
    assert {status for status, _ in asking} == {200}
    assert {source for _, source in asking} == {"model"}

    # CloudFormation knows of the model before; a deployment that does not ask for another one lets the new one be.
    deployed.deployment.deploy({})
    assert training.answering(deployed.outputs) == after


def test_a_schedule_that_may_not_start_it_starts_nothing(deployed: Deployed) -> None:
    count = len(executions(deployed))
    role = schedule(deployed)["Target"]["RoleArn"].rpartition("/")[2]
    with without_policy(deployed, role, "start", "StartTheRetraining"):
        due_now(deployed)
        time.sleep(5)
        assert len(executions(deployed)) == count


def test_a_model_that_cannot_take_over_leaves_the_one_that_answers(deployed: Deployed) -> None:
    before, count = training.answering(deployed.outputs), len(executions(deployed))
    steps = deployed.client("lambda").get_function_configuration(FunctionName=f"{deployed.deployment.name}-train")
    with without_policy(deployed, steps["Role"].rpartition("/")[2], "train", "SwitchCampaigns"):
        due_now(deployed)
        execution = ended(deployed, count + 1)
    assert (execution["status"], "not authorized" in execution["cause"]) == ("FAILED", True), execution
    assert training.answering(deployed.outputs) == before
    user = deployed.parts.history.users[0]["user_id"]
    assert deployed.api.for_you(user).content["source"] == "model"
