"""Neptune's data API: /opencypher, /sparql, /loader and /status; and the cluster as CloudFormation makes it."""

import json
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from ministack.core.concurrency import run_reentrant

from local.emulator.neptune.engine import Engine
from local.emulator.neptune.errors import Refused
from local.emulator.neptune.loads import Loads
from local.emulator.neptune.permissions import statement
from local.emulator.surroundings import Surroundings

Answer = tuple[int, dict[str, str], bytes]
Json = dict[str, Any]
_RESULTS = "application/sparql-results+json"


class Service:
    """Neptune, as the emulator calls it: one request handler, and the state it saves and restores."""

    def __init__(self, aws: Surroundings) -> None:
        """Starts without a cluster."""
        self.engines = {language: Engine(aws, language) for language in ("opencypher", "sparql")}
        self.loads = Loads(aws, self.engines)
        self.url = aws.url
        self.cluster: Json = {}

    async def handle_request(
        self, method: str, path: str, _headers: dict[str, str], body: bytes, _query: dict[str, list[str]]
    ) -> Answer:
        """Answers a request; in a thread of its own, since a load reads S3 through this very emulator."""
        answer: Answer = await run_reentrant(partial(self._answer, method, path, body))
        return answer

    def _answer(self, method: str, path: str, body: bytes) -> Answer:
        try:
            if not self.cluster:
                raise Refused("BadRequestException", "there is no Neptune cluster", 404)
            return self._routed(method, path.rstrip("/"), body)
        except Refused as error:
            said = {"code": error.code, "detailedMessage": error.message, "message": error.message}
            said["requestId"] = str(uuid.uuid4())
            headers = {"Content-Type": "application/json", "x-amzn-errortype": error.code}
            return error.status, headers, json.dumps(said).encode()

    def _routed(self, method: str, path: str, body: bytes) -> Answer:
        kind = "application/json"
        if path.lower() == "/opencypher":
            text, parameters = statement(body)
            asked = {"text": text, "parameters": parameters}
            content: Json = {"results": self.engines["opencypher"].ask("/query", asked)["found"]}
        elif path == "/sparql":
            text, parameters = statement(body)
            content = self.engines["sparql"].ask("/query", {"text": text, "parameters": parameters})["found"]
            kind = _RESULTS
        elif path == "/loader" and method == "POST":
            content = self.loads.start(json.loads(body or b"{}"), self.cluster["roles"])
        elif path.startswith("/loader/"):
            content = self.loads.look(path.rpartition("/")[2])
        elif path == "/status":
            content = {"status": "healthy", "role": "writer"}
        else:
            raise Refused("UnsupportedOperationException", f"The local AWS does not know Neptune's {method} {path}.")
        return 200, {"Content-Type": kind}, json.dumps(content).encode()

    def make(self, name: str, properties: Json, change: Callable[[Json], Json]) -> Json:
        """Makes or changes the cluster.

        Raises:
            ValueError: there is another one.
        """
        if self.cluster and self.cluster["name"] != name:
            raise ValueError(f"The local AWS has one Neptune cluster, and {self.cluster['name']} is it.")
        roles = [str(role["RoleArn"]) for role in properties.get("AssociatedRoles", [])]
        self.cluster = change({"name": name, "roles": roles})
        return self.cluster

    def remove(self) -> None:
        """Deletes the cluster and its graphs."""
        self.cluster = {}
        for engine in self.engines.values():
            engine.drop()

    def get_state(self) -> Json:
        """Returns what outlives a restart; the graphs lie in their folders."""
        return {"cluster": self.cluster, "loads": self.loads.jobs}

    def load_persisted_state(self, state: Json) -> None:
        """Takes over what the last run left."""
        self.cluster = state["cluster"] and {**state["cluster"], "url": self.url}
        self.loads.jobs.update(state["loads"])
        for job in self.loads.jobs.values():
            if job["status"] == "LOAD_IN_PROGRESS":
                job.update(status="LOAD_FAILED", error="The local AWS was stopped meanwhile.")

    def reset(self) -> None:
        """Forgets everything and ends every process."""
        self.loads.jobs.clear()
        self.remove()
