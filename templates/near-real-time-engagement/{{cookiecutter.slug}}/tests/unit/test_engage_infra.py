"""What the templates, the code, the views and the data have to agree about."""

import json
import re
from typing import Any

import columns
import lake
import react

from data import history
from data.population import make
from templates import INFRA, PROJECT, allowed, resources

VIEWS = PROJECT / "views"


def test_the_roles_of_the_state_machines_allow_what_their_tasks_do() -> None:
    # What Step Functions needs for each kind of task, by its documentation of service integrations.
    rule = {"events:PutTargets", "events:PutRule", "events:DescribeRule"}
    needed = {
        "sagemaker:createTrainingJob.sync": rule
        | {
            "sagemaker:CreateTrainingJob",
            "sagemaker:DescribeTrainingJob",
            "sagemaker:StopTrainingJob",
            "iam:PassRole",
        },
        "sagemaker:createTransformJob.sync": rule
        | {"sagemaker:CreateTransformJob", "sagemaker:DescribeTransformJob", "sagemaker:StopTransformJob"},
        "athena:startQueryExecution.sync": {
            "athena:StartQueryExecution",
            "athena:GetQueryExecution",
            "athena:StopQueryExecution",
            "glue:GetTable",
            "glue:GetPartitions",
            "s3:GetObject",
            "s3:PutObject",
            "s3:ListBucket",
            "s3:GetBucketLocation",
        },
        "lambda:invoke": {"lambda:InvokeFunction"},
    }
    seen = set()
    for definition, permitted in (
        ("train.asl.json", allowed("training.yaml", "MachineRole") | more("retraining.yaml", "MayPrepareData")),
        ("score.asl.json", allowed("scoring.yaml", "MachineRole")),
    ):
        for state in states(definition):
            if state["Type"] == "Task":
                task = state["Resource"].rpartition(":::")[2]
                assert needed[task] <= permitted, task
                seen.add(task)
    assert seen == needed.keys()


def states(definition: str) -> list[dict[str, Any]]:
    """Returns all states of a state machine, those within another one, too."""
    found: list[dict[str, Any]] = []
    left = [json.loads((INFRA / definition).read_text())]
    while left:
        for state in left.pop()["States"].values():
            found.append(state)
            left += [state["ItemProcessor"]] if "ItemProcessor" in state else []
    return found


def more(template: str, policy: str) -> set[str]:
    statements = resources(template)[policy]["Properties"]["PolicyDocument"]["Statement"]
    actions = [one["Action"] for one in statements]
    return {action for named in actions for action in ([named] if isinstance(named, str) else named)}


def test_no_name_is_made_of_one_that_a_schedule_gives() -> None:
    # Who starts an execution without a name gets one of 36 characters, in no order; a job's name has room for 63.
    assert "$$.Execution.Name" not in "".join(path.read_text() for path in INFRA.glob("*.asl.json"))


def test_the_role_of_the_streams_writes_where_they_deliver() -> None:
    prefixes = {
        stream["Properties"]["ExtendedS3DestinationConfiguration"][kind].split("/")[0]
        for stream in resources("delivery.yaml").values()
        if stream["Type"] == "AWS::KinesisFirehose::DeliveryStream"
        for kind in ("Prefix", "ErrorOutputPrefix")
    }
    policy = resources("delivery.yaml")["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]
    assert {resource.removeprefix("${LakeArn}/").removesuffix("/*") for resource in policy["Resource"]} == prefixes
    assert {"s3:PutObject", "lambda:InvokeFunction", "kms:GenerateDataKey"} <= allowed("delivery.yaml", "Role")


def columns_of(table: str) -> set[str]:
    descriptor = resources("catalog.yaml")[table]["Properties"]["TableInput"]["StorageDescriptor"]
    return {column["Name"] for column in descriptor["Columns"]}


def test_the_tables_have_a_column_for_everything_that_is_stored() -> None:
    assert columns_of("EngagementEvents") == lake.OWN | {"received_at"}
    assert columns_of("CustomerActivity") == {"id", "type", "customer", "at", "amount", "received_at"}
    from datetime import date
    from random import Random

    past = history.simulate(Random(1), make(Random(1), 3, date(2026, 6, 1)), date(2026, 6, 1))
    assert columns_of("EngagementEvents") == past.events[0].keys()
    assert columns_of("CustomerActivity") == past.activity[0].keys()
    assert columns_of("Customers") == past.customers[0].keys()


def test_the_model_reads_the_columns_that_the_views_give() -> None:
    chosen = re.search(r"SELECT\s+(.*?)\s+FROM", (VIEWS / "31-scoring-rows.sql").read_text(), re.DOTALL)
    assert chosen
    assert tuple(name.strip() for name in chosen[1].split(",")) == columns.COLUMNS
    (asked,) = (state for state in states("train.asl.json") if "athena" in str(state.get("Resource")))
    chosen = re.search(r"SELECT\s+(.*?)\s+FROM", asked["Parameters"]["QueryString.$"])
    assert chosen
    assert tuple(name.strip() for name in chosen[1].split(",")) == columns.COLUMNS


def test_the_days_of_the_parts_follow_each_other() -> None:
    (begin,) = (state for state in states("train.asl.json") if state["Type"] == "Pass")
    days = {part["channel"]: [int(day) for day in part["ago"].split(",")] for part in begin["Parameters"]["parts"]}
    train, validation, test = (days[name] for name in ("train", "validation", "test"))
    assert min(train) > max(validation) > max(test) >= 1  # the thirty days after a day are over before the next part
    assert min(train) - 1 >= max(validation)


def test_what_sets_off_a_message_has_a_template() -> None:
    named = {
        resource["Properties"]["Template"]["TemplateName"].removeprefix("${Project}-${Stage}-")
        for resource in resources("templates.yaml").values()
    }
    assert {template for _, _, template in react.TRIGGERS.values()} <= named
    for resource in resources("templates.yaml").values():
        text = resource["Properties"]["Template"]["HtmlPart"]
        marketing = "payment" not in resource["Properties"]["Template"]["TemplateName"]
        assert ("{{unsubscribe}}" in text) == marketing


def test_xgboost_is_the_one_of_the_container() -> None:
    tag = re.search(r"sagemaker-xgboost:(\d+)\.(\d+)-(\d+)", (INFRA / "root.yaml").read_text())
    assert tag
    assert f"xgboost-cpu=={'.'.join(tag.groups())} " in (PROJECT / "requirements" / "project.txt").read_text()
