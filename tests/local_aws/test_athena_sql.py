"""Athena takes Trino's functions, and names and writes values as on AWS."""

import pytest

from local import LocalAws
from tests.local_aws.athena import Lake
from tests.local_aws.conftest import Start

pytestmark = pytest.mark.local_aws


def scenario(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.put("t/a.json", '{"id": 1, "seen": "2026-03-05T06:07:08Z", "body": "{\\"a\\": {\\"b\\": 7}}"}\n{"id": 2}\n')
    lake.table("t", "id bigint, seen string, body string")
    assert lake.query(
        "SELECT date_format(from_iso8601_timestamp(seen), '%Y-%m'), json_extract_scalar(body, '$.a.b') AS b, count(*) "
        "FROM t WHERE id = 1 GROUP BY 1, 2"
    ) == [["_col0", "b", "_col2"], ["2026-03", "7", "1"]]


def test_functions_of_trino_work_and_nameless_columns_have_athenas_names(aws: LocalAws) -> None:
    scenario(aws)


def test_the_emulator_alone_does_not_know_them(start: Start) -> None:
    with pytest.raises(AssertionError):
        scenario(start(without=["athena_sql"]))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("7 / 2", "3"),
        ("7 / 2.0", "3.5"),
        ("TIMESTAMP '2026-03-05 06:07:08'", "2026-03-05 06:07:08.000"),
        ("from_unixtime(0)", "1970-01-01 00:00:00.000 UTC"),
        ("1 = 1", "true"),
        ("CAST(NULL AS varchar)", None),
        ("ARRAY[1, 2]", "[1, 2]"),
        ("CAST(ROW(1, 'a') AS ROW(x integer, y varchar))", "{x=1, y=a}"),
        ("slice(ARRAY[1, 2, 3], 2, 2)", "[2, 3]"),
        ("any_match(ARRAY[1, 2], x -> x > 1)", "true"),
        ("format('%.2f', 3.14159)", "3.14"),
        ("format_datetime(TIMESTAMP '2026-03-05 06:07:08', 'yyyy-MM-dd''T''HH')", "2026-03-05T06"),
        ("to_iso8601(DATE '2026-03-05')", "2026-03-05"),
        ("day_of_week(DATE '2026-03-01')", "7"),
        ("element_at(MAP(ARRAY['a'], ARRAY[1]), 'a')", "1"),
        ("url_extract_host('https://u@shop.example:80/x?y')", "shop.example"),
        ("width_bucket(5.0, 0, 10, 2)", "2"),
        ("(SELECT map_agg(k, v)['b'] FROM (VALUES ('a', 1), ('b', 2)) AS t(k, v))", "2"),
        ("(SELECT sum(n) FROM (SELECT ARRAY[1, 2, 3] AS a) CROSS JOIN UNNEST(a) AS t(n))", "6"),
    ],
)
def test_values_are_those_of_athena(aws: LocalAws, expression: str, value: str | None) -> None:
    assert Lake(aws).rows(f"SELECT {expression} AS v") == [[value]]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("SELECT FROM WHERE", "SYNTAX_ERROR: line 1"),
        ("SELECT 1; SELECT 2", "SYNTAX_ERROR: Only one sql statement"),
        ("SELECT reduce(ARRAY[1], 0, (s, x) -> s + x, s -> s * 2)", "cannot say this in DuckDB"),
        ("GRANT SELECT ON t TO x", "does not run GRANT statements"),
        ("COPY t TO 'x.csv'", "does not"),
        ("SET threads = 1", "does not"),
        ("EXPLAIN SELECT 1", "does not know EXPLAIN statements"),
        ("SELECT no_such_function(1)", "no_such_function does not exist"),
    ],
)
def test_what_cannot_be_said_fails_with_a_reason(aws: LocalAws, statement: str, reason: str) -> None:
    assert reason.lower() in Lake(aws).error(statement).lower()
