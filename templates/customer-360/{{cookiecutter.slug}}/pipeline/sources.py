"""Brings a day of the sources to where they really arrive: files below `raw/`, events at their stream."""

import gzip
import json
import time
from collections.abc import Mapping, Sequence

import boto3

from data.generate import Day
from data.records import Record
from deploy.errors import DeployError

_BATCH = 400


def land(outputs: Mapping[str, str], day: Day, patience: float = 60) -> None:
    """Puts the files into the raw zone, sends the events, and waits until the stream has delivered them.

    Raises:
        DeployError: the stream refuses events, or does not deliver in time (seconds).
    """
    s3, lake = boto3.client("s3"), outputs["LakeBucket"]
    for key, content in day.files.items():
        s3.put_object(Bucket=lake, Key=f"raw/{key}", Body=content)
    if day.events:
        before = len(delivered(lake))
        send(outputs["ClickStream"], day.events)
        deadline = time.monotonic() + patience
        while len(delivered(lake)) < before + len(day.events):
            if time.monotonic() > deadline:
                raise DeployError(f"{outputs['ClickStream']} has not delivered all events within {patience:.0f} s.")
            time.sleep(0.3)


def send(stream: str, events: Sequence[Record]) -> None:
    """Sends events as the web shop does, a few hundred at a time."""
    firehose = boto3.client("firehose")
    for start in range(0, len(events), _BATCH):
        records = [{"Data": f"{json.dumps(event)}\n".encode()} for event in events[start : start + _BATCH]]
        answer = firehose.put_record_batch(DeliveryStreamName=stream, Records=records)
        if answer["FailedPutCount"]:
            raise DeployError(f"{stream} has not taken {answer['FailedPutCount']} events; send them again.")


def delivered(lake: str) -> list[str]:
    """Returns the lines of the clickstream that are in the raw zone."""
    s3 = boto3.client("s3")
    found: list[str] = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=lake, Prefix="raw/web/events/"):
        for item in page.get("Contents", []):
            body = s3.get_object(Bucket=lake, Key=item["Key"])["Body"].read()
            found += (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode().splitlines()
    return found


def label(outputs: Mapping[str, str], truth: Mapping[str, int]) -> int:
    """Puts the labels of three people in ten into the lake, half of them to choose the threshold, half to judge by.

    In practice they come from clerks who look at records side by side. Returns how many records are labelled.
    """
    lines = []
    for record, person in sorted(truth.items()):
        lot = (person // 2 * 2654435761 >> 7) % 100  # people of one household mostly go together
        if lot < 30:
            row = {"record_id": record, "person": person, "part": "threshold" if lot < 15 else "test"}
            lines.append(f"{json.dumps(row)}\n")
    body = "".join(lines).encode()
    boto3.client("s3").put_object(Bucket=outputs["LakeBucket"], Key="labels/records.json", Body=body)
    return len(lines)
