"""The local AWS starts, is found again and ends, and never leaves anything behind."""

import pytest

from tests.local_aws.conftest import Start

pytestmark = pytest.mark.local_aws


def test_two_instances_know_nothing_of_each_other(start: Start) -> None:
    one, two = start(), start()
    one.client("s3").create_bucket(Bucket="of-one")
    assert one.url != two.url
    assert [b["Name"] for b in one.client("s3").list_buckets()["Buckets"]] == ["of-one"]
    assert two.client("s3").list_buckets()["Buckets"] == []
