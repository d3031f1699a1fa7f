"""The preparation in Athena: what it hands over, and what its role allows."""

import json
import re
from typing import Any

from templates import INFRA, allowed

BRANCHES = json.loads((INFRA / "prepare.asl.json").read_text())["States"]["Prepare"]["Branches"]
TASKS: dict[str, Any] = {name: state for branch in BRANCHES for name, state in branch["States"].items()}


def test_what_is_prepared_has_the_columns_that_are_learned_from() -> None:
    shaped = {
        "Interactions": ["USER_ID", "ITEM_ID", "EVENT_TYPE", "TIMESTAMP"],
        "Items": ["ITEM_ID", "CATEGORY", "PRICE", "MIN_AGE", "AVAILABLE", "CREATION_TIMESTAMP"],
        "Users": ["USER_ID", "AGE"],
    }
    for kind, columns in shaped.items():
        sql = TASKS[f"Prepare{kind}"]["Parameters"]["QueryString"]
        assert re.findall(r' AS "([A-Z_]+)"(?:,| FROM)', sql) == columns, kind


def test_what_the_tracker_has_is_left_out() -> None:
    assert TASKS["PrepareInteractions"]["Parameters"]["QueryString"].endswith("WHERE NOT tracked")


def test_the_role_of_the_state_machine_allows_what_its_tasks_do() -> None:
    # What Step Functions needs for a query, by its documentation of service integrations.
    assert {task["Resource"].rpartition(":::")[2] for task in TASKS.values()} == {"athena:startQueryExecution.sync"}
    assert {
        "athena:StartQueryExecution",
        "athena:GetQueryExecution",
        "athena:StopQueryExecution",
        "athena:GetDataCatalog",
        "s3:GetBucketLocation",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "glue:GetDatabase",
        "glue:GetTable",
        "glue:GetPartitions",
    } <= allowed("preparation.yaml", "MachineRole")
