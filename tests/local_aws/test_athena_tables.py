"""What Athena writes lies in the lake and in the catalogue."""

import pytest

from local import LocalAws
from tests.local_aws.athena import Lake
from tests.local_aws.conftest import Start

pytestmark = pytest.mark.local_aws


def source(aws: LocalAws) -> Lake:
    lake = Lake(aws)
    lake.put("t/a.json", '{"id": 1, "amount": 2.5, "day": "2026-03-01"}\n{"id": 2, "amount": 4, "day": "2026-03-02"}\n')
    lake.table("t", "id bigint, amount double, day string")
    return lake


def scenario(aws: LocalAws) -> None:
    lake = source(aws)
    lake.query(
        f"CREATE TABLE curated WITH (format = 'PARQUET', external_location = 's3://{lake.bucket}/curated/', "
        "partitioned_by = ARRAY['day']) AS SELECT id, amount * 2 AS doubled, day FROM t"
    )
    assert sorted(lake.rows("SELECT id, doubled, day FROM curated")) == [
        ["1", "5.0", "2026-03-01"],
        ["2", "8.0", "2026-03-02"],
    ]
    files = sorted((aws.lake / lake.bucket / "curated").rglob("*.parquet"))
    assert [file.parent.name for file in files] == ["day=2026-03-01", "day=2026-03-02"]
    assert {file.read_bytes()[:4] for file in files} == {b"PAR1"}
    table = lake.glue.get_table(DatabaseName=lake.name, Name="curated")["Table"]
    assert table["StorageDescriptor"]["Columns"] == lake.columns("id bigint, doubled double")
    assert table["PartitionKeys"] == lake.columns("day string")
    lake.query("INSERT INTO curated VALUES (3, 1, '2026-03-02'), (4, 1, '2026-03-03')")
    assert lake.rows("SELECT count(*), sum(doubled) FROM curated") == [["4", "15.0"]]
    assert len(lake.query("SHOW PARTITIONS curated")) == 3


def test_a_table_is_created_from_a_query_and_added_to(aws: LocalAws) -> None:
    scenario(aws)


def test_the_emulator_alone_writes_nothing(start: Start) -> None:
    with pytest.raises(AssertionError):
        scenario(start(without=["athena_tables"]))


def test_without_a_location_the_files_lie_beside_the_results(aws: LocalAws) -> None:
    lake = source(aws)
    lake.query("CREATE TABLE c AS SELECT id FROM t")
    location = lake.glue.get_table(DatabaseName=lake.name, Name="c")["Table"]["StorageDescriptor"]["Location"]
    assert location.startswith(f"s3://{lake.bucket}/results/tables/")
    assert sorted(lake.rows("SELECT * FROM c")) == [["1"], ["2"]]


@pytest.mark.parametrize("kind", ["JSON", "TEXTFILE", "PARQUET"])
def test_every_format_that_is_written_can_be_read(aws: LocalAws, kind: str) -> None:
    lake = source(aws)
    lake.query(f"CREATE TABLE c WITH (format = '{kind}') AS SELECT id, amount, 'a,b' AS note FROM t")
    lake.query("INSERT INTO c (note, id) SELECT 'later', id + 10 FROM t WHERE id = 1")
    assert sorted(lake.rows("SELECT id, amount, note FROM c"))[:2] == [["1", "2.5", "a,b"], ["11", None, "later"]]


def test_an_empty_result_makes_an_empty_table(aws: LocalAws) -> None:
    lake = source(aws)
    lake.query("CREATE TABLE c AS SELECT id FROM t WHERE id > 99")
    assert lake.rows("SELECT * FROM c") == []


def test_unload_writes_files_without_a_table(aws: LocalAws) -> None:
    lake = source(aws)
    lake.query(f"UNLOAD (SELECT id FROM t) TO 's3://{lake.bucket}/out/' WITH (format = 'JSON')")
    files = list((aws.lake / lake.bucket / "out").iterdir())
    assert sorted(line for file in files for line in file.read_text().splitlines()) == ['{"id":1}', '{"id":2}']


def test_refusals_name_the_reason_and_write_nothing(aws: LocalAws) -> None:
    lake = source(aws)
    assert "already exists" in lake.error("CREATE TABLE t AS SELECT 1 AS n")
    assert "HIVE_PATH_ALREADY_EXISTS" in lake.error(
        f"CREATE TABLE c WITH (external_location = 's3://{lake.bucket}/t/') AS SELECT 1 AS n"
    )
    assert "not ORC" in lake.error("CREATE TABLE c WITH (format = 'ORC') AS SELECT 1 AS n")
    assert "transactional" in lake.error("DELETE FROM t WHERE id = 1")
    assert "does not exist in target table" in lake.error("INSERT INTO t (nothing) VALUES (1)")
    assert "does not exist" in lake.error("INSERT INTO nowhere VALUES (1)")
    assert lake.rows("SELECT count(*) FROM t") == [["2"]]
