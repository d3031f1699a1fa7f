"""Athena reads registered or projected partitions, with the declared types."""

import time
from datetime import date
from pathlib import Path

import pytest

from local import LocalAws
from tests.local_aws.athena import Lake
from tests.local_aws.conftest import Start

pytestmark = pytest.mark.local_aws


def scenario(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.put("t/day=2026-03-01/a.json", '{"id": "7", "amount": 1}\n')
    lake.put("t/day=2026-03-02/a.json", '{"id": "8", "amount": 2.5}\n')
    lake.table("t", "id bigint, amount double, missing string", "day string")
    assert lake.rows("SELECT * FROM t") == []
    lake.query("ALTER TABLE t ADD PARTITION (day = '2026-03-01')")
    assert lake.rows("SELECT id + 1 AS n, amount, missing, day FROM t") == [["8", "1.0", None, "2026-03-01"]]


def test_a_partition_is_read_once_it_is_registered(aws: LocalAws) -> None:
    scenario(aws)


def test_the_emulator_alone_reads_whatever_lies_there(start: Start) -> None:
    with pytest.raises(AssertionError):
        scenario(start(without=["athena_scan"]))


def test_keys_with_capital_letters_are_read_where_the_table_maps_them(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.put("mapped/a.json", '{"rawData": "x", "attemptsMade": 2}\n')
    lake.table("mapped", "rawdata string, attemptsmade int")
    found = aws.client("glue").get_table(DatabaseName=lake.name, Name="mapped")["Table"]
    descriptor = found["StorageDescriptor"]
    descriptor["SerdeInfo"]["Parameters"] = {"mapping.rawdata": "rawData"}
    kept = {name: found[name] for name in ("Name", "TableType", "Parameters", "PartitionKeys")}
    aws.client("glue").update_table(DatabaseName=lake.name, TableInput={**kept, "StorageDescriptor": descriptor})
    assert lake.rows("SELECT rawdata, attemptsmade FROM mapped") == [["x", None]]


def test_projected_partitions_need_no_registration(aws: LocalAws) -> None:
    lake = Lake(aws)
    for day in ("2026/03/01", "2026/03/02", "2019/01/01"):
        lake.put(f"events/{day}/shop/a.json", '{"id": 1}\n')
    lake.put("events/2026/03/02/bank/a.json", '{"id": 2}\n')
    lake.table(
        "events",
        "id bigint",
        "day string, source string",
        projection__enabled="true",
        projection__day__type="date",
        projection__day__format="yyyy/MM/dd",
        projection__day__range="2026/01/01,NOW+100YEARS",
        projection__source__type="enum",
        projection__source__values="shop,market",
        storage__location__template=f"s3://{lake.bucket}/events/${{day}}/${{source}}/",
    )
    assert sorted(lake.rows("SELECT day, source, id FROM events WHERE day >= '2026/03/01'")) == [
        ["2026/03/01", "shop", "1"],
        ["2026/03/02", "shop", "1"],
    ]


def test_projected_partitions_without_a_template_lie_in_named_folders(aws: LocalAws) -> None:
    lake = Lake(aws)
    today = date.today().isoformat()
    lake.put(f"events/day={today}/hour=7/a.json", '{"id": 1}\n')
    lake.put(f"events/day={today}/hour=24/a.json", '{"id": 2}\n')
    lake.table(
        "events",
        "id bigint",
        "day string, hour int",
        projection__enabled="true",
        projection__day__type="date",
        projection__day__format="yyyy-MM-dd",
        projection__day__range="NOW-3YEARS,NOW",
        projection__hour__type="integer",
        projection__hour__range="0,23",
    )
    assert lake.rows("SELECT id, hour + 1 AS h FROM events") == [["1", "8"]]


def test_incomplete_projection_is_an_error(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.put("t/day=1/a.json", '{"id": 1}\n')
    lake.table("t", "id bigint", "day string", projection__enabled="true", projection__day__type="enum")
    assert "projection.day.values is missing" in lake.error("SELECT * FROM t")


def test_a_partition_may_lie_anywhere(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.put("elsewhere/a.json", '{"id": 1}\n')
    lake.table("t", "id bigint", "day string")
    lake.query(f"ALTER TABLE t ADD PARTITION (day = 'x') LOCATION 's3://{lake.bucket}/elsewhere/'")
    assert lake.rows("SELECT * FROM t") == [["1", "x"]]


def test_nested_json_has_its_declared_types(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.put("t/a.json", '{"id": 1, "items": [{"sku": "a", "price": "1.50"}], "tags": {"k": "v"}}\n')
    lake.table("t", "id bigint, items array<struct<sku:string,price:decimal(10,2)>>, tags map<string,string>")
    assert lake.rows("SELECT i.price * 2, element_at(tags, 'k') FROM t CROSS JOIN UNNEST(items) AS x(i)") == [
        ["3.00", "v"]
    ]


def test_tables_are_found_wherever_a_query_names_them(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.put("t/a.json", '{"id": 1}\n{"id": 2}\n')
    lake.put("u/a.json", '{"id": 2, "order": "x"}\n')
    lake.table("t", "id bigint")
    lake.table("u", "id bigint, order string")
    assert lake.rows("SELECT t.id FROM t, u WHERE t.id = u.id") == [["2"]]
    assert lake.rows(f"SELECT {lake.name}.T.id FROM {lake.name}.T ORDER BY 1") == [["1"], ["2"]]
    assert lake.rows(f'SELECT x."order" FROM "AwsDataCatalog"."{lake.name}"."u" AS x') == [["x"]]
    assert lake.rows("WITH t AS (SELECT 9 AS id) SELECT t.id, u.id FROM t CROSS JOIN u") == [["9", "2"]]
    assert lake.rows("SELECT id FROM t WHERE id IN (SELECT id FROM u) UNION ALL SELECT id FROM u") == [["2"], ["2"]]
    assert lake.query("SELECT CAST(id AS varchar) FROM u") == [["_col0"], ["2"]]


def test_fields_are_reached_through_an_alias_also_where_there_are_no_rows(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.table("t", "id bigint, card struct<brand:string,owner:struct<name:string>>")
    sql = "SELECT x.card.brand, x.card.owner.name, x.id FROM t AS x CROSS JOIN t AS y WHERE x.id = y.id"
    assert lake.rows(sql) == []
    lake.put("t/a.json", '{"id": 1, "card": {"brand": "visa", "owner": {"name": "anna"}}}\n')
    assert lake.rows(sql) == [["visa", "anna", "1"]]


def test_an_iceberg_table_is_refused_and_not_misread(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.table("t", "id bigint", table_type="ICEBERG")
    assert "does not read Iceberg tables" in lake.error("SELECT * FROM t")


@pytest.mark.parametrize("name", ["nowhere", "information_schema.tables"])
def test_a_table_that_is_not_in_the_catalogue_is_an_error(aws: LocalAws, name: str) -> None:
    assert any(reason in Lake(aws).error(f"SELECT * FROM {name}") for reason in ("TABLE_NOT_FOUND", "NOT_SUPPORTED"))


def test_csv_keeps_its_serde(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.put("t/day=1/a.csv", 'id,name\n1,"a, b"\n')
    lake.table("t", "id bigint, name string", "day int", json=False, skip__header__line__count="1")
    lake.query("MSCK REPAIR TABLE t")
    assert lake.rows("SELECT id, name, day FROM t") == [["1", "a, b", "1"]]


def test_malformed_json_is_an_error_unless_the_table_ignores_it(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.put("t/a.json", '{"id": 1}\n{"id": \n')
    lake.table("t", "id bigint")
    assert "Malformed JSON" in lake.error("SELECT id FROM t")


def test_thousands_of_small_objects_are_read_quickly_and_in_little_memory(aws: LocalAws) -> None:
    lake = Lake(aws)
    for day in range(10):
        folder = aws.lake / lake.bucket / f"t/day={day}"
        folder.mkdir(parents=True)
        for n in range(300):
            (folder / f"{n}.json").write_text(f'{{"id": {n}, "amount": "1.5"}}\n')
    lake.table("t", "id bigint, amount double", "day int")
    lake.query("MSCK REPAIR TABLE t")
    began = time.monotonic()
    assert lake.rows("SELECT count(*), sum(amount) FROM t WHERE day < 9") == [["2700", "4050.0"]]
    assert time.monotonic() - began < 30
    assert aws.running
    status = Path(f"/proc/{aws.running.pid}/status")
    if not status.exists():
        pytest.skip("memory is read from /proc")
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    assert int(peak.split()[1]) < 1_000_000  # kB
