"""Executions of the state machines, a refresh or an erasure, and what their jobs have left."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3

from deploy.errors import DeployError

Told = Callable[[str], None]


def refresh(machine: str, told: Told = lambda _: None, *, train: bool = False) -> None:
    """Brings the profiles up to date.

    Raises:
        DeployError: a job failed; says which and why.
    """
    execute(machine, {"train": "yes" if train else "no"}, told)


def erase(machine: str, customer: str, told: Told = lambda _: None) -> None:
    """Forgets a customer, everywhere in the lake and the profile store.

    Raises:
        DeployError: there is no such customer, or they are still somewhere; can be run again.
    """
    execute(machine, {"customer": customer}, told)


def execute(machine: str, given: Mapping[str, str], told: Told) -> None:
    """Runs a state machine to its end, and says now and then that it goes on."""
    client = boto3.client("stepfunctions")
    name = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
    execution = client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))["executionArn"]
    said = started = time.monotonic()
    pause = 0.2
    while (found := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(pause)
        pause = min(pause * 1.5, 10)
        if time.monotonic() - said > 60:
            said = time.monotonic()
            told(f"  running for {said - started:.0f} s …")
    if found["status"] != "SUCCEEDED":
        state = found["status"].lower()
        raise DeployError(f"The execution {name} has {state}: {_reason(found)} Its log is in /aws-glue.")


def report(outputs: Mapping[str, str], key: str) -> dict[str, Any]:
    """Returns a report that a job has left in the lake."""
    body = boto3.client("s3").get_object(Bucket=outputs["LakeBucket"], Key=key)["Body"].read()
    found: dict[str, Any] = json.loads(body)
    return found


def _reason(found: Mapping[str, Any]) -> str:
    cause = str(found.get("cause") or found.get("error") or "no cause given")
    try:
        run = json.loads(cause)
    except ValueError:
        return cause
    return f"{run.get('JobName', 'a job')}: {run.get('ErrorMessage', cause)}" if isinstance(run, dict) else cause
