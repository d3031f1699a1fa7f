"""One execution of the scoring workflow, as its schedule starts one every morning."""

import json
import time
from datetime import UTC, datetime

import boto3

from deploy.errors import DeployError


def score(machine: str) -> dict[str, int]:
    """Runs the workflow and returns how many customers of the audience got a score.

    Raises:
        DeployError: the execution failed; says why.
    """
    client = boto3.client("stepfunctions")
    name = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
    execution = client.start_execution(stateMachineArn=machine, name=name, input="{}")["executionArn"]
    pause = 0.2
    while (found := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(pause)
        pause = min(pause * 1.5, 15)
    if found["status"] != "SUCCEEDED":
        why = found.get("cause") or found.get("error") or "no cause given"
        raise DeployError(f"The scoring {name} has {found['status'].lower()}: {why[:500]}")
    counts: dict[str, int] = json.loads(found["output"])["counts"]
    return counts
