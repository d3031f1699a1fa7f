"""The processes behind an endpoint: one model server per production variant."""

import http.client
import queue
import random
import shutil
import threading
import time
import uuid
from typing import Any

from local.emulator import roles
from local.emulator.clients import client
from local.emulator.logs import LogStream
from local.emulator.programs import Program
from local.emulator.sagemaker import files
from local.emulator.sagemaker.errors import ModelError
from local.emulator.surroundings import Surroundings

SERVICE = "sagemaker.amazonaws.com"
_PATIENCE = 120.0  # seconds until a model is loaded


class Server:
    """A running model server."""

    def __init__(
        self, aws: Surroundings, endpoint: str, variant: str, model: dict[str, Any], group: str | None = None
    ) -> None:
        """Unpack the model and start its server; returns when it answers.

        Raises:
            DataError: the archive is missing or not allowed, or its code does not load; with the reason.
            RoleError: the model's role cannot be assumed.
        """
        container = model.get("PrimaryContainer") or model["Containers"][0]
        self.group = group or f"/aws/sagemaker/Endpoints/{endpoint}"
        self.log = LogStream(self.group, f"{endpoint if group else variant}/i-{uuid.uuid4().hex[:17]}")
        self.folder = aws.work / "endpoints" / f"{endpoint}-{variant}-{uuid.uuid4().hex[:8]}"
        self.idle: queue.SimpleQueue[http.client.HTTPConnection] = queue.SimpleQueue()
        self.busy = 0
        self.calm = threading.Condition()
        self.first: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.last = "no message"
        self.port = 0
        self.program: Program | None = None
        try:
            self._start(aws, model, container)
        except BaseException:
            self.stop()
            raise

    def _start(self, aws: Surroundings, model: dict[str, Any], container: dict[str, Any]) -> None:
        session = roles.credentials(model["ExecutionRoleArn"], SERVICE, f"SageMaker-{model['ModelName']}")
        archive = container["ModelDataUrl"]
        content = files.read(client("s3", aws, session), archive)
        files.unpack(content, archive, self.folder)
        variables = {str(name): str(value) for name, value in container.get("Environment", {}).items()}
        program = variables.get("SAGEMAKER_PROGRAM", "inference.py")
        self.program = Program(
            aws,
            "serve_model",
            [str(self.folder), program],
            {**session, **variables},
            self._line,
            self._ended,
        )
        try:
            said = self.first.get(timeout=_PATIENCE)
        except queue.Empty:
            raise files.DataError(f"the model did not load within {_PATIENCE:.0f} s; see {self.group}") from None
        if said is None:
            raise files.DataError(f"the model did not load: {self.last}; see the log group {self.group}")
        self.port = int(said)

    def enter(self) -> None:
        """Announce a request; the server is not stopped before `invoke` has answered it."""
        with self.calm:
            self.busy += 1

    def invoke(self, body: bytes, headers: dict[str, str]) -> tuple[bytes, str]:
        """The model's answer to a request that was announced, and its content type.

        Raises:
            ModelError: the model's code failed, or its server is gone.
        """
        try:
            status, content, kind = self._request(body, headers)
        finally:
            with self.calm:
                self.busy -= 1
                self.calm.notify_all()
        if status != http.HTTPStatus.OK:
            raise ModelError(status, content.decode(errors="replace"), self.group)
        return content, kind

    def _request(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, str]:
        try:
            connection = self.idle.get_nowait()
        except queue.Empty:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", "/invocations", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise ModelError(500, f"the model's server does not answer: {error}", self.group) from error
        self.idle.put(connection)
        return answer.status, content, answer.headers.get("Content-Type", "application/json")

    def retire(self) -> None:
        """Stop once the requests under way are answered, after a minute in any case."""
        with self.calm:
            self.calm.wait_for(lambda: self.busy == 0, timeout=60)
        self.stop()

    def stop(self) -> None:
        """End the process and remove its files."""
        if self.program is not None:
            self.program.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _line(self, line: str) -> None:
        if line.startswith("PORT ") and not self.port:
            self.first.put(line.removeprefix("PORT "))
            return
        self.last = line.strip() or self.last
        self.log.write(line)

    def _ended(self) -> None:
        self.first.put(None)


class Fleet:
    """The servers of one endpoint configuration, chosen by the weights of their variants."""

    def __init__(
        self, aws: Surroundings, endpoint: str, config: dict[str, Any], models: dict[str, dict[str, Any]]
    ) -> None:
        """Start a server for every variant; all or none."""
        self.config = config
        self.servers: dict[str, Server] = {}
        try:
            for variant in config["ProductionVariants"]:
                model = models.get(variant["ModelName"])
                if model is None:
                    raise files.DataError(f"Could not find model {variant['ModelName']}")
                self.servers[variant["VariantName"]] = Server(aws, endpoint, variant["VariantName"], model)
        except BaseException:
            self.stop()
            raise
        self.started = time.time()

    def choose(self, target: str | None) -> tuple[str, Server]:
        """The variant asked for, or one by weight."""
        if target is None:
            variants = self.config["ProductionVariants"]
            weights = [variant.get("InitialVariantWeight", 1.0) for variant in variants]
            target = random.choices([variant["VariantName"] for variant in variants], weights)[0]
        return target, self.servers[target]

    def retire(self) -> None:
        """Stop when the requests under way are answered."""
        for server in self.servers.values():
            server.retire()

    def stop(self) -> None:
        """Stop at once."""
        for server in self.servers.values():
            server.stop()
