"""Applications of Managed Flink run, read their stream by their role, and start again by themselves."""

import contextlib
import io
import json
import os
import signal
import uuid
import zipfile
from pathlib import Path

import pytest

from local import LocalAws
from tests.local_aws.conftest import Start
from tests.local_aws.services import objects, role, until

pytestmark = pytest.mark.local_aws

# Takes the place of Flink: makes checkpoints, and copies what comes in into the lake.
MAIN = """
import json, os, pathlib, time
from urllib.parse import urlparse
groups = {one["PropertyGroupId"]: one["PropertyMap"] for one in json.load(open(os.environ["APPLICATION_PROPERTIES"]))}
place = lambda uri: pathlib.Path(urlparse(uri).path)
plant, settings = groups["plant"], groups["configuration"]
assert plant["connectors"] == "local"
out = place(plant["lake"]) / "copied"
out.mkdir(parents=True, exist_ok=True)
(out / f"start-{time.time_ns()}").write_text(settings.get("execution.state-recovery.path", "new"))
made = place(settings["execution.checkpointing.dir"]) / "job" / f"chk-{time.time_ns()}"
made.mkdir(parents=True)
(made / "_metadata").touch()
while True:
    for file in place(plant["input"]).iterdir():
        (out / file.name).write_bytes(file.read_bytes())
    time.sleep(0.1)
"""


class Flink:
    """An application, its stream and its bucket."""

    def __init__(self, aws: LocalAws, *allowed: str, main: str = MAIN) -> None:
        self.aws, self.name = aws, f"f{uuid.uuid4().hex[:8]}"
        self.stream = f"arn:aws:kinesis:us-east-1:000000000000:stream/{self.name}"
        aws.client("kinesis").create_stream(StreamName=self.name, ShardCount=2)
        aws.client("s3").create_bucket(Bucket=self.name)
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("main.py", main)
        aws.client("s3").put_object(Bucket=self.name, Key="code.zip", Body=code.getvalue())
        statements = [{"Effect": "Allow", "Action": list(allowed), "Resource": self.stream}] if allowed else []
        plant = {"connectors": "aws", "stream_arn": self.stream, "lake": f"s3://{self.name}"}
        where = {"BucketARN": f"arn:aws:s3:::{self.name}", "FileKey": "code.zip"}
        self.client = aws.client("kinesisanalyticsv2")
        self.client.create_application(
            ApplicationName=self.name,
            RuntimeEnvironment="FLINK-2_2",
            ServiceExecutionRole=role(aws, self.name, "kinesisanalytics.amazonaws.com", statements),
            ApplicationConfiguration={
                "ApplicationCodeConfiguration": {
                    "CodeContent": {"S3ContentLocation": where},
                    "CodeContentType": "ZIPFILE",
                },
                "EnvironmentProperties": {"PropertyGroups": [{"PropertyGroupId": "plant", "PropertyMap": plant}]},
            },
        )

    def start(self) -> None:
        self.client.start_application(ApplicationName=self.name, RunConfiguration={})

    def status(self) -> str:
        found = self.client.describe_application(ApplicationName=self.name)["ApplicationDetail"]
        return str(found["ApplicationStatus"])

    def put(self, *values: int) -> None:
        for value in values:
            self.aws.client("kinesis").put_record(
                StreamName=self.name, PartitionKey="k", Data=json.dumps({"value": value}).encode()
            )

    def copied(self) -> list[int]:
        return [
            json.loads(line)["value"]
            for key, body in sorted(objects(self.aws, self.name, "copied/").items())
            if "start-" not in key
            for line in body.splitlines()
        ]

    def starts(self) -> list[str]:
        return [body.decode() for key, body in sorted(objects(self.aws, self.name, "copied/start-").items())]


READ = ("kinesis:ListShards", "kinesis:GetShardIterator", "kinesis:GetRecords")


def processes(name: str) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (process / "cmdline").read_bytes()
            if b"run_flink.py" in line and f"/{name}/".encode() in line:
                found.append(int(process.name))
    return found


def test_an_application_runs_reads_its_stream_in_order_and_stops(aws: LocalAws) -> None:
    flink = Flink(aws, *READ)
    assert flink.status() == "READY"
    flink.start()
    until(flink.status, lambda status: status == "RUNNING")
    flink.put(1, 2, 3)
    flink.put(4)
    assert until(flink.copied, lambda found: len(found) == 4) == [1, 2, 3, 4]
    flink.client.stop_application(ApplicationName=flink.name)
    until(flink.status, lambda status: status == "READY")
    until(lambda: processes(flink.name), lambda found: not found)


def test_one_that_is_killed_goes_on_from_its_last_checkpoint_without_a_loss(aws: LocalAws) -> None:
    flink = Flink(aws, *READ)
    flink.start()
    until(flink.status, lambda status: status == "RUNNING")
    flink.put(1)
    until(flink.copied, bool)
    (process,) = processes(flink.name)
    os.kill(process, signal.SIGKILL)
    flink.put(2)
    until(flink.starts, lambda found: len(found) == 2)
    assert sorted(set(until(flink.copied, lambda found: 2 in found))) == [1, 2]
    first, second = flink.starts()
    assert first == "new"
    assert "/checkpoints/job/chk-" in second
    flink.client.stop_application(ApplicationName=flink.name, Force=True)


@pytest.mark.parametrize("missing", READ)
def test_one_whose_role_may_not_read_does_not_go_on_running(aws: LocalAws, missing: str) -> None:
    flink = Flink(aws, *(action for action in READ if action != missing))
    flink.start()
    flink.put(1)
    until(flink.starts, bool)
    until(lambda: processes(flink.name), lambda found: not found)
    assert flink.copied() == []
    with contextlib.suppress(flink.client.exceptions.ResourceInUseException):
        flink.client.stop_application(ApplicationName=flink.name, Force=True)


def test_one_that_ends_at_once_is_ready_again(aws: LocalAws) -> None:
    flink = Flink(aws, *READ, main="raise SystemExit(3)")
    flink.start()
    until(flink.status, lambda status: status == "READY")


def test_without_it_an_application_is_only_recorded(start: Start) -> None:
    flink = Flink(start(without=["managed_flink"]), *READ)
    flink.start()
    flink.put(1)
    until(flink.status, lambda status: status == "RUNNING")
    assert flink.copied() == []
    assert not processes(flink.name)
