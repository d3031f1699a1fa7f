"""A Glue job runs; what it wrote is the evidence."""

import time
from pathlib import Path

import pytest

from local import LocalAws
from tests.local_aws.conftest import Start
from tests.local_aws.jobs import Jobs

pytestmark = pytest.mark.local_aws

SCRIPT = """
import json, os, sys
import boto3
from awsglue.utils import getResolvedOptions

options = getResolvedOptions(sys.argv, ["bucket", "day"])
body = json.dumps({"day": options["day"], "name": __name__, "path": sys.path[:1]})
boto3.client("s3").put_object(Bucket=options["bucket"], Key="out.json", Body=body)
"""


def scenario(aws: LocalAws) -> None:
    jobs = Jobs(aws)
    run = jobs.run(SCRIPT, day="2026-03-01")
    assert '"day": "2026-03-01", "name": "__main__"' in jobs.text("out.json")
    assert run["JobRunState"] == "SUCCEEDED"


def test_a_python_job_runs_with_its_arguments(aws: LocalAws) -> None:
    scenario(aws)


def test_the_emulator_alone_only_says_that_it_ran(start: Start) -> None:
    with pytest.raises(AssertionError, match="has written nothing"):
        scenario(start(without=["glue_jobs"]))


def test_a_missing_script_fails_the_run(aws: LocalAws) -> None:
    run = Jobs(aws).run(None)
    assert run["JobRunState"] == "FAILED"
    assert "does not exist" in run["ErrorMessage"]


def test_a_job_that_fails_says_why(aws: LocalAws) -> None:
    run = Jobs(aws).run("raise ValueError('no data for the day')")
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("ValueError: no data for the day")


def test_a_missing_argument_is_named(aws: LocalAws) -> None:
    run = Jobs(aws).run(SCRIPT)
    assert "--day" in run["ErrorMessage"]
    assert run["JobRunState"] == "FAILED"


def test_extra_files_are_there_and_the_project_is_not(aws: LocalAws) -> None:
    jobs = Jobs(aws)
    jobs.s3.put_object(Bucket=jobs.bucket, Key="lib/prices.py", Body=b"VAT = 19\n")
    jobs.s3.put_object(Bucket=jobs.bucket, Key="lib/table.csv", Body=b"1,2\n")
    script = """
import importlib.util, sys
import boto3
from lib import prices
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
found = [name for name in ("local", "deploy") if importlib.util.find_spec(name)]
body = f"{prices.VAT} {open('table.csv').read().strip()} {found}"
boto3.client("s3").put_object(Bucket=options["--bucket"], Key="out", Body=body)
"""
    run = jobs.run(script, extra_py_files=f"s3://{jobs.bucket}/", extra_files=f"s3://{jobs.bucket}/lib/table.csv")
    assert run["ErrorMessage"] == ""
    assert jobs.text("out") == "19 1,2 []"


def test_a_stopped_job_is_really_stopped(aws: LocalAws) -> None:
    jobs = Jobs(aws)
    mark = "import os, sys, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    name, number = jobs.begin(mark)
    file = aws.folders.work / "jobs" / number / "pid"
    deadline = time.monotonic() + 20
    while not (file.exists() and file.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    pid = int(file.read_text())
    jobs.glue.batch_stop_job_run(JobName=name, JobRunIds=[number])
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()
    assert jobs.state(name, number)["JobRunState"] == "STOPPED"


def test_a_run_that_a_restart_has_cut_off_is_no_longer_running(start: Start, tmp_path: Path) -> None:
    first = start(folder=tmp_path)
    name, number = Jobs(first).begin("import time; time.sleep(600)")
    first.stop()
    run = start(folder=tmp_path).client("glue").get_job_run(JobName=name, RunId=number)["JobRun"]
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"] == "The local AWS was stopped while the job ran."
