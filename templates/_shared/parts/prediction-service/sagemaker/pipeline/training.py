"""The model step: training data into the lake, one execution of the state machine, the model's own report."""

import io
import json
import tarfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3

from deploy.errors import DeployError


@dataclass(frozen=True)
class Trained:
    """What came of a training."""

    model_data_url: str
    report: dict[str, Any]


def upload(lake: str, channels: Mapping[str, str]) -> None:
    """Puts a CSV for each channel where the training job reads it, in place of the one that was there."""
    s3 = boto3.client("s3")
    for channel, content in channels.items():
        s3.put_object(Bucket=lake, Key=f"training/{channel}/data.csv", Body=content.encode())


def has_data(lake: str) -> bool:
    """Returns whether the lake already holds something to train from."""
    return bool(boto3.client("s3").list_objects_v2(Bucket=lake, Prefix="training/train/", MaxKeys=1).get("Contents"))


def train(machine: str, told: Callable[[str], None]) -> Trained:
    """Runs the state machine, whose output names one model, and returns the model.

    Raises:
        DeployError: the execution failed; says why, and where its log is.
    """
    url = str(execute(machine, told)["ModelDataUrl"])
    return Trained(url, report(url))


def execute(machine: str, told: Callable[[str], None], given: Mapping[str, Any] | None = None) -> Any:
    """Runs the state machine with an input and returns its output.

    Raises:
        DeployError: the execution failed; says why, and where its log is.
    """
    client = boto3.client("stepfunctions")
    name = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]
    execution = client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given or {}))
    started = time.monotonic()
    pause = 0.2
    while (found := client.describe_execution(executionArn=execution["executionArn"]))["status"] == "RUNNING":
        time.sleep(pause)
        pause = min(pause * 1.5, 15)
        if time.monotonic() - started > 30:
            told(f"  training for {time.monotonic() - started:.0f} s …")
    if found["status"] != "SUCCEEDED":
        why = _reason(found.get("cause") or found.get("error") or "no cause given")
        raise DeployError(
            f"The training {name} has {found['status'].lower()}: {why} Its log is in /aws/sagemaker/TrainingJobs."
        )
    return json.loads(found["output"])


def report(model_data_url: str) -> dict[str, Any]:
    """Returns the figures that lie in a model's archive."""
    bucket, _, key = model_data_url.removeprefix("s3://").partition("/")
    archive = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as members:
        member = next(name for name in members.getnames() if name.removeprefix("./") == "report.json")
        file = members.extractfile(member)
        assert file is not None
        found: dict[str, Any] = json.load(file)
    return found


def newest_model(lake: str, prefix: str = "models/") -> str | None:
    """Returns the address of the model that was trained last, or None."""
    pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=lake, Prefix=prefix)
    found = [item for page in pages for item in page.get("Contents", []) if item["Key"].endswith("/model.tar.gz")]
    if not found:
        return None
    return f"s3://{lake}/{max(found, key=lambda item: item['LastModified'])['Key']}"


def _reason(cause: str) -> str:
    """Returns the sentence in the description of a training job that Step Functions gives as a cause."""
    try:
        job = json.loads(cause)
    except ValueError:
        return cause
    return str(job.get("FailureReason", cause)) if isinstance(job, dict) else cause
