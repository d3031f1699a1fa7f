"""The preparation by Glue: what it is told, what it hands over, and what its roles allow."""

import json
import re

from data import sources
from templates import INFRA, PROJECT, allowed, resources

SCRIPT = (PROJECT / "jobs" / "prepare.py").read_text()


def test_the_job_writes_what_the_state_machine_says_is_there() -> None:
    states = json.loads((INFRA / "prepare.asl.json").read_text())["States"]
    written = set(re.findall(r'^        "(\w+)": ', SCRIPT, re.MULTILINE))
    assert {name.removesuffix(".$") for name in states["SayWhere"]["Parameters"]} == written


def test_the_job_and_the_views_judge_alike() -> None:
    view = (PROJECT / "views" / "20-judged-interactions.sql").read_text()
    robots = re.search(r"HAVING count\(DISTINCT event_id\) > (\d+)", view)
    assert robots
    assert f"ROBOT_EVENTS_A_DAY = {robots[1]}" in SCRIPT
    assert f"TYPES = {sources.TYPES}".replace("'", '"') in SCRIPT


def test_the_roles_allow_what_is_done() -> None:
    # What Step Functions needs for a job run, by its documentation of service integrations.
    needed = {"glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"}
    assert needed <= allowed("preparation.yaml", "MachineRole")
    assert {"s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:DeleteObject"} <= allowed(
        "preparation.yaml", "JobRole"
    )


def test_spark_is_that_of_the_glue_version() -> None:
    # Glue 5.1 has Spark 3.5.6.
    assert resources("preparation.yaml")["Job"]["Properties"]["GlueVersion"] == "5.1"
    assert "pyspark==3.5.6 " in (PROJECT / "requirements" / "project.txt").read_text()
