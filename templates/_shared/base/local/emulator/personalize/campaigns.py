"""Campaigns: a solution version that answers, and its switch to a newer one without a request that fails."""

import http.client
import json
import queue
import threading
from typing import Any

from ministack.core.concurrency import spawn_background

from local.emulator.logs import LogStream
from local.emulator.personalize.datasets import KEYS
from local.emulator.personalize.errors import Refused, in_use, invalid
from local.emulator.personalize.shelf import ACTIVE, FAILED, PENDING, WORKING, Json, Shelf
from local.emulator.programs import Program

_PATIENCE = 60.0  # seconds until a model is loaded


class Server:
    """The process that answers with one model."""

    def __init__(self, shelf: Shelf, campaign: str, version: str) -> None:
        """Returns when it answers.

        Raises:
            ValueError: the model does not load; with the last line that was said.
        """
        self.log = LogStream("/aws/personalize/campaigns", campaign)
        self.first: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.idle: queue.SimpleQueue[http.client.HTTPConnection] = queue.SimpleQueue()
        self.busy, self.calm, self.last, self.port = 0, threading.Condition(), "", 0
        folder = str(shelf.place(version))
        ended = lambda: self.first.put(None)  # noqa: E731
        self.program = Program(shelf.aws, "serve_recommender", [folder], {}, self._line, ended)
        try:
            said = self.first.get(timeout=_PATIENCE)
        except queue.Empty:
            said = None
        if said is None:
            self.program.stop()
            raise ValueError(f"the model does not load: {self.last}")
        self.port = int(said)

    def enter(self) -> None:
        """Announces a request; the server is not stopped before it has been answered."""
        with self.calm:
            self.busy += 1

    def leave(self) -> None:
        """Says that an announced request is answered."""
        with self.calm:
            self.busy -= 1
            self.calm.notify_all()

    def ask(self, path: str, request: Json) -> Json:
        """Returns the answer to a request."""
        try:
            connection = self.idle.get_nowait()
        except queue.Empty:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", path, json.dumps(request).encode(), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content: Json = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            raise Refused("InternalServerException", f"the model does not answer: {error}") from error
        self.idle.put(connection)
        if answer.status == http.HTTPStatus.NOT_FOUND:
            raise Refused("ResourceNotFoundException", content["message"])
        if answer.status != http.HTTPStatus.OK:
            raise invalid(content["message"])
        return content

    def retire(self) -> None:
        """Stops once the requests under way are answered."""
        with self.calm:
            self.calm.wait_for(lambda: self.busy == 0, timeout=30)
        self.program.stop()

    def _line(self, line: str) -> None:
        if line.startswith("PORT ") and not self.port:
            self.first.put(line.removeprefix("PORT "))
            return
        self.last = line.strip() or self.last
        self.log.write(line)


