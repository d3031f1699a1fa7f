"""Personalize's three APIs: the control plane (JSON, an action for a target), the runtime and the events (paths)."""

import json
import uuid
from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

from ministack.core.concurrency import run_reentrant

from local.emulator.personalize.campaigns import Campaigns
from local.emulator.personalize.datasets import Datasets
from local.emulator.personalize.errors import Refused
from local.emulator.personalize.events import Events
from local.emulator.personalize.permissions import caller, check_passed_role
from local.emulator.personalize.shelf import Json, Shelf
from local.emulator.personalize.training import Training
from local.emulator.surroundings import Surroundings

Answer = tuple[int, dict[str, str], bytes]
# Kind in an ARN, as its members begin, and as its action ends: what Describe, List and Delete do alike for all.
KINDS = {
    "Schema": ("schema", "schema"),
    "DatasetGroup": ("dataset-group", "datasetGroup"),
    "Dataset": ("dataset", "dataset"),
    "DatasetImportJob": ("dataset-import-job", "datasetImportJob"),
    "Solution": ("solution", "solution"),
    "SolutionVersion": ("solution", "solutionVersion"),
    "Campaign": ("campaign", "campaign"),
    "EventTracker": ("event-tracker", "eventTracker"),
    "Filter": ("filter", "filter"),
}


class Service:
    """Personalize, as the emulator calls it: one request handler, and the state it saves and restores."""

    def __init__(self, aws: Surroundings) -> None:
        """Starts with nothing."""
        self.shelf = Shelf(aws)
        self.datasets = Datasets(self.shelf)
        self.training = Training(self.shelf, self.datasets)
        self.campaigns = Campaigns(self.shelf)
        self.events = Events(self.shelf, self.campaigns)
        self.actions: dict[str, Callable[[Json], Json | None]] = {
            "CreateSchema": self.datasets.create_schema,
            "CreateDatasetGroup": self.datasets.create_group,
            "CreateDataset": self.datasets.create_dataset,
            "CreateDatasetImportJob": self.datasets.create_import,
            "DeleteDatasetGroup": self.datasets.delete_group,
            "CreateSolution": self.training.create_solution,
            "UpdateSolution": self.training.update_solution,
            "DeleteSolution": self.training.delete_solution,
            "CreateSolutionVersion": self.training.create_version,
            "ListSolutionVersions": self.training.versions,
            "CreateCampaign": self.campaigns.create,
            "UpdateCampaign": self.campaigns.update,
            "DeleteCampaign": self.campaigns.delete,
            "CreateEventTracker": self.events.create_tracker,
            "CreateFilter": self.events.create_filter,
        }
        for action, (kind, member) in KINDS.items():
            self.actions.setdefault(f"Describe{action}", partial(self._describe, member))
            self.actions.setdefault(f"List{action}s", partial(self._list, kind, member))
            self.actions.setdefault(f"Delete{action}", partial(self._delete, member))
        self.paths: dict[str, Callable[[Json], Json | None]] = {
            "/recommendations": self._recommend,
            "/personalize-ranking": self._rank,
            "/events": self.events.put_events,
            "/items": partial(self.events.put, "items"),
            "/users": partial(self.events.put, "users"),
        }

    @cached_property
    def model(self) -> Any:
        """The description of the control plane."""
        from botocore.session import get_session

        return get_session().get_service_model("personalize")

    async def handle_request(
        self, _method: str, path: str, headers: dict[str, str], body: bytes, _query: dict[str, list[str]]
    ) -> Answer:
        """Answers a request; in a thread of its own, since it may read S3 through this very emulator."""
        target = headers.get("x-amz-target", "").rpartition(".")[2]
        answer: Answer = await run_reentrant(partial(self._answer, path, target, body, caller(headers)))
        return answer

    def call(self, action: str, request: Json) -> Json:
        """Returns the answer of an action of the control plane.

        Raises:
            Refused: with the code and the message of the API.
        """
        act = self.actions.get(action)
        if act is None:
            raise Refused("UnknownOperationException", f"The local AWS does not know Personalize's {action}.")
        from botocore.validate import ParamValidator

        report = ParamValidator().validate(request, self.model.operation_model(action).input_shape)
        if report.has_errors():
            raise Refused("InvalidInputException", report.generate_report())
        return act(request) or {}

    def _answer(self, path: str, target: str, body: bytes, key: str) -> Answer:
        try:
            request = json.loads(body or b"{}")
            if target:
                check_passed_role(request, key)
                content = self.call(target, request)
            elif path in self.paths:
                content = self.paths[path](request) or {}
            else:
                raise Refused("UnknownOperationException", f"The local AWS does not know Personalize's {path}.")
        except Refused as error:
            said = json.dumps({"__type": error.code, "message": error.message}).encode()
            status = 500 if error.code.startswith("Internal") else 404 if "NotFound" in error.code else 400
            return status, {"Content-Type": "application/json", "x-amzn-errortype": error.code}, said
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(content).encode()

    def _recommend(self, request: Json) -> Json:
        found = self.campaigns.ask(request["campaignArn"], "/recommendations", self._filtered(request))
        items = [{"itemId": item, "score": score} for item, score in found["items"]]
        return {"itemList": items, "recommendationId": f"RID-{uuid.uuid4()}"}

    def _rank(self, request: Json) -> Json:
        found = self.campaigns.ask(request["campaignArn"], "/ranking", self._filtered(request))
        items = [{"itemId": item, "score": score} for item, score in found["items"]]
        return {"personalizedRanking": items, "recommendationId": f"RID-{uuid.uuid4()}"}

    def _filtered(self, request: Json) -> Json:
        """Returns a request with the expression of its filter."""
        if "filterArn" in request:
            request["filterExpression"] = self.shelf.find(request["filterArn"])["filterExpression"]
        return request

    def _describe(self, member: str, request: Json) -> Json:
        return {member: self.shelf.find(request[f"{member}Arn"])}

    def _list(self, kind: str, member: str, request: Json) -> Json:
        wanted = {key: value for key, value in request.items() if key.endswith("Arn")}
        found = [one for one in self.shelf.of(kind, **wanted) if f"{member}Arn" in one]
        if kind == "solution":
            found = [one for one in found if "solutionVersionArn" not in one]
        return {"Filters" if member == "filter" else f"{member}s": found}  # the one with a capital letter

    def _delete(self, member: str, request: Json) -> None:
        self.shelf.remove(request[f"{member}Arn"])

    def get_state(self) -> Json:
        """Returns what outlives a restart; rows and models lie in files, servers start again."""
        return {"things": self.shelf.things}

    def load_persisted_state(self, state: Json) -> None:
        """Takes over what the last run left, and lets its campaigns answer."""
        self.shelf.things.update(state["things"])
        for thing in self.shelf.things.values():
            if thing.get("status") in {"CREATE PENDING", "CREATE IN_PROGRESS"}:
                thing.update(status="CREATE FAILED", failureReason="The local AWS was stopped meanwhile.")
        self.campaigns.restore()

    def reset(self) -> None:
        """Forgets everything and ends every process."""
        self.campaigns.reset()
        self.shelf.things.clear()
