"""The curated table: every scored transaction once. Its state machine runs every hour; here it is run at once."""

import time
import uuid

import boto3

from deploy.errors import DeployError


def run(machine: str) -> None:
    """Runs the state machine to its end.

    Raises:
        DeployError: it failed; says why.
    """
    client = boto3.client("stepfunctions")
    started = client.start_execution(stateMachineArn=machine, name=f"now-{uuid.uuid4().hex[:16]}", input="{}")
    pause = 0.1
    while (found := client.describe_execution(executionArn=started["executionArn"]))["status"] == "RUNNING":
        time.sleep(pause)
        pause = min(pause * 1.5, 5)
    if found["status"] != "SUCCEEDED":
        raise DeployError(f"The curation has {found['status'].lower()}: {found.get('cause') or found.get('error')}")
