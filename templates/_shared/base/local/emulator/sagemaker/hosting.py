"""Models, endpoint configurations and endpoints."""

import threading
import time
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.responses import get_account_id, get_region

from local.emulator import roles
from local.emulator.clients import client
from local.emulator.sagemaker import files
from local.emulator.sagemaker.errors import Refused
from local.emulator.sagemaker.servers import Fleet, Server
from local.emulator.surroundings import Surroundings


def arn(kind: str, name: str) -> str:
    """The name of a SageMaker resource in full; SageMaker writes it in lower case."""
    return f"arn:aws:sagemaker:{get_region()}:{get_account_id()}:{kind}/{name.lower()}"


class Endpoint:
    """One endpoint: what Describe shows, and the servers that answer now."""

    def __init__(self, aws: Surroundings, name: str) -> None:
        """Nothing answers yet."""
        now = time.time()
        self.aws = aws
        self.name = name
        self.fleet: Fleet | None = None
        self.deleted = False
        self.lock = threading.Lock()
        self.description: dict[str, Any] = {
            "EndpointName": name,
            "EndpointArn": arn("endpoint", name),
            "CreationTime": now,
            "LastModifiedTime": now,
        }

    def deploy(self, config: dict[str, Any], models: dict[str, dict[str, Any]]) -> None:
        """Start the servers of a configuration, let them take over, and retire the old ones.

        A first deployment that fails leaves the endpoint failed; a later one leaves the old servers in service.
        """
        try:
            new = Fleet(self.aws, self.name, config, models)
        except (files.DataError, roles.RoleError) as error:
            self._note("InService" if self.fleet else "Failed", FailureReason=str(error)[:1024])
            return
        except Exception as error:
            self._note("InService" if self.fleet else "Failed", FailureReason=f"InternalServerError: {error}"[:1024])
            raise
        with self.lock:
            old, self.fleet = self.fleet, new
            deleted = self.deleted
        if deleted:
            new.stop()
            return
        self.description.pop("FailureReason", None)
        self._note("InService", EndpointConfigName=config["EndpointConfigName"])
        if old is not None:
            old.retire()

    def enter(self, target: str | None) -> tuple[str, Server]:
        """Choose the server of a request. It is announced under the lock, so no update stops that server before it."""
        with self.lock:
            if self.fleet is None:
                raise Refused("ValidationError", f"Endpoint {self.name} of account {get_account_id()} not found.")
            if target is not None and target not in self.fleet.servers:
                raise Refused("ValidationError", f"Variant {target} of endpoint {self.name} not found.")
            variant, server = self.fleet.choose(target)
            server.enter()
            return variant, server

    def delete(self) -> None:
        """Stop answering."""
        with self.lock:
            self.deleted = True
            old, self.fleet = self.fleet, None
        if old is not None:
            spawn_background(old.retire, thread_name=f"retire {self.name}")

    def _note(self, status: str, **changes: Any) -> None:
        """Change what Describe shows; the status goes last."""
        self.description.update(changes)
        if self.fleet is not None:
            self.description["ProductionVariants"] = [
                {
                    "VariantName": variant["VariantName"],
                    "CurrentWeight": variant.get("InitialVariantWeight", 1.0),
                    "DesiredWeight": variant.get("InitialVariantWeight", 1.0),
                    "CurrentInstanceCount": 1,
                    "DesiredInstanceCount": variant.get("InitialInstanceCount", 1),
                }
                for variant in self.fleet.config["ProductionVariants"]
            ]
        self.description["LastModifiedTime"] = time.time()
        self.description["EndpointStatus"] = status


