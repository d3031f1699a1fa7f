"""Batch transform jobs: a model's inference.py works on every object under a prefix."""

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ministack.core.concurrency import spawn_background

from local.emulator import roles
from local.emulator.clients import client
from local.emulator.sagemaker import files
from local.emulator.sagemaker.errors import ModelError, Refused
from local.emulator.sagemaker.hosting import Hosting, arn
from local.emulator.sagemaker.servers import SERVICE, Server
from local.emulator.surroundings import Surroundings

LOG_GROUP = "/aws/sagemaker/TransformJobs"
_MEBIBYTE = 1024 * 1024


class Stopped(Exception):
    """Somebody has stopped the job."""


class Transform:
    """One transform job: what Describe shows, and the thread that works on it."""

    def __init__(self, aws: Surroundings, request: dict[str, Any], model: dict[str, Any]) -> None:
        """Notes the job; `start` starts it."""
        self.aws = aws
        self.name = request["TransformJobName"]
        self.request = request
        self.model = model
        self.stop_wanted = threading.Event()
        self.description: dict[str, Any] = {
            **request,
            "TransformJobArn": arn("transform-job", self.name),
            "TransformJobStatus": "InProgress",
            "CreationTime": time.time(),
        }

    def start(self) -> None:
        """Works on the job in a thread of its own."""
        spawn_background(self.run, thread_name=f"transform {self.name}")

    def run(self) -> None:
        """Brings the job to an end, whatever happens."""
        folder = self.aws.work / "transform" / self.name
        try:
            shutil.rmtree(folder, ignore_errors=True)
            self._work(folder)
            self._finish("Completed")
        except Stopped:
            self._finish("Stopped")
        except (files.DataError, roles.RoleError, ModelError) as error:
            self._finish("Failed", f"ClientError: {error}")
        except Exception as error:
            self._finish("Failed", f"InternalServerError: {error}")
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _work(self, folder: Path) -> None:
        session = roles.credentials(self.model["ExecutionRoleArn"], SERVICE, f"SageMaker-{self.name}")
        s3 = client("s3", self.aws, session)
        files.download(s3, self.request["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"], folder)
        self.description["TransformStartTime"] = time.time()
        server = Server(self.aws, self.name, "transform", self.model, group=LOG_GROUP)
        try:
            for file in sorted(path for path in folder.rglob("*") if path.is_file()):
                target = self.request["TransformOutput"]["S3OutputPath"].rstrip("/")
                name = file.relative_to(folder).as_posix()
                files.write(s3, f"{target}/{name}.out", self._transformed(server, file.read_bytes()))
        finally:
            server.stop()

    def _transformed(self, server: Server, content: bytes) -> bytes:
        """Returns what the model makes of an object."""
        headers = {
            "Content-Type": self.request["TransformInput"].get("ContentType", "application/octet-stream"),
            "Accept": self.request["TransformOutput"].get("Accept", "*/*"),
        }
        answers = []
        for payload in self._payloads(content):
            if self.stop_wanted.is_set():
                raise Stopped
            server.enter()
            answers.append(server.invoke(payload, headers)[0])
        if self.request["TransformOutput"].get("AssembleWith") == "Line":
            return b"".join(answer.rstrip(b"\n") + b"\n" for answer in answers)
        return b"".join(answers)

    def _payloads(self, content: bytes) -> Iterator[bytes]:
        """Yields the requests to the model: the object as a whole, line by line, or as many lines as fit."""
        if self.request["TransformInput"].get("SplitType", "None") == "None":
            yield content
            return
        lines = [line + b"\n" for line in content.split(b"\n") if line.strip()]
        if self.request.get("BatchStrategy") == "SingleRecord":
            yield from lines
            return
        longest = self.request.get("MaxPayloadInMB", 6) * _MEBIBYTE
        payload = b""
        for line in lines:
            if payload and len(payload) + len(line) > longest:
                yield payload
                payload = b""
            payload += line
        if payload:
            yield payload

    def _finish(self, status: str, reason: str = "") -> None:
        """Ends the job; the status goes last."""
        if reason:
            self.description["FailureReason"] = reason[:1024]
        self.description["TransformEndTime"] = time.time()
        self.description["TransformJobStatus"] = status


class TransformJobs:
    """The transform jobs of this local AWS; they are forgotten when it stops."""

    def __init__(self, aws: Surroundings, hosting: Hosting) -> None:
        """Starts with none."""
        self.aws = aws
        self.hosting = hosting
        self.jobs: dict[str, Transform] = {}

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateTransformJob."""
        name = request["TransformJobName"]
        if name in self.jobs:
            raise Refused("ResourceInUse", f"Transform job names must be unique: {name} already exists.")
        if request["TransformInput"].get("SplitType", "None") not in {"None", "Line"} or "DataProcessing" in request:
            raise Refused(
                "ValidationException",
                "The local AWS transforms objects as a whole or by lines; it has no RecordIO and no DataProcessing.",
            )
        job = self.jobs[name] = Transform(self.aws, request, self.hosting.model(request))
        job.start()
        return {"TransformJobArn": job.description["TransformJobArn"]}

    def find(self, request: dict[str, Any]) -> Transform:
        """Returns the job that a request names."""
        job = self.jobs.get(request["TransformJobName"])
        if job is None:
            raise Refused("ResourceNotFound", f"Could not find transform job {request['TransformJobName']}.")
        return job

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeTransformJob."""
        return self.find(request).description

    def stop(self, request: dict[str, Any]) -> None:
        """StopTransformJob."""
        job = self.find(request)
        if job.description["TransformJobStatus"] == "InProgress":
            job.description["TransformJobStatus"] = "Stopping"
            job.stop_wanted.set()

    def reset(self) -> None:
        """Stops and forgets every job."""
        for job in self.jobs.values():
            job.stop_wanted.set()
        self.jobs.clear()
