"""Looks every day whether customers still are as those that the model learned from, and how old the model is.

The measure is the population stability index of each feature over the bins that training has left in the report: 0 is
no change; from 0.25 on one usually speaks of a large one.
"""

import csv
import io
import json
import math
import os
import tarfile
import time
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import boto3
import store

s3 = boto3.client("s3", config=store.PATIENCE)
_FIRST = 2  # columns of a row before its features: customer, churned
_LEAST = 1e-4  # a share that is taken for none, since nothing can be divided by it


class NothingScored(Exception):
    """There are no features yet; the scoring has not run."""


def handler(_event: Any, _context: Any) -> dict[str, Any]:
    """Measures the newest scoring against the training, keeps the result in the lake, and tells the alarms."""
    bucket = os.environ["LAKE_BUCKET"]
    report, made = _model(os.environ["MODEL_DATA_URL"])
    age = (datetime.now(UTC) - made).total_seconds() / 86_400
    newer = _newer(bucket, os.environ["MODEL_DATA_URL"], made)
    rows = _newest(bucket)
    found = {
        name: stability(bins["edges"], bins["shares"], [float(row[_FIRST + place]) for row in rows])
        for place, (name, bins) in enumerate(report["reference"].items())
    }
    feature = max(found, key=lambda name: found[name])
    result = {
        "at": store.now(),
        "model": os.environ["MODEL_DATA_URL"],
        "model_age_days": round(age, 3),
        "newer_model": newer,
        "customers": len(rows),
        "largest": round(found[feature], 4),
        "feature": feature,
        "features": {name: round(value, 4) for name, value in found.items()},
    }
    key = f"drift/{datetime.now(UTC):%Y-%m-%d-%H%M%S}.json"
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(result).encode())
    print(json.dumps(_metrics(found[feature], age, newer)))
    return result


def stability(edges: Sequence[float], shares: Sequence[float], values: Sequence[float]) -> float:
    """Returns the population stability index of values against the shares of bins between edges.

    >>> stability([1.0, 2.0], [0.5, 0.25, 0.25], [0.0, 0.5, 1.5, 3.0])
    0.0
    >>> stability([1.0], [0.5, 0.5], [0.0, 0.0, 0.0, 5.0]) > 0.25
    True
    """
    counts = [0] * len(shares)
    for value in values:
        counts[bisect_right(edges, value)] += 1
    index = 0.0
    for count, share in zip(counts, shares, strict=True):
        now, then = max(count / len(values), _LEAST), max(share, _LEAST)
        index += (now - then) * math.log(now / then)
    return index


def _model(url: str) -> tuple[dict[str, Any], datetime]:
    """Returns the report of a model, and when it was made."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    answer = s3.get_object(Bucket=bucket, Key=key)
    with tarfile.open(fileobj=io.BytesIO(answer["Body"].read()), mode="r:gz") as members:
        name = next(name for name in members.getnames() if name.removeprefix("./") == "report.json")
        file = members.extractfile(name)
        assert file is not None
        report: dict[str, Any] = json.load(file)
    made: datetime = answer["LastModified"]
    return report, made


def _newer(bucket: str, url: str, made: datetime) -> str | None:
    """Returns the newest model that was made after the one in use, or None."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="models/")
    found = {
        f"s3://{bucket}/{one['Key']}": one["LastModified"]
        for page in pages
        for one in page.get("Contents", [])
        if one["Key"].endswith("/model.tar.gz")
    }
    return max((one for one in found if one != url and found[one] >= made), key=lambda one: found[one], default=None)


def _newest(bucket: str) -> list[list[str]]:
    """Returns the rows of the newest scoring; its folders bear their time as a name."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="scoring/")
    keys = [str(entry["Key"]) for page in pages for entry in page.get("Contents", [])]
    if not keys:
        raise NothingScored("there is nothing below scoring/")
    newest = max(key.split("/")[1] for key in keys)
    rows: list[list[str]] = []
    for key in (key for key in keys if key.split("/")[1] == newest):
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        rows += [row for row in csv.reader(io.StringIO(body)) if row]
    return rows


def _metrics(largest: float, age: float, newer: str | None) -> dict[str, Any]:
    """Returns the line from which CloudWatch makes metrics without a call."""
    values = {"Drift": round(largest, 4), "ModelAgeDays": round(age, 3), "NewerModel": int(newer is not None)}
    names = [{"Name": name, "Unit": "None"} for name in values]
    directive = {"Namespace": os.environ["METRICS_NAMESPACE"], "Dimensions": [[]], "Metrics": names}
    stamp = {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [directive]}
    return {"_aws": stamp, **values}
