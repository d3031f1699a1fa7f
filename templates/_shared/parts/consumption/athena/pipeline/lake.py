"""What an analyst sees of the lake: answers of Athena."""

import time
from dataclasses import dataclass
from typing import Any

import boto3

from deploy.errors import DeployError


class QueryError(DeployError):
    """A query that Athena could not answer; the message is Athena's."""


@dataclass(frozen=True)
class Lake:
    """The tables of a deployment."""

    database: str
    workgroup: str

    def query(self, sql: str) -> list[dict[str, str | None]]:
        """Returns the rows of a query, all values as Athena prints them."""
        execution = self.run(sql)
        athena = boto3.client("athena")
        rows: list[list[str | None]] = []
        for page in athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution):
            rows += [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
        header = [str(name) for name in rows[0]]
        return [dict(zip(header, row, strict=True)) for row in rows[1:]]

    def run(self, sql: str) -> str:
        """Waits until a statement is done and returns the id of its execution."""
        athena = boto3.client("athena")
        started = athena.start_query_execution(
            QueryString=sql, QueryExecutionContext={"Database": self.database}, WorkGroup=self.workgroup
        )
        execution = str(started["QueryExecutionId"])
        _wait(athena, execution)
        return execution


def _wait(athena: Any, execution: str) -> None:
    pause = 0.1
    while True:
        status = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
        if status["State"] == "SUCCEEDED":
            return
        if status["State"] in {"FAILED", "CANCELLED"}:
            raise QueryError(status.get("StateChangeReason", status["State"]))
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)