class Hosting:
    """Everything that serves in this local AWS."""

    def __init__(self, aws: Surroundings) -> None:
        """Start with nothing."""
        self.aws = aws
        self.models: dict[str, dict[str, Any]] = {}
        self.configs: dict[str, dict[str, Any]] = {}
        self.endpoints: dict[str, Endpoint] = {}

    def create_model(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateModel; its archive must be readable with the model's role, as on AWS."""
        name = request["ModelName"]
        if name in self.models:
            raise Refused("ValidationException", f'Cannot create already existing model "{arn("model", name)}".')
        container: dict[str, Any] = request.get("PrimaryContainer") or next(iter(request.get("Containers", [])), {})
        if not container.get("ModelDataUrl"):
            raise Refused("ValidationException", f"Model {name} needs a ModelDataUrl: the local AWS has no images.")
        try:
            session = roles.credentials(request["ExecutionRoleArn"], "sagemaker.amazonaws.com", f"SageMaker-{name}")
            files.read(client("s3", self.aws, session), container["ModelDataUrl"])
        except (files.DataError, roles.RoleError) as error:
            raise Refused("ValidationException", f"Could not access model data: {error}") from error
        self.models[name] = {**request, "ModelArn": arn("model", name), "CreationTime": time.time()}
        return {"ModelArn": self.models[name]["ModelArn"]}

    def create_config(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateEndpointConfig."""
        name = request["EndpointConfigName"]
        full = arn("endpoint-config", name)
        if name in self.configs:
            raise Refused("ValidationException", f'Cannot create already existing endpoint configuration "{full}".')
        for variant in request["ProductionVariants"]:
            if variant["ModelName"] not in self.models:
                raise Refused("ValidationException", f'Could not find model "{arn("model", variant["ModelName"])}".')
        self.configs[name] = {**request, "EndpointConfigArn": full, "CreationTime": time.time()}
        return {"EndpointConfigArn": full}

    def create_endpoint(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateEndpoint; it answers once its status is InService."""
        name = request["EndpointName"]
        if name in self.endpoints:
            raise Refused("ValidationException", f'Cannot create already existing endpoint "{arn("endpoint", name)}".')
        config = self.config(request)
        endpoint = Endpoint(self.aws, name)
        endpoint.description.update(EndpointConfigName=config["EndpointConfigName"], EndpointStatus="Creating")
        self.endpoints[name] = endpoint
        spawn_background(endpoint.deploy, config, dict(self.models), thread_name=f"create {name}")
        return {"EndpointArn": endpoint.description["EndpointArn"]}

    def update_endpoint(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateEndpoint; the old servers answer until the new ones do."""
        endpoint = self.endpoint(request)
        config = self.config(request)
        if endpoint.description["EndpointStatus"] in {"Creating", "Updating"}:
            raise Refused("ValidationException", f"Cannot update in-progress endpoint {endpoint.name}.")
        endpoint.description["EndpointStatus"] = "Updating"
        spawn_background(endpoint.deploy, config, dict(self.models), thread_name=f"update {endpoint.name}")
        return {"EndpointArn": endpoint.description["EndpointArn"]}

    def model(self, request: dict[str, Any]) -> dict[str, Any]:
        """The model that a request names."""
        name = request["ModelName"]
        if name not in self.models:
            raise Refused("ValidationException", f'Could not find model "{arn("model", name)}".')
        return self.models[name]

    def config(self, request: dict[str, Any]) -> dict[str, Any]:
        """The endpoint configuration that a request names."""
        name = request["EndpointConfigName"]
        if name not in self.configs:
            full = arn("endpoint-config", name)
            raise Refused("ValidationException", f'Could not find endpoint configuration "{full}".')
        return self.configs[name]

    def endpoint(self, request: dict[str, Any]) -> Endpoint:
        """The endpoint that a request names."""
        name = request["EndpointName"]
        if name not in self.endpoints:
            raise Refused("ValidationException", f'Could not find endpoint "{arn("endpoint", name)}".')
        return self.endpoints[name]

    def delete_endpoint(self, request: dict[str, Any]) -> None:
        """DeleteEndpoint."""
        endpoint = self.endpoint(request)
        del self.endpoints[endpoint.name]
        endpoint.delete()

    def invoke(self, name: str, body: bytes, headers: dict[str, str]) -> tuple[bytes, str, str]:
        """InvokeEndpoint: the answer, its content type and the variant that gave it."""
        endpoint = self.endpoints.get(name)
        if endpoint is None:
            raise Refused("ValidationError", f"Endpoint {name} of account {get_account_id()} not found.")
        variant, server = endpoint.enter(headers.get("x-amzn-sagemaker-target-variant"))
        sent = {
            "Content-Type": headers.get("content-type", "application/json"),
            "Accept": headers.get("accept", "*/*"),
        }
        content, kind = server.invoke(body, sent)
        return content, kind, variant

    def reset(self) -> None:
        """Stop and forget everything."""
        for endpoint in self.endpoints.values():
            endpoint.delete()
        for store in (self.endpoints, self.configs, self.models):
            store.clear()
