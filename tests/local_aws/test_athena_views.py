"""A view of Athena is in the catalogue and stays."""

import pytest

from local import LocalAws
from tests.local_aws.athena import Lake
from tests.local_aws.conftest import Start

pytestmark = pytest.mark.local_aws


def scenario(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.put("t/a.json", '{"id": 1, "amount": 2.5}\n{"id": 2, "amount": 4}\n')
    lake.table("t", "id bigint, amount double")
    lake.query("CREATE VIEW big AS SELECT id, amount, count(*) AS n FROM t WHERE amount > 3 GROUP BY id, amount")
    assert lake.rows("SELECT id, n FROM big") == [["2", "1"]]
    view = lake.glue.get_table(DatabaseName=lake.name, Name="big")["Table"]
    assert view["TableType"] == "VIRTUAL_VIEW"
    assert view["StorageDescriptor"]["Columns"] == [
        {"Name": "id", "Type": "bigint"},
        {"Name": "amount", "Type": "double"},
        {"Name": "n", "Type": "bigint"},
    ]


def test_a_view_is_kept_and_read(aws: LocalAws) -> None:
    scenario(aws)


def test_the_emulator_alone_forgets_it(start: Start) -> None:
    with pytest.raises(AssertionError):
        scenario(start(without=["athena_views"]))


def test_views_of_views_in_other_databases_mean_their_own_tables(aws: LocalAws) -> None:
    one, two = Lake(aws), Lake(aws)
    for lake, number in ((one, 1), (two, 2)):
        lake.put("t/a.json", f'{{"id": {number}}}\n')
        lake.table("t", "id bigint")
    one.query("CREATE VIEW inner_view AS WITH x AS (SELECT id FROM t) SELECT id FROM x")
    one.query("CREATE VIEW outer_view AS SELECT id * 10 AS id FROM inner_view")
    two.query("CREATE VIEW inner_view AS SELECT id FROM t")
    assert two.rows(f"SELECT a.id, b.id FROM {one.name}.outer_view a CROSS JOIN inner_view AS b") == [["10", "2"]]


def test_a_view_is_replaced_only_on_request_and_can_be_dropped(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.query("CREATE VIEW v AS SELECT 1 AS n")
    assert "already exists" in lake.error("CREATE VIEW v AS SELECT 2 AS n")
    lake.query("CREATE OR REPLACE VIEW v AS SELECT 2 AS n")
    assert lake.rows("SELECT n FROM v") == [["2"]]
    lake.query("DROP VIEW v")
    lake.query("DROP VIEW IF EXISTS v")
    assert "does not exist" in lake.error("DROP VIEW v")
