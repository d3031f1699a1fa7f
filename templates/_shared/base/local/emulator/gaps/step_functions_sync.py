"""State machines that wait for jobs: `glue:startJobRun.sync` and its like.

The pinned emulator fails these tasks with "not yet implemented". Here they start the job with the permissions of the
state machine's role and wait for its real end: a job that fails makes the task fail with `States.TaskFailed` and the
job's description as the cause, and an execution that is stopped or times out stops its job.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError
from ministack.services import stepfunctions

from local.emulator import roles
from local.emulator.clients import client
from local.emulator.surroundings import Surroundings

SERVICE = "states.amazonaws.com"
Json = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """How a kind of job is started, looked at and stopped.

    Attributes:
        service: the boto3 name of its service.
        prefix: how Step Functions begins the names of its errors.
        start: the method that starts one.
        look: returns the description of a job, by the client, the request and the answer to `start`.
        state: returns the state in a description.
        stop: stops a job, by the client, the request and the answer to `start`.
        ends: the states in which it has ended without success.
    """

    service: str
    prefix: str
    start: str
    look: Callable[[Any, Json, Json], Json]
    state: Callable[[Json], str]
    stop: Callable[[Any, Json, Json], Any]
    ends: frozenset[str]


JOBS = {
    "glue:startJobRun": Job(
        "glue",
        "Glue",
        "start_job_run",
        lambda glue, request, run: glue.get_job_run(JobName=request["JobName"], RunId=run["JobRunId"])["JobRun"],
        lambda found: found["JobRunState"],
        lambda glue, request, run: glue.batch_stop_job_run(JobName=request["JobName"], JobRunIds=[run["JobRunId"]]),
        frozenset({"FAILED", "TIMEOUT", "STOPPED", "ERROR"}),
    ),
    "athena:startQueryExecution": Job(
        "athena",
        "Athena",
        "start_query_execution",
        lambda athena, _, run: _content(athena.get_query_execution(QueryExecutionId=run["QueryExecutionId"])),
        lambda found: found["QueryExecution"]["Status"]["State"],
        lambda athena, _, run: athena.stop_query_execution(QueryExecutionId=run["QueryExecutionId"]),
        frozenset({"FAILED", "CANCELLED"}),
    ),
    "sagemaker:createTrainingJob": Job(
        "sagemaker",
        "SageMaker",
        "create_training_job",
        lambda api, request, _: _content(api.describe_training_job(TrainingJobName=request["TrainingJobName"])),
        lambda found: found["TrainingJobStatus"],
        lambda api, request, _: api.stop_training_job(TrainingJobName=request["TrainingJobName"]),
        frozenset({"Failed", "Stopped"}),
    ),
    "sagemaker:createTransformJob": Job(
        "sagemaker",
        "SageMaker",
        "create_transform_job",
        lambda api, request, _: _content(api.describe_transform_job(TransformJobName=request["TransformJobName"])),
        lambda found: found["TransformJobStatus"],
        lambda api, request, _: api.stop_transform_job(TransformJobName=request["TransformJobName"]),
        frozenset({"Failed", "Stopped"}),
    ),
}

# Calls that answer at once. The emulator takes the first name that a resource begins with: longer ones come first.
CALLS = (
    "sagemaker:createEndpointConfig",
    "sagemaker:createEndpoint",
    "sagemaker:updateEndpoint",
    "sagemaker:createModel",
)

# What a job is called once it has succeeded.
_SUCCEEDED = frozenset({"SUCCEEDED", "Completed"})


@dataclass(frozen=True)
class Task:
    """The task that is being worked on: the execution it belongs to, and when it times out."""

    execution: Json
    end: float

    @property
    def wanted(self) -> bool:
        """Whether anybody still waits for it."""
        return self.execution.get("status") == "RUNNING" and time.monotonic() < self.end


_task: ContextVar[Task | None] = ContextVar("task", default=None)


def fill(aws: Surroundings) -> None:
    """Adds the integrations."""
    work = stepfunctions._execute_task

    def execute(state: Json, raw: Any, execution: Json | None, context: Json) -> Any:
        limit = state.get("TimeoutSeconds", float("inf"))
        token = _task.set(Task(execution or {"status": "RUNNING"}, time.monotonic() + limit))
        try:
            return work(state, raw, execution, context)
        finally:
            _task.reset(token)

    stepfunctions._execute_task = execute
    fail = stepfunctions._fail_execution

    def end(execution: Json, error: str, cause: str) -> None:
        # The task of an execution that was stopped fails after that; the execution stays stopped.
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    stepfunctions._fail_execution = end
    for name, job in JOBS.items():
        stepfunctions._SERVICE_DISPATCH[f"arn:aws:states:::{name}"] = _integration(aws, job)
    for name in CALLS:
        service, _, action = name.partition(":")
        stepfunctions._SERVICE_DISPATCH[f"arn:aws:states:::{name}"] = _call(aws, service, xform_name(action))


def _integration(aws: Surroundings, job: Job) -> Callable[[str, Json], Json]:
    def run(resource: str, request: Json) -> Json:
        task = _task.get() or Task({"status": "RUNNING"}, float("inf"))
        with _client(aws, job.service, job.prefix, task) as api:
            started = _content(getattr(api, job.start)(**request))
            return _wait(job, api, request, started, task) if ".sync" in resource else started

    return run


def _call(aws: Surroundings, service: str, method: str) -> Callable[[str, Json], Json]:
    def run(_resource: str, request: Json) -> Json:
        task = _task.get() or Task({"status": "RUNNING"}, float("inf"))
        with _client(aws, service, "SageMaker", task) as api:
            return _content(getattr(api, method)(**request))

    return run


@contextmanager
def _client(aws: Surroundings, service: str, prefix: str, task: Task) -> Iterator[Any]:
    """Gives a client with the permissions of the state machine's role; its errors become those of the task."""
    machine = stepfunctions._state_machines.get(task.execution.get("stateMachineArn"), {})
    try:
        session = roles.credentials(machine.get("roleArn", ""), SERVICE, task.execution.get("name", "execution"))
    except roles.RoleError as error:
        raise _failure("States.TaskFailed", str(error)) from error
    try:
        yield client(service, aws, session)
    except ParamValidationError as error:
        raise _failure(f"{prefix}.ValidationException", str(error)) from error
    except ClientError as error:
        raise _failure(f"{prefix}.{error.response['Error']['Code']}", error.response["Error"]["Message"]) from error
    finally:
        roles.forget(session)


def _wait(job: Job, api: Any, request: Json, started: Json, task: Task) -> Json:
    """Returns the description of the job once it has succeeded."""
    pause = 0.05
    while True:
        found: Json = json.loads(json.dumps(job.look(api, request, started), default=_text))
        state = job.state(found)
        if state in _SUCCEEDED:
            return found
        if state in job.ends:
            raise _failure("States.TaskFailed", json.dumps(found))
        if not task.wanted:
            job.stop(api, request, started)
            raise _failure("States.TaskFailed", "The execution was stopped, and its job with it.")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)


def _content(answer: Json) -> Json:
    """Returns an answer without what boto3 adds."""
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def _text(value: Any) -> str:
    """Returns times as Step Functions writes them."""
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def _failure(error: str, cause: str) -> Exception:
    failure: Exception = stepfunctions._ExecutionError(error, cause)
    return failure
