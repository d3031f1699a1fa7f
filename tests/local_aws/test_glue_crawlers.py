"""A crawler makes tables of what lies in the lake; Athena can query them."""

import gzip
import json
import time
from typing import Any

import pytest

from local import LocalAws
from tests.local_aws.athena import Lake
from tests.local_aws.conftest import Start

pytestmark = pytest.mark.local_aws

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"},
        ],
    }
)


def crawl(lake: Lake, path: str, **options: Any) -> dict[str, Any]:
    """Runs a crawler over a folder of the lake and returns how it went."""
    name = f"crawler-{lake.name}"
    target = {"Path": f"s3://{lake.bucket}/{path}", **options.pop("target", {})}
    if not any(found["Name"] == name for found in lake.glue.get_crawlers()["Crawlers"]):
        role = lake.aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        lake.glue.create_crawler(
            Name=name, Role=role, DatabaseName=lake.name, Targets={"S3Targets": [target]}, **options
        )
    lake.glue.start_crawler(Name=name)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        crawler = lake.glue.get_crawler(Name=name)["Crawler"]
        if crawler["State"] == "READY":
            return {"ErrorMessage": "", **crawler["LastCrawl"]}
        time.sleep(0.05)
    raise AssertionError("the crawler is still running")


def table(lake: Lake, name: str) -> dict[str, Any]:
    names = [found["Name"] for found in lake.glue.get_tables(DatabaseName=lake.name)["TableList"]]
    assert name in names, f"there is no table {name}: {names}"
    return dict(lake.glue.get_table(DatabaseName=lake.name, Name=name)["Table"])


def scenario(aws: LocalAws) -> None:
    lake = Lake(aws)
    for day in ("2026-03-01", "2026-03-02"):
        lake.put(f"raw/payments/day={day}/a.json", f'{{"id": 1, "amount": 2.5, "at": "{day}T06:00:00Z", "ok": true}}\n')
    assert crawl(lake, "raw/")["ErrorMessage"] == ""
    found = table(lake, "payments")
    assert found["StorageDescriptor"]["Columns"] == lake.columns("id bigint, amount double, at string, ok boolean")
    assert found["PartitionKeys"] == lake.columns("day string")
    assert lake.rows("SELECT day, id, amount, at, ok FROM payments ORDER BY day") == [
        ["2026-03-01", "1", "2.5", "2026-03-01T06:00:00Z", "true"],
        ["2026-03-02", "1", "2.5", "2026-03-02T06:00:00Z", "true"],
    ]


def test_a_crawler_finds_columns_and_partitions(aws: LocalAws) -> None:
    scenario(aws)


def test_the_emulator_alone_finds_nothing(start: Start) -> None:
    with pytest.raises(AssertionError, match="there is no table"):
        scenario(start(without=["glue_crawlers"]))


@pytest.mark.parametrize(
    ("text", "serialiser"),
    [
        ("id;name;paid\n1;anna;2.5\n2;ben;3\n", "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"),
        ('id,name,paid\n1,"b, anna",2.5\n2,"c ""x""",3\n', "org.apache.hadoop.hive.serde2.OpenCSVSerde"),
    ],
)
def test_csv_gets_the_serialiser_that_reads_it(aws: LocalAws, text: str, serialiser: str) -> None:
    lake = Lake(aws)
    lake.put("people/a.csv", text)
    assert crawl(lake, "people/")["ErrorMessage"] == ""
    found = table(lake, "people")
    assert found["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"] == serialiser
    assert found["StorageDescriptor"]["Columns"] == lake.columns("id bigint, name string, paid double")
    names = {"Lazy": "anna", "Open": "b, anna"}[serialiser.rpartition(".")[2][:4]]
    assert lake.rows("SELECT id, name, paid FROM people ORDER BY id")[0] == ["1", names, "2.5"]


def test_parquet_and_gzip_are_known_by_their_content(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.query(
        f"CREATE TABLE made WITH (external_location = 's3://{lake.bucket}/in/made/') AS "
        "SELECT 1 AS id, DATE '2026-03-01' AS day, ARRAY['x'] AS tags"
    )
    lake.put("in/packed/a.gz", gzip.compress(b'{"id": 7, "inner": {"Code": "a"}}\n'))
    assert crawl(lake, "in", TablePrefix="c_")["ErrorMessage"] == ""
    assert table(lake, "c_made")["StorageDescriptor"]["Columns"] == lake.columns("id int, day date, tags array<string>")
    assert lake.rows("SELECT id, day, tags FROM c_made") == [["1", "2026-03-01", "[x]"]]
    assert table(lake, "c_packed")["StorageDescriptor"]["Columns"][0] == {"Name": "id", "Type": "bigint"}
    assert lake.rows("SELECT id FROM c_packed") == [["7"]]


def test_a_second_crawl_adds_columns_and_partitions(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.put("t/day=1/a.json", '{"id": 1}\n')
    crawl(lake, "t/")
    lake.put("t/day=2/a.json", '{"id": 2, "added": "x"}\n')
    lake.put("t/day=2/_ignored.json", "no json at all")
    assert crawl(lake, "t/")["ErrorMessage"] == ""
    assert sorted(lake.rows("SELECT id, added, day FROM t")) == [["1", None, "1"], ["2", "x", "2"]]


def test_a_crawler_that_may_only_log_changes_no_table(aws: LocalAws) -> None:
    lake = Lake(aws)
    policy = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    lake.put("t/a.json", '{"id": 1}\n')
    crawl(lake, "t/", SchemaChangePolicy=policy)
    lake.put("t/b.json", '{"id": 2, "added": "x"}\n')
    crawl(lake, "t/")
    assert table(lake, "t")["StorageDescriptor"]["Columns"] == lake.columns("id bigint")


def test_exclusions_are_left_out_and_what_cannot_be_read_fails_the_crawl(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.put("t/a.json", '{"id": 1}\n')
    lake.put("t/b.csv", "id,name\n1,anna\n")
    assert crawl(lake, "t/", target={"Exclusions": ["*.csv"]})["ErrorMessage"] == ""
    other = Lake(aws)
    other.put("t/a.json", '{"id": 1}\n')
    other.put("t/b.csv", "id,name\n1,anna\n")
    crawled = crawl(other, "t/")
    assert crawled["Status"] == "FAILED"
    assert "files of several formats lie together: csv, json" in crawled["ErrorMessage"]
