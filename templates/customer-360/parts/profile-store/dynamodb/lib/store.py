"""The profile store: a table of DynamoDB, one item for each customer."""

import hashlib
import json
from typing import Any

import boto3


def keep(_lake: Any, table: str, profiles: dict[str, dict[str, Any]]) -> tuple[int, int]:
    """Writes the profiles that have changed and removes those of nobody; returns how many of each."""
    dynamodb = boto3.resource("dynamodb").Table(table)
    texts = {id: json.dumps(found, sort_keys=True) for id, found in profiles.items()}
    digests = {id: hashlib.sha256(text.encode()).hexdigest()[:16] for id, text in texts.items()}
    there: dict[str, str] = {}
    page = dynamodb.scan(ProjectionExpression="customer_id, digest")
    while True:
        there |= {item["customer_id"]: item["digest"] for item in page["Items"]}
        if "LastEvaluatedKey" not in page:
            break
        page = dynamodb.scan(ProjectionExpression="customer_id, digest", ExclusiveStartKey=page["LastEvaluatedKey"])
    changed = [id for id in sorted(texts) if there.get(id) != digests[id]]
    gone = sorted(there.keys() - texts.keys())
    with dynamodb.batch_writer() as batch:
        for id in changed:
            batch.put_item(Item={"customer_id": id, "digest": digests[id], "profile": texts[id]})
        for id in gone:
            batch.delete_item(Key={"customer_id": id})
    return len(changed), len(gone)
