"""What happens while readings come in: functions are killed, and the stream is throttled."""

import time

import boto3
import pytest
from botocore.config import Config

from data import traffic
from deploy.deployment import PROJECT
from disturbance import beside, kill, needs_processes

from .conftest import Deployed

CODE = sorted(path.name for path in (PROJECT / "src").glob("*/*.py") if path.stem == path.parent.name)


@needs_processes
@pytest.mark.parametrize("code", CODE)
def test_a_function_that_is_killed_again_and_again_loses_and_repeats_nothing(deployed: Deployed, code: str) -> None:
    killed = []
    with beside(lambda: killed.append(kill(deployed.aws, code)), 0.3):
        shift = deployed.play(minutes=6, speed=40)
    assert sum(killed) >= 2
    assert deployed.compared(shift).agrees


def test_what_a_throttled_stream_does_not_take_is_kept_and_counted(deployed: Deployed) -> None:
    once = Config(retries={"total_max_attempts": 1})
    kinesis = boto3.client("kinesis", config=once)
    key = deployed.plant.devices[0]
    # No envelope: these end among the dead letters, and no device is blamed for them.
    flood = [{"Data": b'{"flood": true}', "PartitionKey": key} for _ in range(500)]
    refused = []

    def pour() -> None:
        said = kinesis.put_records(StreamName=deployed.outputs["StreamName"], Records=flood)
        refused.append(said["FailedRecordCount"])

    with beside(pour, 0.02):
        shift = deployed.play(minutes=3, speed=60, plan=traffic.Plan(late=0))
    assert sum(refused) > 0
    lost = deployed.compared_by_message(shift)
    assert lost.undelivered > 0
    assert not lost.missing
    assert not lost.strange
    began = time.monotonic()
    again = deployed.play(minutes=3)
    assert deployed.compared(again).agrees
    assert time.monotonic() - began < 60
