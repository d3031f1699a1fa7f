"""A query of Athena has its parameters in the place of question marks."""

import pytest
from botocore.exceptions import ClientError

from local import LocalAws
from tests.local_aws.athena import Lake
from tests.local_aws.conftest import Start

pytestmark = pytest.mark.local_aws


def scenario(aws: LocalAws) -> None:
    lake = Lake(aws)
    lake.put("t/a.json", '{"id": 1, "name": "a\'b"}\n{"id": 2, "name": "c"}\n')
    lake.table("t", "id bigint, name string")
    sql = "SELECT '?' AS mark, id FROM t WHERE name = ? AND id < ? -- why?"
    assert lake.rows(sql, "'a''b'", "2") == [["?", "1"]]


def test_parameters_are_put_into_the_query(aws: LocalAws) -> None:
    scenario(aws)


def test_the_emulator_alone_ignores_them(start: Start) -> None:
    with pytest.raises(AssertionError):
        scenario(start(without=["athena_parameters"]))


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [(["1", "2"], "expected 1 but found 2"), (["1 OR 1 = 1"], "is no literal"), (["(SELECT 1)"], "is no literal")],
)
def test_wrong_parameters_are_refused(aws: LocalAws, parameters: list[str], reason: str) -> None:
    with pytest.raises(ClientError, match=reason):
        Lake(aws).execute("SELECT 1 AS n WHERE 1 = ?", *parameters)
