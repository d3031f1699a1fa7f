"""Windows, enrichment and patterns of a batch of the stream, with what is remembered of each device in DynamoDB.

First what came of a batch is delivered, then what is to be remembered is kept, under the version that was read. A
function that dies between the two leaves a batch that is given again and comes to the same: each window, alert and
late reading has a key, and whoever reads takes one row for each.
"""

import json
import os
import time
import zlib
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from delivery import deliver
from panes import Device, Given, recalled, remembered, take
from records import failed_from, records
from telemetry import Malformed, opened, reading

_ASSETS_KEPT = 300  # seconds

_patience = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 4, "mode": "standard"})
firehose = boto3.client("firehose", config=_patience)
dynamodb = boto3.client("dynamodb", config=_patience)
s3 = boto3.client("s3", config=_patience)

_assets: tuple[float, dict[str, dict[str, Any]]] = (0.0, {})


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Works on a batch of the stream; what is no reading is the business of the function that scores."""
    by_device: dict[str, list[dict[str, Any]]] = {}
    for record in records(event):
        try:
            found = reading(opened(record.data))
        except Malformed:
            continue
        by_device.setdefault(found["device"], []).append(found)
    given, kept = Given(), {}
    assets = _asset_table()
    for name, readings in by_device.items():
        device, version = _recall(name)
        for one in readings:
            take(device, one, assets.get(name, {}), given)
        kept[name] = (device, version)
    deliver(firehose, os.environ["WINDOWS_STREAM"], given.windows)
    deliver(firehose, os.environ["ALERTS_STREAM"], given.alerts)
    deliver(firehose, os.environ["LATE_STREAM"], given.late)
    for name, (device, version) in kept.items():
        _remember(name, device, version)
    _count(given)
    return failed_from(None)


def _recall(name: str) -> tuple[Device, int]:
    answer = dynamodb.get_item(TableName=os.environ["STATE_TABLE"], Key={"device": {"S": name}}, ConsistentRead=True)
    item = answer.get("Item")
    if item is None:
        return Device(), 0
    return recalled(json.loads(zlib.decompress(item["state"]["B"]))), int(item["version"]["N"])


def _remember(name: str, device: Device, version: int) -> None:
    """Keeps what is known of a device, unless somebody else has kept something in between: then the batch fails."""
    condition: Mapping[str, Any] = (
        {"ConditionExpression": "version = :read", "ExpressionAttributeValues": {":read": {"N": str(version)}}}
        if version
        else {"ConditionExpression": "attribute_not_exists(device)"}
    )
    dynamodb.put_item(
        TableName=os.environ["STATE_TABLE"],
        Item={
            "device": {"S": name},
            "version": {"N": str(version + 1)},
            "state": {"B": zlib.compress(json.dumps(remembered(device)).encode(), 1)},
            "forget_at": {"N": str(round(time.time()) + 30 * 86_400)},
        },
        **condition,
    )


def _asset_table() -> dict[str, dict[str, Any]]:
    """Returns the assets by device, read again every few minutes."""
    global _assets  # noqa: PLW0603, what a running function keeps between two batches
    read_at, table = _assets
    if time.monotonic() - read_at > _ASSETS_KEPT or not table:
        content = s3.get_object(Bucket=os.environ["LAKE_BUCKET"], Key=os.environ["ASSETS_KEY"])["Body"].read()
        rows = [json.loads(line) for line in content.splitlines() if line.strip()]
        table = {row["device"]: row for row in rows}
        _assets = (time.monotonic(), table)
    return table


def _count(given: Given) -> None:
    """Prints metrics in the embedded format, from which CloudWatch Logs makes metrics without a call."""
    values = {"Windows": len(given.windows), "Alerts": len(given.alerts), "Late": len(given.late)}
    values["Repeated"] = given.repeated
    metrics = [{"Name": name, "Unit": "Count"} for name in values]
    directive = {"Namespace": os.environ["METRICS_NAMESPACE"], "Dimensions": [[]], "Metrics": metrics}
    print(json.dumps({"_aws": {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [directive]}, **values}))
