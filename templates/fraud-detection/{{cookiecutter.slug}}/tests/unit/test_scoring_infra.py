"""What the templates, the code and the data have to agree about."""

import json

import features
import transaction

from data.generate import COLUMNS
from pipeline.kinds import KINDS
from templates import INFRA, allowed, resources


def test_the_role_of_the_state_machine_allows_what_its_tasks_do() -> None:
    # What Step Functions needs for each kind of task, by its documentation of service integrations.
    needed = {
        "sagemaker:createTrainingJob.sync": {
            "sagemaker:CreateTrainingJob",
            "sagemaker:DescribeTrainingJob",
            "sagemaker:StopTrainingJob",
            "iam:PassRole",
            "events:PutTargets",
            "events:PutRule",
            "events:DescribeRule",
        },
        "lambda:invoke": {"lambda:InvokeFunction"},
    }
    machine = json.loads((INFRA / "train.asl.json").read_text())["States"]
    states = machine["Models"]["ItemProcessor"]["States"] | machine
    assert [one["kind"] for one in machine["Kinds"]["Result"]] == list(KINDS)
    tasks = {state["Resource"].rpartition(":::")[2] for state in states.values() if state["Type"] == "Task"}
    assert tasks == needed.keys()
    lent = resources("retraining.yaml")["MayReplace"]["Properties"]["PolicyDocument"]["Statement"]
    (called,) = (one["Resource"] for one in lent if one["Action"] == "lambda:InvokeFunction")
    assert called == "ReplaceFunction.Arn"
    for task in tasks:
        assert needed[task] <= allowed("training.yaml", "MachineRole") | {one["Action"] for one in lent}


def test_the_role_of_the_curation_allows_what_its_query_does() -> None:
    # By the documentation of Step Functions for Athena, as far as the query reads and writes.
    needed = {
        *("athena:StartQueryExecution", "athena:GetQueryExecution", "athena:StopQueryExecution"),
        *("glue:GetDatabase", "glue:GetTable", "glue:GetPartitions"),
        *("s3:GetObject", "s3:PutObject", "s3:GetBucketLocation", "s3:ListBucket", "s3:AbortMultipartUpload"),
        *("kms:Decrypt", "kms:GenerateDataKey"),
    }
    assert needed <= allowed("curation.yaml", "MachineRole")
    query = json.loads((INFRA / "curate.asl.json").read_text())["States"]["MakeOnce"]["Parameters"]["QueryString"]
    columns = resources("curation.yaml")["Transactions"]["Properties"]["TableInput"]["StorageDescriptor"]["Columns"]
    selected = query.removeprefix("INSERT INTO transactions SELECT ").split(" FROM ")[0].split(", ")
    assert selected == [*(column["Name"] for column in columns), "dt"]  # INSERT goes by place, not by name


def test_the_role_of_the_streams_allows_what_firehose_does() -> None:
    needed = {"s3:PutObject", "s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:ListBucket"}
    assert needed | {"kms:GenerateDataKey", "logs:PutLogEvents"} <= allowed("delivery.yaml", "Role")
    prefixes = {
        stream["Properties"]["ExtendedS3DestinationConfiguration"][kind].split("/")[0]
        for stream in resources("delivery.yaml").values()
        if stream["Type"] == "AWS::KinesisFirehose::DeliveryStream"
        for kind in ("Prefix", "ErrorOutputPrefix")
    }
    policy = resources("delivery.yaml")["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]
    assert {resource.removeprefix("${LakeArn}/").removesuffix("/*") for resource in policy["Resource"]} == prefixes


def test_the_tables_have_a_column_for_everything_that_is_stored() -> None:
    def columns(table: str) -> set[str]:
        descriptor = resources("catalog.yaml")[table]["Properties"]["TableInput"]["StorageDescriptor"]
        return {column["Name"] for column in descriptor["Columns"]}

    fields = {*transaction.TEXTS, "time", *transaction.COUNTRIES, "channel", *transaction.NUMBERS}
    scores = {"score", "threshold", "anomaly_score", "anomaly_threshold"}
    kept_beside = scores | {"decision", "held_by", "scored_at", "request_id"}
    assert columns("ScoredTransactions") == fields | kept_beside
    curated = resources("curation.yaml")["Transactions"]["Properties"]["TableInput"]["StorageDescriptor"]["Columns"]
    assert {column["Name"] for column in curated} == fields | kept_beside - {"request_id"}
    kept = {"id", "reason", "detail", "body", "body_cut", "received_at", "request_id"}
    assert columns("RejectedTransactions") == kept


def test_the_api_takes_what_the_model_looks_at_and_the_data_hold() -> None:
    fields = {*transaction.TEXTS, "time", *transaction.COUNTRIES, "channel", *transaction.NUMBERS}
    assert fields == set(COLUMNS) - {"is_fraud"}

    class Asked(dict[str, object]):
        def __getitem__(self, name: str) -> object:
            asked.add(name)
            return super().__getitem__(name)

    asked: set[str] = set()
    example: dict[str, object] = dict.fromkeys(fields, 1) | {"time": "2026-03-01T00:00:00Z"}
    features.features(Asked(example), ["fuel"])
    assert asked <= fields
