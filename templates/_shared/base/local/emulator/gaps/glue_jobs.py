"""Glue jobs really run, Spark jobs, too, in the project's Python.

The pinned emulator reports SUCCEEDED for every Spark job, for a script that does not exist and for one whose name does
not end in `.py`, and runs nothing; a Python shell job gets its arguments as environment variables instead of `sys.argv`
and does not find the endpoint.

What does not hold: a job has the rights of an administrator, not of its role; `--additional-python-modules` are
expected in the project's environment.
"""

import re
import subprocess
import time
from typing import Any

from ministack.services import glue

from local.emulator import children
from local.emulator.surroundings import Surroundings
from local.errors import LocalAwsError
from local.paths import file_of

_KINDS = ("glueetl", "pythonshell")


def fill(aws: Surroundings) -> None:
    """Lets Glue run jobs."""
    arguments = glue._script_args
    spark = glue._is_spark_job

    def execute(run: dict[str, Any], job: dict[str, Any], given: dict[str, Any], _script: str) -> None:
        _run(aws, run, job, given)

    # The emulator runs what is no Spark job to it and has a script of its taste; both are decided here instead.
    glue._script_args = lambda job, name, number, own: {
        **({"--JOB_NAME": name, "--JOB_RUN_ID": number} if spark(job) else {}),
        **arguments(job, name, number, own),
    }
    glue._is_spark_job = lambda _job: False
    glue._resolve_script = lambda location: f"{location or 'none'}.py"
    glue._execute_subprocess = execute
    _end_runs_of_before()


def _end_runs_of_before() -> None:
    """Ends the runs that an emulator was in when it ended: nothing runs them any more."""
    load = glue.load_persisted_state

    def loaded(data: Any) -> Any:
        result = load(data)
        for runs in glue._job_runs.all_values():
            for run in runs:
                if run["JobRunState"] in ("STARTING", "RUNNING"):
                    _end(run, "FAILED", "The local AWS was stopped while the job ran.")
        return result

    glue.load_persisted_state = loaded


def _run(aws: Surroundings, run: dict[str, Any], job: dict[str, Any], given: dict[str, Any]) -> None:
    """Runs a job to its end and writes down what became of it."""
    command = job.get("Command") or {}
    kind, location = command.get("Name", ""), command.get("ScriptLocation", "")
    if kind not in _KINDS:
        _end(run, "FAILED", f"the local AWS runs jobs of the kinds {' and '.join(_KINDS)}, not {kind or 'none'}")
        return
    try:
        script = file_of(aws.lake, location)
    except LocalAwsError as error:
        _end(run, "FAILED", str(error))
        return
    if not script.is_file():
        _end(run, "FAILED", f"The script {location} does not exist.")
        return
    folder = aws.work / "jobs" / run["Id"]
    folder.mkdir(parents=True)
    log = folder / "job.log"
    words = [word for name, value in given.items() for word in (f"--{name.lstrip('-')}", str(value)) if word != ""]
    with log.open("wb") as output:
        process = children.start(
            aws, "run_job", [kind, str(aws.lake), str(folder), str(script), *words], folder=folder, output=output
        )
    status = _wait(process, run, 60 * float(job.get("Timeout") or 2880))
    if run["JobRunState"] == "STOPPED":
        return
    if status is None:
        _end(run, "TIMEOUT", "The job ran longer than its time-out.")
    elif status == 0:
        _end(run, "SUCCEEDED", "")
    else:
        reason = _reason(log.read_text(errors="replace")) or f"The job ended with status {status}."
        _end(run, "FAILED", f"{reason} (all of it: {log})")


def _reason(said: str) -> str:
    """Returns the line that names the error, below which Java may have written a page; else the last line."""
    lines = [line for line in said.splitlines() if line.strip()]
    for position in reversed(range(len(lines))):
        if re.match(r"[\w.]*(Error|Exception|Interrupt)\b.*", lines[position]):
            # Java's own reason stands on the line after that of the bridge to it.
            following = lines[position + 1 : position + 2]
            return lines[position] + "".join(line for line in following if line.startswith(": "))
    return lines[-1] if lines else ""


def _wait(process: "subprocess.Popen[bytes]", run: dict[str, Any], patience: float) -> int | None:
    """Returns the exit status; None where the job was stopped or ran too long, and is ended now."""
    deadline = time.monotonic() + patience
    try:
        while time.monotonic() < deadline and run["JobRunState"] != "STOPPED":
            try:
                return process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
        return None
    finally:
        children.stop(process)


def _end(run: dict[str, Any], state: str, message: str) -> None:
    run["JobRunState"], run["ErrorMessage"] = state, message[:2000]
