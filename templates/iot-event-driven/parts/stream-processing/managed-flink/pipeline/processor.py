"""The stream processor of this project is a Flink application: CloudFormation makes it, and here it is started."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import boto3

from data.traffic import Ledger, Windows, expected_windows
from deploy.errors import DeployError

SPEED = 50.0  # seconds of the plant in one of `make run`: devices are merged by one watermark, which waits 30 of them
_PATIENCE = 600.0  # seconds until an application runs
_PAUSE = 1.0


def start(outputs: Mapping[str, str], told: Callable[[str], None]) -> None:
    """Starts the application, from its latest snapshot if it has one, and waits until it runs.

    Raises:
        DeployError: it does not; says where its log is.
    """
    client, name = boto3.client("kinesisanalyticsv2"), outputs["Processor"]
    status = _status(client, name)
    if status == "READY":
        told(f"  starting {name}")
        restore = {"ApplicationRestoreConfiguration": {"ApplicationRestoreType": "RESTORE_FROM_LATEST_SNAPSHOT"}}
        client.start_application(ApplicationName=name, RunConfiguration=restore)
    deadline = time.monotonic() + _PATIENCE
    while (status := _status(client, name)) != "RUNNING":
        if status == "READY" or time.monotonic() > deadline:
            raise DeployError(f"{name} does not run ({status}); its log is /aws/kinesis-analytics/… of the project.")
        time.sleep(_PAUSE)


def due(ledger: Ledger, late: set[str]) -> tuple[Windows, set[str]]:
    """Returns the windows of one minute that must be there, and the readings that must be late.

    Time goes on for all devices together, by the latest of them: which readings come too late for it depends on the
    line, so that those that the lake calls late are taken by their word, and must be in no window.
    """
    known = late & ledger.readings.keys()
    return expected_windows(ledger, known, together=True), known


def _status(client: Any, name: str) -> str:
    found: str = client.describe_application(ApplicationName=name)["ApplicationDetail"]["ApplicationStatus"]
    return found
