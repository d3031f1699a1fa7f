"""New models that a schedule has trained take over by themselves; what cannot serve never does."""

import io
import json
import tarfile
import time
from datetime import UTC, datetime
from typing import Any

from pipeline import models, steps, training
from pipeline.kinds import KINDS

from .conftest import Deployed
from .load import under_load

PATIENCE = 120


def due_now(deployed: Deployed) -> dict[str, Any]:
    """Lets the schedule be due now, with its own target and role, and returns the execution that it has started."""
    scheduler, states = deployed.client("scheduler"), deployed.client("stepfunctions")
    machine = deployed.outputs["TrainingMachineArn"]
    before = {one["executionArn"] for one in states.list_executions(stateMachineArn=machine)["executions"]}
    schedule = scheduler.get_schedule(Name=deployed.outputs["RetrainingSchedule"])
    kept = {key: schedule[key] for key in ("Name", "FlexibleTimeWindow", "Target", "ScheduleExpression")}
    now = f"at({datetime.now(UTC):%Y-%m-%dT%H:%M:%S})"
    scheduler.update_schedule(**kept | {"ScheduleExpression": now})
    deadline = time.monotonic() + 20
    try:
        while time.monotonic() < deadline:
            for one in states.list_executions(stateMachineArn=machine)["executions"]:
                if one["executionArn"] not in before:
                    return ended(deployed, one["executionArn"])
            time.sleep(0.2)
    finally:
        scheduler.update_schedule(**kept)
    raise AssertionError("the schedule has started nothing")


def ended(deployed: Deployed, execution: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found: dict[str, Any] = deployed.client("stepfunctions").describe_execution(executionArn=execution)
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.2)
    raise AssertionError("the training has not ended")


def made(deployed: Deployed) -> list[set[str]]:
    """The models and the configurations that retrainings have made and nobody has removed."""
    sagemaker, prefix = deployed.client("sagemaker"), f"{deployed.deployment.project}-local-retrained-"
    names = {one["ModelName"] for one in sagemaker.list_models()["Models"]}
    configs = {one["EndpointConfigName"] for one in sagemaker.list_endpoint_configs()["EndpointConfigs"]}
    return [{one for one in found if one.startswith(prefix)} for found in (names, configs)]


def test_the_schedule_trains_and_the_new_models_take_over_while_every_request_is_answered(deployed: Deployed) -> None:
    before = deployed.served
    with under_load(deployed) as statuses:
        found = due_now(deployed)
    assert found["status"] == "SUCCEEDED", found
    assert set(statuses) == {200}, {status: statuses.count(status) for status in set(statuses)}
    assert len(statuses) > 25
    trained = {one["kind"]: one["ModelDataUrl"] for one in json.loads(found["output"])}
    assert deployed.served == trained
    assert not set(trained.values()) & set(before.values())
    assert steps.served(deployed.outputs) == models.Models(trained).parameters


def test_what_earlier_retrainings_made_is_gone_and_a_deployment_takes_over(deployed: Deployed) -> None:
    machine = deployed.outputs["TrainingMachineArn"]
    for _ in range(2):
        trained = training.execute(machine, print, {"replace": True})
        assert deployed.served == {one["kind"]: one["ModelDataUrl"] for one in trained}
        names, configs = made(deployed)
        assert (len(names), len(configs)) == (len(KINDS), len(KINDS))
    with under_load(deployed) as statuses:
        deployed.deployment.deploy(steps.served(deployed.outputs))
    assert set(statuses) == {200}
    assert deployed.served == {one["kind"]: one["ModelDataUrl"] for one in trained}
    assert deployed.api.score(steps.request(deployed.parts.live[0])).status == 200


def test_a_training_that_nobody_asked_to_replace_anything_replaces_nothing(deployed: Deployed) -> None:
    before = deployed.served
    training.execute(deployed.outputs["TrainingMachineArn"], print)
    assert deployed.served == before


def test_a_model_that_cannot_be_loaded_does_not_take_over(deployed: Deployed) -> None:
    before, content = deployed.served, io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("nothing"), io.BytesIO())
    bucket, key = deployed.outputs["LakeBucket"], "models/broken/model.tar.gz"
    deployed.client("s3").put_object(Bucket=bucket, Key=key, Body=content.getvalue())
    broken = {"models": [{"kind": KINDS[0], "ModelDataUrl": f"s3://{bucket}/{key}"}], "asked": False}
    try:
        with under_load(deployed) as statuses:
            answer = deployed.client("lambda").invoke(
                FunctionName=deployed.outputs["ReplaceFunction"], Payload=json.dumps(broken).encode()
            )
    finally:
        deployed.client("s3").delete_object(Bucket=bucket, Key=key)
    said = json.loads(answer["Payload"].read())
    assert answer.get("FunctionError"), said
    assert said["errorType"] == "NotReplaced"
    assert set(statuses) == {200}
    assert deployed.served == before


def test_drift_is_measured_against_the_model_that_serves(deployed: Deployed) -> None:
    client, name = deployed.client("s3"), deployed.outputs["DriftFunction"]
    bucket, _, key = deployed.served[KINDS[0]].removeprefix("s3://").partition("/")
    archive = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    client.delete_object(Bucket=bucket, Key=key)
    try:
        answer = deployed.client("lambda").invoke(FunctionName=name, Payload=b"{}")
    finally:
        client.put_object(Bucket=bucket, Key=key, Body=archive)
    said = json.loads(answer["Payload"].read())
    assert answer.get("FunctionError"), said
    assert "NoSuchKey" in said["errorMessage"]
