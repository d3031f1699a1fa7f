"""What the templates, the code and the data have to agree about."""

import json
import re

import messages

from data import sources
from templates import INFRA, PROJECT, allowed, resources, template


def columns(table: str) -> set[str]:
    descriptor = resources("catalog.yaml")[table]["Properties"]["TableInput"]["StorageDescriptor"]
    return {column["Name"] for column in descriptor["Columns"]}


def test_the_landed_tables_have_the_columns_of_the_data() -> None:
    assert columns("LandedInteractions") == set(sources.INTERACTIONS)
    assert columns("Items") == set(sources.ITEMS)
    assert columns("Users") == set(sources.USERS)


def test_the_table_of_events_has_a_column_for_everything_that_is_stored() -> None:
    event = messages.event_of(
        {"id": "e", "type": "view", "item": "i", "time": "2026-03-01T10:00:00Z", "recommendation": "R"}
    )
    assert columns("Events") == set(event) | {"user_id", "session_id", "tracked", "received_at"}


def test_types_of_events_are_the_same_everywhere() -> None:
    assert messages.TYPES == sources.TYPES
    judged = (PROJECT / "views" / "20-judged-interactions.sql").read_text()
    listed = re.search(r"NOT IN \((.*?)\)", judged)
    assert listed
    assert tuple(re.findall(r"'(\w+)'", listed[1])) == messages.TYPES


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


def test_every_alarm_that_the_readme_promises_is_there() -> None:
    alarms = {name for name, one in resources("operations.yaml").items() if one["Type"] == "AWS::CloudWatch::Alarm"}
    assert {"SlowAnswers", "FallbackShare", "OldModel", "TrackerFailures", "EventsNotStored"} <= alarms
    assert {"TrainingFailed", "RetrainingFailed", "RetrainingNotStarted"} <= alarms
    counted = set(re.findall(r'"(\w+)": 1\b|_count\((\w+)=', "".join(
        (PROJECT / "src" / path).read_text() for path in ("recommend/answer.py", "track/take.py")
    )))  # fmt: skip
    emitted = {name for pair in counted for name in pair if name} | {"Fallback", "ModelAgeHours"}
    own = {
        one["Properties"]["MetricName"]
        for one in resources("operations.yaml").values()
        if one["Type"] == "AWS::CloudWatch::Alarm" and one["Properties"]["Namespace"] == "${Project}-${Stage}"
    }
    assert own <= emitted


def test_every_route_has_a_function_behind_it() -> None:
    keys = {
        one["Properties"]["RouteKey"]
        for one in resources("serving.yaml").values()
        if one["Type"] == "AWS::ApiGatewayV2::Route"
    }
    assert keys == set(re.findall(r'"((?:GET|POST|PUT) /\S+)"', (PROJECT / "src/recommend/answer.py").read_text())) | {
        "POST /events",
        "PUT /items/{item}",
    }
    assert all(
        one["Properties"]["AuthorizationType"] == "AWS_IAM"
        for one in resources("serving.yaml").values()
        if one["Type"] == "AWS::ApiGatewayV2::Route"
    )


def test_the_weekly_training_may_do_what_its_tasks_do_and_its_schedule_may_start_it() -> None:
    tasks = json.loads((INFRA / "retrain.asl.json").read_text())["States"].values()
    used = {task["Resource"].rpartition(":::")[2] for task in tasks}
    assert used == {"states:startExecution.sync:2", "lambda:invoke"}
    # What Step Functions needs for both, by its documentation of service integrations.
    needed = {"states:StartExecution", "states:DescribeExecution", "states:StopExecution", "lambda:InvokeFunction"}
    rule = {"events:PutTargets", "events:PutRule", "events:DescribeRule"}
    assert allowed("retraining.yaml", "MachineRole") == needed | rule
    assert allowed("retraining.yaml", "ScheduleRole") == {"states:StartExecution"}
    # A rate would begin at once: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    assert template("root.yaml")["Parameters"]["RetrainingSchedule"]["Default"] == "cron(0 3 ? * MON *)"
