"""The model step: the three files into the landing zone, one run of the workflow, the versions that came of it."""

import gzip
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from data.generate import Shop
from deploy.errors import DeployError

Say = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """The solution versions that a run has trained."""

    for_you: str
    similar: str

    @property
    def parameters(self) -> dict[str, str]:
        """Those of the root stack with which they are served."""
        return {"ForYouVersionArn": self.for_you, "SimilarVersionArn": self.similar}


def upload(lake: str, shop: Shop) -> None:
    """Lands the three files in place of those that were there, so that landing them again adds nothing twice."""
    s3 = boto3.client("s3")
    for name, rows in (("interactions", shop.interactions), ("items", shop.items), ("users", shop.users)):
        body = gzip.compress("".join(f"{json.dumps(row)}\n" for row in rows).encode(), 6, mtime=0)
        s3.put_object(Bucket=lake, Key=f"landing/{name}/history.json.gz", Body=body)


def has_data(lake: str) -> bool:
    """Returns whether the lake already holds something to train from."""
    found = boto3.client("s3").list_objects_v2(Bucket=lake, Prefix="landing/interactions/", MaxKeys=1)
    return bool(found.get("Contents"))


def train(machine: str, told: Say) -> Trained:
    """Runs the workflow and returns the versions; a run that failed on its way is taken up again.

    Raises:
        DeployError: it failed; says why.
    """
    client = boto3.client("stepfunctions")
    run = _unfinished(client, machine) or f"{int(time.time()):x}"
    name = f"{run}-{time.time_ns() // 1_000_000:x}"
    execution = client.start_execution(stateMachineArn=machine, name=name, input=json.dumps({"run": run}))
    began = said = time.monotonic()
    pause = 0.2
    while (found := client.describe_execution(executionArn=execution["executionArn"]))["status"] == "RUNNING":
        time.sleep(pause)
        pause = min(pause * 1.3, 15)
        if time.monotonic() - said > 30:
            said = time.monotonic()
            told(f"  preparing, importing and training for {said - began:.0f} s …")
    if found["status"] != "SUCCEEDED":
        raise DeployError(f"The training run {run} has {found['status'].lower()}: {reason(found)}")
    output = json.loads(found["output"])
    return Trained(output["ForYouVersionArn"], output["SimilarVersionArn"])


def newest(outputs: Mapping[str, str]) -> Trained | None:
    """Returns the versions that were trained last, or None before the first training."""
    client = boto3.client("personalize")
    found = []
    for solution in (outputs["ForYouArn"], outputs["SimilarArn"]):
        pages = client.get_paginator("list_solution_versions").paginate(solutionArn=solution)
        versions = [one for page in pages for one in page["solutionVersions"] if one["status"] == "ACTIVE"]
        if not versions:
            return None
        found.append(str(max(versions, key=lambda one: one["creationDateTime"])["solutionVersionArn"]))
    return Trained(*found)


def answering(outputs: Mapping[str, str]) -> Trained:
    """Returns the versions with which the campaigns answer now."""
    client = boto3.client("personalize")
    campaigns = (outputs["ForYouCampaignArn"], outputs["SimilarCampaignArn"])
    return Trained(*(client.describe_campaign(campaignArn=one)["campaign"]["solutionVersionArn"] for one in campaigns))


def _unfinished(client: Any, machine: str) -> str:
    """Returns the run of the last execution if it failed on its way; data that were refused are a new run's matter."""
    last = client.list_executions(stateMachineArn=machine, maxResults=1)["executions"]
    if not last or last[0]["status"] in {"SUCCEEDED", "RUNNING"}:
        return ""
    found = client.describe_execution(executionArn=last[0]["executionArn"])
    return "" if found.get("error") == "TooFewInteractions" else str(json.loads(found["input"])["run"])


def reason(execution: Mapping[str, Any]) -> str:
    """Returns the sentence in the cause of a failed execution."""
    cause = execution.get("cause") or execution.get("error") or "no cause given"
    try:
        read = json.loads(cause)
    except ValueError:
        return str(cause)
    if not isinstance(read, dict):
        return str(cause)
    # Of a function, a job, a query; the cause of a workflow inside this one is its description, which has a cause, too.
    query = read.get("QueryExecution", {}).get("Status", {}).get("StateChangeReason")
    inner = read.get("errorMessage") or read.get("ErrorMessage") or query
    return str(inner) if inner else reason({"cause": read["Cause"]}) if read.get("Cause") else str(cause)
