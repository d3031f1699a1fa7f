"""SageMaker's two APIs: the control plane (JSON, an action for a target) and the runtime (one path)."""

import json
import re
import time
from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

from ministack.core.concurrency import run_reentrant

from local.emulator.sagemaker.errors import ModelError, Refused
from local.emulator.sagemaker.hosting import Hosting
from local.emulator.sagemaker.permissions import caller, check_passed_role
from local.emulator.sagemaker.training import TrainingJobs
from local.emulator.sagemaker.transform import TransformJobs
from local.emulator.surroundings import Surroundings

Answer = tuple[int, dict[str, str], bytes]
_JSON = "application/x-amz-json-1.1"
_INVOCATION = re.compile(r"/endpoints/([^/]+)/invocations")


class Service:
    """SageMaker, as the emulator calls it: one request handler, and the state it saves and restores."""

    def __init__(self, aws: Surroundings) -> None:
        """Starts with nothing."""
        self.training = TrainingJobs(aws)
        self.hosting = Hosting(aws)
        self.transform = TransformJobs(aws, self.hosting)
        hosting = self.hosting
        self.actions: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {
            "CreateTrainingJob": self.training.create,
            "DescribeTrainingJob": self.training.describe,
            "ListTrainingJobs": self.training.summaries,
            "StopTrainingJob": self.training.stop,
            "CreateTransformJob": self.transform.create,
            "DescribeTransformJob": self.transform.describe,
            "StopTransformJob": self.transform.stop,
            "CreateModel": hosting.create_model,
            "DescribeModel": hosting.model,
            "DeleteModel": lambda request: hosting.models.pop(hosting.model(request)["ModelName"]) and None,
            "CreateEndpointConfig": hosting.create_config,
            "DescribeEndpointConfig": hosting.config,
            "DeleteEndpointConfig": lambda request: (
                hosting.configs.pop(hosting.config(request)["EndpointConfigName"]) and None
            ),
            "CreateEndpoint": hosting.create_endpoint,
            "UpdateEndpoint": hosting.update_endpoint,
            "DescribeEndpoint": lambda request: hosting.endpoint(request).description,
            "DeleteEndpoint": hosting.delete_endpoint,
            "ListModels": lambda _: self._list("Model", list(hosting.models.values())),
            "ListEndpointConfigs": lambda _: self._list("EndpointConfig", list(hosting.configs.values())),
            "ListEndpoints": lambda _: self._list("Endpoint", [e.description for e in hosting.endpoints.values()]),
        }

    @cached_property
    def model(self) -> Any:
        """The description of the API; it is large, and read when it is needed first."""
        from botocore.session import get_session

        return get_session().get_service_model("sagemaker")

    async def handle_request(
        self, _method: str, path: str, headers: dict[str, str], body: bytes, _query: dict[str, list[str]]
    ) -> Answer:
        """Answers a request; in a thread of its own, since it may read S3 through this very emulator."""
        invoked = _INVOCATION.fullmatch(path)
        work: Callable[[], Answer] = (
            partial(self._invoke, invoked[1], body, headers)
            if invoked
            else partial(self._act, headers.get("x-amz-target", "").rpartition(".")[2], body, caller(headers))
        )
        answer: Answer = await run_reentrant(work)
        return answer

    def call(self, action: str, request: dict[str, Any]) -> dict[str, Any]:
        """Returns the answer of an action.

        Raises:
            Refused: with the code and the message of the API.
        """
        act = self.actions.get(action)
        if act is None:
            raise Refused("UnknownOperationException", f"The local AWS does not know SageMaker's {action}.")
        from botocore.validate import ParamValidator

        shape = self.model.operation_model(action).input_shape
        report = ParamValidator().validate(request, shape)
        if report.has_errors():
            raise Refused("ValidationException", report.generate_report())
        return act(request) or {}

    def _act(self, action: str, body: bytes, key: str) -> Answer:
        request = json.loads(body or b"{}")
        try:
            if action.startswith("Create"):
                check_passed_role(request, key)
            return 200, {"Content-Type": _JSON}, json.dumps(self.call(action, request)).encode()
        except Refused as error:
            return _error(error)

    def _invoke(self, name: str, body: bytes, headers: dict[str, str]) -> Answer:
        try:
            content, kind, variant = self.hosting.invoke(name, body, headers)
        except Refused as error:
            return _error(error)
        except ModelError as error:
            said = {
                "Message": str(error),
                "OriginalMessage": error.content,
                "OriginalStatusCode": error.status,
                "LogStreamArn": error.log,
            }
            return (
                424,
                {"Content-Type": "application/json", "x-amzn-errortype": "ModelError"},
                json.dumps(said).encode(),
            )
        return 200, {"Content-Type": kind, "x-Amzn-Invoked-Production-Variant": variant}, content

    @staticmethod
    def _list(kind: str, things: list[dict[str, Any]]) -> dict[str, Any]:
        """Returns the summaries of a list action, newest first."""
        shown = (f"{kind}Name", f"{kind}Arn", f"{kind}Status", "CreationTime", "LastModifiedTime")
        return {
            f"{kind}s": [{key: thing[key] for key in shown if key in thing} for thing in reversed(things)],
        }

    def get_state(self) -> dict[str, Any]:
        """Returns what outlives a restart; the servers do not, they start again."""
        return {
            "training": [job.description for job in self.training.jobs.values()],
            "models": self.hosting.models,
            "configs": self.hosting.configs,
            "endpoints": {
                name: endpoint.description["EndpointConfigName"] for name, endpoint in self.hosting.endpoints.items()
            },
        }

    def load_persisted_state(self, state: dict[str, Any]) -> None:
        """Takes over what the last run left, and lets its endpoints start."""
        self.training.restore(state["training"])
        self.hosting.models.update(state["models"])
        self.hosting.configs.update(state["configs"])
        for name, config in state["endpoints"].items():
            self.hosting.create_endpoint({"EndpointName": name, "EndpointConfigName": config})

    def reset(self) -> None:
        """Forgets everything and ends every process."""
        self.training.reset()
        self.transform.reset()
        self.hosting.reset()

    def wait_for(self, name: str, timeout: float = 180.0) -> None:
        """Returns once an endpoint is in service.

        Raises:
            Refused: it failed, or it took too long.
        """
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            description = self.hosting.endpoint({"EndpointName": name}).description
            if description["EndpointStatus"] in {"InService", "Failed"}:
                if "FailureReason" in description:
                    raise Refused("EndpointFailed", description["FailureReason"])
                return
            time.sleep(0.05)
        raise Refused("EndpointFailed", f"Endpoint {name} is not in service after {timeout:.0f} s.")


def _error(error: Refused) -> Answer:
    body = {"__type": error.code, "message": error.message, "Message": error.message}
    return 400, {"Content-Type": _JSON, "x-amzn-errortype": error.code}, json.dumps(body).encode()
