"""Every profile that the store holds, for those who look after it."""

import json
from collections.abc import Mapping
from typing import Any

import boto3


def stored(outputs: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Returns the profiles by the id of their customer."""
    table = boto3.resource("dynamodb").Table(outputs["ProfileStore"])
    items, page = [], table.scan()
    items += page["Items"]
    while "LastEvaluatedKey" in page:
        page = table.scan(ExclusiveStartKey=page["LastEvaluatedKey"])
        items += page["Items"]
    return {item["customer_id"]: json.loads(item["profile"]) for item in items}
