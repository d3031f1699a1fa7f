"""Athena's statements about the catalogue change it."""

import pytest

from local import LocalAws
from tests.local_aws.athena import Lake
from tests.local_aws.conftest import Start

pytestmark = pytest.mark.local_aws


def scenario(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.put("t/day=1/hour=7/a.json", '{"id": 1}\n')
    lake.put("t/day=2/hour=8/a.json", '{"id": 2}\n')
    lake.put("t/day=3/a.json", '{"id": 3}\n')
    lake.table("t", "id bigint", "day string, hour int")
    lake.query("MSCK REPAIR TABLE t")
    partitions = lake.glue.get_partitions(DatabaseName=lake.name, TableName="t")["Partitions"]
    assert sorted(found["Values"] for found in partitions) == [["1", "7"], ["2", "8"]]
    assert lake.query("SHOW PARTITIONS t") == [["day=1/hour=7"], ["day=2/hour=8"]]
    assert sorted(lake.rows("SELECT id, day, hour FROM t")) == [["1", "1", "7"], ["2", "2", "8"]]


def test_msck_registers_the_partitions_that_lie_there(aws: LocalAws) -> None:
    scenario(aws)


def test_the_emulator_alone_does_not_know_the_statements(start: Start) -> None:
    with pytest.raises(AssertionError):
        scenario(start(without=["athena_catalogue"]))


def test_partitions_are_added_and_dropped(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.table("t", "id bigint", "day string")
    lake.put("t/day=1/a.json", '{"id": 1}\n')
    lake.query("ALTER TABLE t ADD PARTITION (day = '1')")
    lake.query("ALTER TABLE t ADD IF NOT EXISTS PARTITION (day = '1') PARTITION (day = '2')")
    assert "already exists" in lake.error("ALTER TABLE t ADD PARTITION (day = '2')")
    assert lake.query("SHOW PARTITIONS t") == [["day=1"], ["day=2"]]
    lake.query("ALTER TABLE t DROP PARTITION (day = '1')")
    assert lake.rows("SELECT * FROM t") == []
    assert "does not name the keys" in lake.error("ALTER TABLE t ADD PARTITION (hour = '2')")


def test_databases_are_created_shown_and_dropped(aws: LocalAws) -> None:
    lake = Lake(aws)
    other = f"{lake.name}_b"
    lake.query(f"CREATE DATABASE IF NOT EXISTS {other} LOCATION 's3://{lake.bucket}/b/'")
    assert [other] in lake.query("SHOW DATABASES")
    lake.query(f"CREATE EXTERNAL TABLE {other}.t (id bigint) LOCATION 's3://{lake.bucket}/t/'")
    assert lake.query(f"SHOW TABLES IN {other}") == [["t"]]
    assert lake.query(f"DESCRIBE {other}.t") == [["id", "bigint", ""]]
    assert "not empty" in lake.error(f"DROP DATABASE {other}")
    lake.query(f"DROP DATABASE {other} CASCADE")
    assert [other] not in lake.query("SHOW DATABASES")


def test_a_dropped_table_leaves_its_data_and_no_partitions(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.table("t", "id bigint", "day string")
    lake.put("t/day=1/a.json", '{"id": 1}\n')
    lake.query("MSCK REPAIR TABLE t")
    lake.query("DROP TABLE t")
    assert "does not exist" in lake.error("SELECT * FROM t")
    assert (aws.lake / lake.bucket / "t/day=1/a.json").exists()
    lake.table("t", "id bigint", "day string")
    assert lake.rows("SELECT * FROM t") == []
