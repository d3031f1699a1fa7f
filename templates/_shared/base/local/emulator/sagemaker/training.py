"""Training jobs in script mode: the project's train.py runs as it would in a SageMaker container."""

import json
import re
import shutil
import threading
import time
from pathlib import Path
from typing import Any

from ministack.core.concurrency import spawn_background

from local.emulator import roles
from local.emulator.clients import client
from local.emulator.logs import LogStream
from local.emulator.programs import Program
from local.emulator.sagemaker import files
from local.emulator.sagemaker.errors import Refused
from local.emulator.sagemaker.hosting import arn
from local.emulator.surroundings import Surroundings

SERVICE = "sagemaker.amazonaws.com"
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
DAY = 86400


class Training:
    """One training job: what Describe shows, and the thread that works on it."""

    def __init__(self, aws: Surroundings, request: dict[str, Any]) -> None:
        """Note the job; `start` starts it."""
        self.aws = aws
        self.request = request
        self.name = request["TrainingJobName"]
        self.metrics: dict[str, dict[str, Any]] = {}
        self.program: Program | None = None
        self.stop_wanted = threading.Event()
        now = time.time()
        self.description: dict[str, Any] = {
            **request,
            "TrainingJobArn": arn("training-job", self.name),
            "TrainingJobStatus": "InProgress",
            "SecondaryStatus": "Starting",
            "SecondaryStatusTransitions": [],
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        self.log = LogStream(LOG_GROUP, f"{self.name}/algo-1-{int(now)}")

    def start(self) -> None:
        """Work on the job in a thread of its own."""
        spawn_background(self.run, thread_name=f"training {self.name}")

    def enter(self, secondary: str, message: str = "") -> None:
        """Note a step of the job, as DescribeTrainingJob lists it."""
        now = time.time()
        steps = self.description["SecondaryStatusTransitions"]
        if steps:
            steps[-1]["EndTime"] = now
        steps.append({"Status": secondary, "StartTime": now, "StatusMessage": message})
        self.description.update(SecondaryStatus=secondary, LastModifiedTime=now)

    def finish(self, status: str, secondary: str, reason: str = "") -> None:
        """End the job. The status goes last: who sees it finds everything else in place."""
        self.enter(secondary, reason)
        now = time.time()
        started = self.description.setdefault("TrainingStartTime", now)
        if reason:
            self.description["FailureReason"] = reason[:1024]
        self.description["FinalMetricDataList"] = list(self.metrics.values())
        self.description["TrainingEndTime"] = now
        self.description["TrainingTimeInSeconds"] = self.description["BillableTimeInSeconds"] = round(now - started)
        self.description["SecondaryStatusTransitions"][-1]["EndTime"] = now
        self.description["TrainingJobStatus"] = status

    def run(self) -> None:
        """Download, train, upload; whatever happens, the job reaches an end."""
        folder = self.aws.work / "training" / self.name
        try:
            shutil.rmtree(folder, ignore_errors=True)
            self._work(folder)
        except (files.DataError, roles.RoleError) as error:
            self.finish("Failed", "Failed", f"ClientError: {error}")
        except Exception as error:
            self.finish("Failed", "Failed", f"InternalServerError: {error}")
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _work(self, folder: Path) -> None:
        session = roles.credentials(self.request["RoleArn"], SERVICE, f"SageMaker-{self.name}")
        s3 = client("s3", self.aws, session)
        self.enter("Downloading", "Downloading input data")
        self._download(s3, folder)
        if self.stop_wanted.is_set():
            self.finish("Stopped", "Stopped")
            return
        self.description["TrainingStartTime"] = time.time()
        self.enter("Training", "Training in progress")
        variables = {**session, **self.request.get("Environment", {}), "TRAINING_JOB_NAME": self.name}
        self.program = Program(self.aws, "train_model", [str(folder)], variables, self._line)
        limit = self.request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", DAY)
        status = self._wait(self.program, limit)
        if status is None:
            self.program.stop()
            stopped = self.stop_wanted.is_set()
            self.finish("Stopped", "Stopped" if stopped else "MaxRuntimeExceeded")
            return
        if status:
            failure = folder / "output" / "failure"
            reason = failure.read_text(encoding="utf-8") if failure.is_file() else f"killed, status {status}"
            self.finish(
                "Failed",
                "Failed",
                f'AlgorithmError: ExecuteUserScriptError:\nExitCode {status}\nErrorMessage "{reason}"',
            )
            return
        self.enter("Uploading", "Uploading generated training model")
        self._upload(s3, folder)
        self.finish("Completed", "Completed", "")

    def _wait(self, program: Program, limit: float) -> int | None:
        """The exit status, or None when the job was stopped or ran out of time."""
        end = time.monotonic() + limit
        while time.monotonic() < end and not self.stop_wanted.is_set():
            status = program.wait(0.1)
            if status is not None:
                return status
        return None

    def _download(self, s3: Any, folder: Path) -> None:
        """Fill the folder that stands for /opt/ml."""
        values = self.request.get("HyperParameters", {})
        submitted = values.get("sagemaker_submit_directory", "").strip('"')
        if not submitted or "sagemaker_program" not in values:
            raise files.DataError(
                "the local AWS trains in script mode only: set the hyperparameters sagemaker_program and "
                "sagemaker_submit_directory (a sourcedir.tar.gz in S3)"
            )
        for part in ("input/config", "input/data", "model", "output/data"):
            (folder / part).mkdir(parents=True)
        (folder / "input/config/hyperparameters.json").write_text(json.dumps(values), encoding="utf-8")
        files.unpack(files.read(s3, submitted), submitted, folder / "code")
        program = values["sagemaker_program"].strip('"')
        if not (folder / "code" / program).is_file():
            raise files.DataError(f"{submitted} holds no {program}")
        for channel in self.request.get("InputDataConfig", []):
            source = channel["DataSource"]["S3DataSource"]["S3Uri"]
            files.download(s3, source, folder / "input" / "data" / channel["ChannelName"])

    def _upload(self, s3: Any, folder: Path) -> None:
        """Store model.tar.gz, and output.tar.gz when the script left anything there."""
        target = f"{self.request['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{self.name}/output"
        files.write(s3, f"{target}/model.tar.gz", files.pack(folder / "model"))
        if any((folder / "output" / "data").iterdir()):
            files.write(s3, f"{target}/output.tar.gz", files.pack(folder / "output" / "data"))
        self.description["ModelArtifacts"] = {"S3ModelArtifacts": f"{target}/model.tar.gz"}

    def _line(self, line: str) -> None:
        """Log a line and take the metrics out of it."""
        self.log.write(line)
        for metric in self.request["AlgorithmSpecification"].get("MetricDefinitions", []):
            found = re.search(metric["Regex"], line)
            if found and found.groups():
                self.metrics[metric["Name"]] = {
                    "MetricName": metric["Name"],
                    "Value": float(found[1]),
                    "Timestamp": time.time(),
                }


class TrainingJobs:
    """The training jobs of this local AWS."""

    def __init__(self, aws: Surroundings) -> None:
        """Start with none."""
        self.aws = aws
        self.jobs: dict[str, Training] = {}

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateTrainingJob."""
        name = request["TrainingJobName"]
        if name in self.jobs:
            raise Refused("ResourceInUse", f"Training job names must be unique: {name} already exists.")
        for metric in request["AlgorithmSpecification"].get("MetricDefinitions", []):
            try:
                re.compile(metric["Regex"])
            except re.error as error:
                raise Refused("ValidationException", f"Metric {metric['Name']} has a broken regex: {error}") from error
        job = self.jobs[name] = Training(self.aws, request)
        job.start()
        return {"TrainingJobArn": job.description["TrainingJobArn"]}

    def find(self, request: dict[str, Any]) -> Training:
        """The job that a request names."""
        job = self.jobs.get(request["TrainingJobName"])
        if job is None:
            raise Refused("ValidationException", "Requested resource not found.")
        return job

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeTrainingJob."""
        return self.find(request).description

    def stop(self, request: dict[str, Any]) -> dict[str, Any]:
        """StopTrainingJob."""
        job = self.find(request)
        if job.description["TrainingJobStatus"] != "InProgress":
            raise Refused("ValidationException", f"The job {job.name} has ended already.")
        job.stop_wanted.set()
        job.description["TrainingJobStatus"] = "Stopping"
        return {}

    def summaries(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListTrainingJobs, newest first."""
        shown = ("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingEndTime", "TrainingJobStatus")
        jobs = [
            {key: job.description[key] for key in shown if key in job.description}
            for job in reversed(self.jobs.values())
            if request.get("StatusEquals", job.description["TrainingJobStatus"]) == job.description["TrainingJobStatus"]
            and request.get("NameContains", "") in job.name
        ]
        return {"TrainingJobSummaries": jobs[: request.get("MaxResults", 100)]}

    def restore(self, saved: list[dict[str, Any]]) -> None:
        """Takes over the jobs of the last run; one that was under way then has failed."""
        for description in saved:
            if description["TrainingJobStatus"] not in {"Completed", "Failed", "Stopped"}:
                description.update(
                    TrainingJobStatus="Failed",
                    SecondaryStatus="Failed",
                    FailureReason="InternalServerError: the local AWS was stopped while the job ran.",
                )
            job = self.jobs[description["TrainingJobName"]] = Training(self.aws, description)
            job.description.update(description)

    def reset(self) -> None:
        """Stop and forget every job."""
        for job in self.jobs.values():
            job.stop_wanted.set()
        self.jobs.clear()
