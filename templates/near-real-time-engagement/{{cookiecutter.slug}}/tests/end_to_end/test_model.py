"""The model loop: trained on what the lake holds, its scores given to the audience."""

import json
import uuid
from datetime import UTC
from random import Random
from typing import Any

from columns import FEATURES

from pipeline import audience, scoring
from pipeline.training import newest_model, report as training_report

from .conftest import Deployed, eventually


def test_the_training_hands_over_a_model_that_beats_the_rule_and_is_told_how_good(deployed: Deployed) -> None:
    report = deployed.trained.report
    assert report["model"]["pr_auc"] > report["rule"]["pr_auc"]
    assert report["tries"]
    assert report["good_enough"] == report["tries"][-1]["good_enough"] or not report["good_enough"]
    assert newest_model(deployed.outputs["LakeBucket"]) == deployed.trained.model_data_url


def test_features_know_nothing_of_what_follows_their_day(deployed: Deployed) -> None:
    late = deployed.lake.query(
        "SELECT count(*) AS n FROM customer_features WHERE days_since_order < 0 OR days_since_open < 0 OR orders_90 < 1"
    )
    assert late == [{"n": "0"}]
    days = deployed.lake.query("SELECT ago, count(*) AS n FROM customer_features GROUP BY ago ORDER BY ago")
    assert [row["ago"] for row in days] == ["0", "1", "2", "3", "4", "5", "6"]


def test_every_active_customer_of_the_audience_gets_the_score_that_is_in_the_lake(deployed: Deployed) -> None:
    live = deployed.people[:80]
    audience.create(deployed.outputs["Audience"], live, Random(1))
    counts = scoring.score(deployed.outputs["ScoringMachineArn"])
    rows = deployed.lake.query("SELECT customer FROM scoring_rows")
    assert counts["applied"] + counts["unknown"] == len(rows)
    s3, bucket = deployed.client("s3"), deployed.outputs["LakeBucket"]
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix="scores/")["Contents"]]
    lines = [
        line.split(",")
        for key in keys
        for line in s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode().split()
    ]
    written = {customer: (score, segment) for customer, score, segment in lines}
    assert written.keys() == {row["customer"] for row in rows}
    scored = 0
    for person in live:
        item = deployed.table("Audience").get_item(Key={"customer": person.id, "entry": "profile"})["Item"]
        if person.id in written:
            score, segment = written[person.id]
            assert (float(item["churn_score"]), item["segment"]) == (float(score), segment)
            scored += 1
        else:
            assert item["segment"] == "new"
    assert scored == counts["applied"] > 40
    assert any(segment.startswith("at-risk-") for _, segment in written.values())


def fire(deployed: Deployed, schedule: str, machine: str) -> dict[str, Any]:
    """Makes a schedule with the target of another, due now, and returns the execution that it starts, once it ended."""
    scheduler, states = deployed.client("scheduler"), deployed.client("stepfunctions")
    known = scheduler.get_schedule(Name=deployed.outputs[schedule])
    arn = deployed.outputs[machine]
    before = {one["executionArn"] for one in states.list_executions(stateMachineArn=arn)["executions"]}
    name = f"now-{uuid.uuid4().hex[:8]}"
    scheduler.create_schedule(
        Name=name,
        ScheduleExpression="at(2026-01-01T00:00:00)",
        FlexibleTimeWindow=known["FlexibleTimeWindow"],
        Target=known["Target"],
    )

    def ended() -> Any:
        new = [one for one in states.list_executions(stateMachineArn=arn)["executions"] if one["status"] != "RUNNING"]
        return next((one["executionArn"] for one in new if one["executionArn"] not in before), None)

    try:
        found: dict[str, Any] = states.describe_execution(executionArn=eventually(ended))
    finally:
        scheduler.delete_schedule(Name=name)
    return found


def test_the_schedule_trains_a_new_model_that_waits_until_it_is_taken_into_use(deployed: Deployed) -> None:
    scoring.score(deployed.outputs["ScoringMachineArn"])
    assert drift(deployed)["newer_model"] is None
    ended = fire(deployed, "TrainingSchedule", "TrainingMachineArn")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    url = json.loads(ended["output"])["ModelDataUrl"]
    assert newest_model(deployed.outputs["LakeBucket"]) == url != deployed.trained.model_data_url
    assert drift(deployed)["newer_model"] == url
    report = training_report(url)
    assert report["test"]["customers"] == deployed.trained.report["test"]["customers"] > 100
    deployed.client("s3").delete_object(Bucket=deployed.outputs["LakeBucket"], Key=url.split("/", 3)[3])


def test_the_schedule_scores_into_the_newest_folder(deployed: Deployed) -> None:
    ended = fire(deployed, "ScoringSchedule", "ScoringMachineArn")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    bucket = deployed.outputs["LakeBucket"]
    keys = [
        item["Key"] for item in deployed.client("s3").list_objects_v2(Bucket=bucket, Prefix="scoring/")["Contents"]
    ]
    newest = max(key.split("/")[1] for key in keys if not key.startswith("scoring/9"))
    assert newest.startswith(f"{ended['startDate'].astimezone(UTC):%Y%m%d-%H%M%S}")


def test_drift_is_measured_against_the_training(deployed: Deployed) -> None:
    scoring.score(deployed.outputs["ScoringMachineArn"])
    before = drift(deployed)
    assert before["largest"] < 0.25, before["features"]
    assert before["model_age_days"] < 1
    s3, bucket = deployed.client("s3"), deployed.outputs["LakeBucket"]
    row = f"c1,0,{','.join(['9999'] * len(FEATURES))}\n"
    s3.put_object(Bucket=bucket, Key="scoring/9999/strange.txt", Body=(row * 100).encode())
    after = drift(deployed)
    assert after["largest"] > 1
    kept = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix="drift/")["Contents"]]
    results = [json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in kept]
    assert after in results


def drift(deployed: Deployed) -> dict[str, Any]:
    answer = deployed.client("lambda").invoke(FunctionName=deployed.outputs["DriftFunction"], Payload=b"{}")
    found: dict[str, Any] = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, found
    return found


def test_deploying_again_changes_nothing(deployed: Deployed) -> None:
    assert deployed.deployment.deploy({}) == deployed.outputs
