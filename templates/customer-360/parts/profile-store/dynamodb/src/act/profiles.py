"""Profiles, as DynamoDB holds them."""

import json
import os
from typing import Any

import boto3
from botocore.config import Config

dynamodb = boto3.client(
    "dynamodb", config=Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"})
)


def find(id: str) -> dict[str, Any] | None:
    """Returns the profile of a customer, or None."""
    found = dynamodb.get_item(TableName=os.environ["PROFILE_STORE"], Key={"customer_id": {"S": id}})
    if "Item" not in found:
        return None
    profile: dict[str, Any] = json.loads(found["Item"]["profile"]["S"])
    return profile
