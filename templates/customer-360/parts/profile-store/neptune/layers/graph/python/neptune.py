"""Neptune's data API, signed with the credentials of the function's role."""

import functools
import os
from collections.abc import Iterator, Sequence
from typing import Any

import boto3
from botocore.config import Config

_BATCH = 500


@functools.cache
def data() -> Any:
    """Returns the client of the graph's endpoint."""
    config = Config(connect_timeout=1, read_timeout=120, retries={"total_max_attempts": 2, "mode": "standard"})
    return boto3.client("neptunedata", endpoint_url=os.environ["GRAPH_URL"], config=config)


def start_load(source: str, kind: str, role: str) -> str:
    """Starts the bulk loader on everything below an address of S3, and returns the id of the load."""
    started = data().start_loader_job(
        source=source,
        format=kind,
        s3BucketRegion=os.environ["AWS_REGION"],
        iamRoleArn=role,
        failOnError=True,
        updateSingleCardinalityProperties=False,
        queueRequest=True,
    )
    return str(started["payload"]["loadId"])


def load_state(id: str) -> tuple[str, str]:
    """Returns the state of a load, and what went wrong."""
    found = data().get_loader_job_status(loadId=id, errors=True)["payload"]
    logs = found.get("errors", {}).get("errorLogs", [])
    return str(found["overallStatus"]["status"]), "; ".join(str(log.get("errorMessage", log)) for log in logs[:3])


def batches(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Yields a few hundred at a time.

    >>> [len(part) for part in batches(range(1200))]
    [500, 500, 200]
    """
    for start in range(0, len(things), _BATCH):
        yield things[start : start + _BATCH]
