"""Measures every day whether scores are still spread as they were when the model was made.

The measure is the population stability index: over ten ranges that held a tenth of the scores each when the model was
judged, the sum of (share now - share then) x log(share now / share then). It is 0 where nothing has moved.
"""

import io
import json
import math
import os
import tarfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

# Of fewer scores the shares are chance: the index of 200 unmoved scores in ten ranges is about 9 / 200.
LEAST = 200
_FLOOR = 1e-4  # an empty range would make the index infinite

s3 = boto3.client("s3")
athena = boto3.client("athena")
cloudwatch = boto3.client("cloudwatch")
sagemaker = boto3.client("sagemaker")


class NoAnswer(Exception):
    """Athena gave no answer; the message says why."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001, a schedule has nothing to say
    """Puts the metric ScoreDrift for each model, and returns what was measured by the name of the score's column."""
    found: dict[str, Any] = {}
    for one in os.environ["ENDPOINTS"].split(","):
        column, _, endpoint = one.partition("=")
        reference = _reference(_model(endpoint))
        counts = _counts(column, reference["edges"])
        if sum(counts) < LEAST:
            found[column] = {"scores": sum(counts), "drift": None}
            continue
        drift = stability(reference["shares"], counts)
        found[column] = {"scores": sum(counts), "drift": round(drift, 4)}
        metric = {"MetricName": "ScoreDrift", "Dimensions": [{"Name": "Score", "Value": column}], "Value": drift}
        cloudwatch.put_metric_data(Namespace=os.environ["METRICS_NAMESPACE"], MetricData=[metric])
    print(json.dumps({"level": "INFO", "message": "measured", **found}))
    return found


def stability(shares: Sequence[float], counts: Sequence[int]) -> float:
    """Returns the population stability index of counts against the shares they had.

    >>> stability([0.5, 0.5], [70, 70])
    0.0
    >>> round(stability([0.5, 0.5], [90, 10]), 2)
    0.88
    """
    total = sum(counts)
    pairs = [(max(then, _FLOOR), max(count / total, _FLOOR)) for then, count in zip(shares, counts, strict=True)]
    return sum((now - then) * math.log(now / then) for then, now in pairs)


def _model(endpoint: str) -> str:
    """Returns the address of the model that answers now, whoever has put it there."""
    config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    variant = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"][0]
    model = sagemaker.describe_model(ModelName=variant["ModelName"])
    return str(model["PrimaryContainer"]["ModelDataUrl"])


def _reference(url: str) -> dict[str, Any]:
    """Returns how scores were spread, from the report in a model's archive."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        member = next(name for name in archive.getnames() if name.removeprefix("./") == "report.json")
        file = archive.extractfile(member)
        assert file is not None
        reference: dict[str, Any] = json.load(file)["reference"]
    return reference


def _counts(column: str, edges: Sequence[float]) -> list[int]:
    """Returns how many scores of the last day lie below the first edge, between two of them, and above the last."""
    since = datetime.now(UTC) - timedelta(days=1)
    below = ", ".join(f"count_if({column} < {edge!r}) AS below_{place}" for place, edge in enumerate(edges))
    row = _ask(
        f"SELECT {below}, count({column}) AS scores FROM transactions"
        f" WHERE dt >= '{since:%Y-%m-%d}' AND scored_at >= '{since:%Y-%m-%dT%H:%M:%S}'"
    )
    reached = [0, *row]
    return [reached[place + 1] - reached[place] for place in range(len(row))]


def _ask(sql: str) -> list[int]:
    """Returns the one row of a query."""
    started = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": os.environ["DATABASE"]},
        WorkGroup=os.environ["WORKGROUP"],
    )
    query = started["QueryExecutionId"]
    while True:
        status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        if status["State"] == "SUCCEEDED":
            break
        if status["State"] in {"FAILED", "CANCELLED"}:
            raise NoAnswer(status.get("StateChangeReason", status["State"]))
        time.sleep(0.5)
    cells = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"][1]["Data"]
    return [int(cell["VarCharValue"]) for cell in cells]
