"""A query's result lies where Athena announces it."""

from urllib.parse import urlparse

import pytest

from local import LocalAws
from tests.local_aws.athena import Lake
from tests.local_aws.conftest import Start

pytestmark = pytest.mark.local_aws


def scenario(aws: LocalAws) -> None:
    lake = Lake(aws)
    execution = lake.execute("""SELECT 1 AS a, 'say "no", please' AS b, CAST(NULL AS varchar) AS c, true AS d""")
    place = urlparse(execution["ResultConfiguration"]["OutputLocation"])
    listed = lake.s3.list_objects_v2(Bucket=lake.bucket, Prefix="results/")["Contents"]
    assert place.path.lstrip("/") in [found["Key"] for found in listed]
    body = lake.s3.get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))["Body"].read().decode()
    assert body == '"a","b","c","d"\n"1","say ""no"", please",,"true"\n'


def test_the_result_is_where_it_is_said_to_be(aws: LocalAws) -> None:
    scenario(aws)


def test_the_emulator_alone_writes_it_elsewhere(start: Start) -> None:
    with pytest.raises(AssertionError):
        scenario(start(without=["athena_results"]))


@pytest.mark.parametrize(("enforced", "folder"), [(True, "shared"), (False, "results")])
def test_the_location_of_the_workgroup_wins_where_it_is_enforced(aws: LocalAws, enforced: bool, folder: str) -> None:
    lake = Lake(aws)
    lake.athena.create_work_group(
        Name=lake.name,
        Configuration={
            "EnforceWorkGroupConfiguration": enforced,
            "ResultConfiguration": {"OutputLocation": f"s3://{lake.bucket}/shared"},
        },
    )
    execution = lake.execute("SELECT 1 AS n", WorkGroup=lake.name)
    number = execution["QueryExecutionId"]
    assert execution["ResultConfiguration"]["OutputLocation"] == f"s3://{lake.bucket}/{folder}/{number}.csv"
    assert (aws.lake / lake.bucket / folder / f"{number}.csv").read_text() == '"n"\n"1"\n'
