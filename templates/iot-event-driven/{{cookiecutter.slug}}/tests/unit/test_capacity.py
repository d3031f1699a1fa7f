"""The size of the stream: the formula, and that what it counts with is so."""

import base64
import json
import re

import pytest

from data.plant import readings
from deploy.deployment import PROJECT
from pipeline.capacity import Numbers, main
from templates import resources


@pytest.mark.parametrize(
    ("numbers", "shards"),
    [
        (Numbers(1, 1), 1),
        (Numbers(50_000, 200), 50),  # the number of records decides
        (Numbers(1_000, 417), 1),  # 696 bytes in their envelope: three readers get just what they need
        (Numbers(1_001, 417), 2),
        (Numbers(1_000, 525), 2),  # what is read decides
        (Numbers(1_000, 525, 3), 3),
        (Numbers(100, 100_000), 20),
    ],
)
def test_the_largest_of_records_bytes_and_readers_decides(numbers: Numbers, shards: int) -> None:
    assert numbers.shards == shards


def test_a_reading_in_its_envelope_is_no_larger_than_is_counted_with() -> None:
    devices = ["a-project-with-a-name-that-is-ve-prod-m12"]
    (reading,) = readings(devices, 5, 5, 1, [[]])
    body = json.dumps(reading.body() | {"sent_at": 1788220410123}).encode()
    envelope = {"device": devices[0], "received_at": 1788220410123, "body": base64.b64encode(body).decode()}
    record = json.dumps(envelope, separators=(",", ":"))
    assert len(record) + len(devices[0]) <= Numbers(1, len(body)).record
    assert len(body) <= 256  # with which a project is made that was told no size


def test_the_stack_begins_with_what_the_numbers_need_or_on_demand() -> None:
    root = (PROJECT / "infra" / "root.yaml").read_text(encoding="utf-8")
    default = re.search(r"^  Shards:\n    Type: Number\n    Default: (\d+)$", root, re.MULTILINE)
    assert default
    provisioned = int(default[1]) > 0
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    records = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "docs" / "decisions").glob("*.md"))
    said = f"**{Numbers.stated().shards:,} shards**"
    assert int(default[1]) == (Numbers.stated().shards if provisioned else 0)
    assert (said in readme, said in records) == (provisioned, provisioned)


def test_the_readers_of_the_stream_are_those_that_are_counted() -> None:
    templates = sorted(path.name for path in (PROJECT / "infra").glob("*.yaml"))
    roles = [
        name
        for template in templates
        for name, resource in resources(template).items()
        if resource["Type"] == "AWS::IAM::Role"
        and "ReaderPolicyArn" in resource["Properties"].get("ManagedPolicyArns", [])
    ]
    assert len(roles) == 3


def test_the_arithmetic_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--event-rate", "50000", "--event-size", "200"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("50,000 records a second of 408 bytes need 50 shards:")
    assert re.search(r"bytes read +30\n", printed)
