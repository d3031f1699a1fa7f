"""Glue jobs in tests: a script, its run, and what became of it."""

import time
import uuid
from typing import Any

from local import LocalAws


class Jobs:
    """A bucket with scripts."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.bucket = f"jobs-{uuid.uuid4().hex[:12]}"
        self.s3, self.glue = aws.client("s3"), aws.client("glue")
        self.s3.create_bucket(Bucket=self.bucket)

    def begin(self, script: str | None, kind: str = "pythonshell", **arguments: str) -> tuple[str, str]:
        """Starts a job and returns its name and the number of its run."""
        name = f"job-{uuid.uuid4().hex[:8]}"
        if script is not None:
            # The name that packaging gives: the hash of the content, without an ending.
            self.s3.put_object(Bucket=self.bucket, Key=name, Body=script.encode())
        self.glue.create_job(
            Name=name,
            Role="arn:aws:iam::000000000000:role/job",
            Command={"Name": kind, "ScriptLocation": f"s3://{self.bucket}/{name}", "PythonVersion": "3"},
            DefaultArguments={"--bucket": self.bucket},
        )
        given = {f"--{key.replace('_', '-')}": value for key, value in arguments.items()}
        return name, self.glue.start_job_run(JobName=name, Arguments=given)["JobRunId"]

    def state(self, name: str, number: str) -> dict[str, Any]:
        return dict(self.glue.get_job_run(JobName=name, RunId=number)["JobRun"])

    def run(self, script: str | None, kind: str = "pythonshell", **arguments: str) -> dict[str, Any]:
        """Runs a job to its end and returns the run."""
        name, number = self.begin(script, kind, **arguments)
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            run = self.state(name, number)
            if run["JobRunState"] not in ("STARTING", "RUNNING", "STOPPING"):
                return run
            time.sleep(0.1)
        raise AssertionError(f"the job is still running: {name}")

    def text(self, key: str) -> str:
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=key).get("Contents", [])
        assert [item["Key"] for item in found] == [key], "the job has written nothing"
        return str(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode())
