"""What the fallback has to know of users: age and purchases, from the lake into the table of the API."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3

from pipeline.lake import Lake

# Purchases of sets that are too long for one item of DynamoDB are cut to the latest; Personalize filters by 100.
MOST = 1000
_SQL = """
SELECT u.user_id, u.age, p.bought
FROM users u
LEFT JOIN (
  SELECT user_id, array_join(slice(array_agg(DISTINCT item_id), 1, {most}), ' ') AS bought
  FROM clean_interactions WHERE event_type = 'purchase' GROUP BY user_id
) p ON u.user_id = p.user_id
"""


def fill(outputs: Mapping[str, str]) -> int:
    """Adds what the lake knows to what the table has learned since, and returns of how many users.

    Doing it again changes nothing: purchases are a set, to which the same ones are added.
    """
    rows = Lake(outputs["Database"], outputs["Workgroup"]).query(_SQL.format(most=MOST))
    client = boto3.client("dynamodb")
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(lambda row: _keep(client, outputs["UsersTable"], row), rows))
    return len(rows)


def _keep(client: Any, table: str, row: Mapping[str, str | None]) -> None:
    update = "SET age = :age"
    values: dict[str, Any] = {":age": {"N": row["age"] or "0"}}
    if row["bought"]:
        update, values = f"{update} ADD bought :bought", {**values, ":bought": {"SS": row["bought"].split()}}
    key = {"user_id": {"S": row["user_id"]}}
    client.update_item(TableName=table, Key=key, UpdateExpression=update, ExpressionAttributeValues=values)