class Campaigns:
    """What answers now."""

    def __init__(self, shelf: Shelf) -> None:
        """Nothing answers yet."""
        self.shelf = shelf
        self.servers: dict[str, Server] = {}
        self.lock = threading.Lock()

    def create(self, request: Json) -> Json:
        """CreateCampaign; it answers once its status is ACTIVE."""
        self._ready(request["solutionVersionArn"])
        made = {"minProvisionedTPS": 1, **request}
        thing = self.shelf.add(f"campaign/{request['name']}", "campaignArn", made, PENDING)
        name = thing["campaignArn"]
        spawn_background(self._serve, name, request["solutionVersionArn"], thread_name=f"campaign {request['name']}")
        return {"campaignArn": name}

    def update(self, request: Json) -> Json:
        """UpdateCampaign; the old version answers until the new one does."""
        thing = self.shelf.find(request["campaignArn"])
        if "latestCampaignUpdate" in thing and thing["latestCampaignUpdate"]["status"] in {PENDING, WORKING}:
            raise in_use("The campaign is being updated.")
        version = str(request.get("solutionVersionArn") or thing["solutionVersionArn"])
        self._ready(version)
        thing["minProvisionedTPS"] = request.get("minProvisionedTPS", thing["minProvisionedTPS"])
        thing["latestCampaignUpdate"] = {"solutionVersionArn": version, "status": PENDING}
        spawn_background(self._serve, thing["campaignArn"], version, thread_name=f"update {thing['name']}")
        return {"campaignArn": thing["campaignArn"]}

    def delete(self, request: Json) -> None:
        """DeleteCampaign."""
        self.shelf.remove(request["campaignArn"])
        with self.lock:
            old = self.servers.pop(request["campaignArn"], None)
        if old is not None:
            spawn_background(old.retire, thread_name="retire")

    def ask(self, name: str, path: str, request: Json) -> Json:
        """Returns what a campaign's model answers."""
        if self.shelf.find(name)["status"] != ACTIVE:
            raise Refused("ResourceNotFoundException", f"The campaign is not active: {name}")
        with self.lock:
            server = self.servers.get(name)
            if server is None:
                raise Refused("ResourceNotFoundException", f"The campaign does not answer: {name}")
            server.enter()
        try:
            return server.ask(path, request)
        finally:
            server.leave()

    def tell(self, group: str, path: str, request: Json) -> None:
        """Hands something new to every campaign of a dataset group; it has been recorded already."""
        for server in self._servers(group):
            try:
                server.ask(path, request)
            finally:
                server.leave()

    def _servers(self, group: str) -> list[Server]:
        """Returns the servers of a group, each announced."""
        with self.lock:
            found = [server for name, server in self.servers.items() if self._group(name) == group]
            for server in found:
                server.enter()
        return found

    def _group(self, campaign: str) -> str:
        thing = self.shelf.things.get(campaign, {})
        version = self.shelf.things.get(thing.get("solutionVersionArn", ""), {})
        return str(version.get("datasetGroupArn", ""))

    def _catch_up(self, server: Server, version: Json) -> None:
        """Hands a model what was recorded after it had begun to learn."""
        for dataset in self.shelf.of("dataset", datasetGroupArn=version["datasetGroupArn"]):
            kind, known = dataset["datasetType"], version.get("recorded", {}).get(dataset["datasetArn"], 0)
            for row in self.shelf.rows(dataset["datasetArn"], "recorded.jsonl")[known:]:
                if kind == "interactions":
                    event = {"itemId": row["ITEM_ID"], "eventType": row["EVENT_TYPE"]}
                    server.ask("/events", {"user": row["USER_ID"], "events": [event]})
                else:
                    key = KEYS[kind]
                    fields = {name: value for name, value in row.items() if name != key}
                    server.ask(f"/{kind}", {kind: [{f"{kind[:-1]}Id": row[key], "fields": fields}]})

    def restore(self) -> None:
        """Lets the campaigns of the last run answer again."""
        for thing in self.shelf.of("campaign"):
            spawn_background(self._serve, thing["campaignArn"], thing["solutionVersionArn"], thread_name="restore")

    def reset(self) -> None:
        """Stops everything."""
        with self.lock:
            old, self.servers = list(self.servers.values()), {}
        for server in old:
            server.program.stop()

    def _ready(self, version: str) -> None:
        if self.shelf.find(version)["status"] != ACTIVE:
            raise invalid(f"The solution version is not active: {version}")

    def _serve(self, name: str, version: str) -> None:
        thing = self.shelf.find(name)
        updating: Any = thing.get("latestCampaignUpdate")
        try:
            new = Server(self.shelf, thing["name"], version)
        except ValueError as error:
            if updating:
                updating.update(status=FAILED, failureReason=str(error))
            else:
                self.shelf.note(name, FAILED, failureReason=str(error))
            return
        with self.lock:
            gone = name not in self.shelf.things
            old = None if gone else self.servers.get(name)
            if not gone:
                self._catch_up(new, self.shelf.find(version))
                self.servers[name] = new
        if gone:
            new.retire()
            return
        self.shelf.note(name, ACTIVE, solutionVersionArn=version)
        if updating:
            updating["status"] = ACTIVE
        if old is not None:
            old.retire()
