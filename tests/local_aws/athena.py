"""Queries of Athena in tests: results as an analyst sees them."""

import time
import uuid
from typing import Any

from local import LocalAws


class Lake:
    """A bucket, a database and an Athena that writes its results into the bucket."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.name = f"d{uuid.uuid4().hex[:12]}"
        self.bucket = f"lake-{self.name}"
        self.s3, self.glue, self.athena = aws.client("s3"), aws.client("glue"), aws.client("athena")
        self.s3.create_bucket(Bucket=self.bucket)
        self.glue.create_database(DatabaseInput={"Name": self.name})

    def put(self, key: str, text: str | bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode() if isinstance(text, str) else text)

    def table(self, name: str, columns: str, keys: str = "", json: bool = True, **properties: str) -> None:
        """Creates a table over `<name>/`: `id bigint, amount double`."""
        serde = "org.openx.data.jsonserde.JsonSerDe" if json else "org.apache.hadoop.hive.serde2.OpenCSVSerde"
        self.glue.create_table(
            DatabaseName=self.name,
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": {name.replace("__", "."): value for name, value in properties.items()},
                "PartitionKeys": self.columns(keys),
                "StorageDescriptor": {
                    "Columns": self.columns(columns),
                    "Location": f"s3://{self.bucket}/{name}/",
                    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                    "SerdeInfo": {"SerializationLibrary": serde},
                },
            },
        )

    @staticmethod
    def columns(text: str) -> list[dict[str, str]]:
        pairs = [column.strip().split(" ", 1) for column in text.split(", ") if column]
        return [{"Name": name, "Type": kind} for name, kind in pairs]

    def execute(self, sql: str, *parameters: str, **options: str) -> dict[str, Any]:
        """Runs a statement and returns its execution, whatever became of it."""
        number = self.athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": self.name},
            ResultConfiguration={"OutputLocation": f"s3://{self.bucket}/results/"},
            **({"ExecutionParameters": list(parameters)} if parameters else {}),
            **options,
        )["QueryExecutionId"]
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            execution = self.athena.get_query_execution(QueryExecutionId=number)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return dict(execution)
            time.sleep(0.02)
        raise AssertionError(f"the query is still running: {sql}")

    def query(self, sql: str, *parameters: str) -> list[list[str | None]]:
        """Runs a statement and returns its rows, the names of the columns first."""
        execution = self.execute(sql, *parameters)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"].get("StateChangeReason")
        pages = self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution["QueryExecutionId"])
        return [
            [cell.get("VarCharValue") for cell in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]
        ]

    def rows(self, sql: str, *parameters: str) -> list[list[str | None]]:
        return self.query(sql, *parameters)[1:]

    def error(self, sql: str) -> str:
        """Runs a statement that must fail and returns the reason."""
        execution = self.execute(sql)
        assert execution["Status"]["State"] == "FAILED", sql
        return str(execution["Status"]["StateChangeReason"])
