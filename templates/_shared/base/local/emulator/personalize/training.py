"""Solutions and their versions: the models that are learned from a dataset group."""

import csv
import uuid
from collections import Counter
from pathlib import Path

from ministack.core.concurrency import spawn_background

from local.emulator.logs import LogStream
from local.emulator.personalize.datasets import Datasets
from local.emulator.personalize.errors import in_use, invalid
from local.emulator.personalize.shelf import ACTIVE, FAILED, PENDING, WORKING, Json, Shelf
from local.emulator.programs import Program

# What Personalize publishes as its least: interactions, and users with two or more of them.
LEAST_INTERACTIONS, LEAST_USERS = 1000, 25
_HOUR = 3600.0


class Training:
    """What learns."""

    def __init__(self, shelf: Shelf, datasets: Datasets) -> None:
        """Learns from data sets."""
        self.shelf = shelf
        self.datasets = datasets

    def create_solution(self, request: Json) -> Json:
        """CreateSolution. Automatic training is on unless it is switched off, as on AWS; here it only shows."""
        self.shelf.find(request["datasetGroupArn"])
        if "recipeArn" not in request:
            raise invalid("The local AWS needs a recipeArn.")
        made = {"performAutoTraining": True, **request}
        thing = self.shelf.add(f"solution/{request['name']}", "solutionArn", made)
        return {"solutionArn": thing["solutionArn"]}

    def update_solution(self, request: Json) -> Json:
        """UpdateSolution."""
        thing = self.shelf.find(request["solutionArn"])
        changes = {key: value for key, value in request.items() if key != "solutionArn"}
        self.shelf.note(thing["solutionArn"], thing["status"], **changes)
        return {"solutionArn": thing["solutionArn"]}

    def delete_solution(self, request: Json) -> None:
        """DeleteSolution, with its versions; one that a campaign serves stays."""
        name = request["solutionArn"]
        versions = self.versions(request)["solutionVersions"]
        for version in versions:
            if next(self.shelf.of("campaign", solutionVersionArn=version["solutionVersionArn"]), None):
                raise in_use("A campaign serves a version of this solution.")
        self.shelf.remove(name)
        for version in versions:
            self.shelf.remove(version["solutionVersionArn"])

    def create_version(self, request: Json) -> Json:
        """CreateSolutionVersion."""
        solution = self.shelf.find(request["solutionArn"])
        ending = f"solution/{solution['name']}/{uuid.uuid4().hex[:8]}"
        shown = {key: solution[key] for key in ("solutionArn", "datasetGroupArn", "recipeArn")}
        made = {"trainingMode": "FULL", **request, **shown}
        thing = self.shelf.add(ending, "solutionVersionArn", made, PENDING)
        name = thing["solutionVersionArn"]
        spawn_background(self._train, name, thread_name=f"training {name}")
        return {"solutionVersionArn": name}

    def versions(self, request: Json) -> Json:
        """ListSolutionVersions, newest first."""
        found = [one for one in self.shelf.of("solution") if "solutionVersionArn" in one]
        wanted = request.get("solutionArn")
        return {"solutionVersions": [one for one in found if wanted in {None, one["solutionArn"]}]}

    def _train(self, name: str) -> None:
        version = self.shelf.find(name)
        self.shelf.note(name, WORKING)
        try:
            reason = self._learn(version)
        except Exception as error:
            self.shelf.note(name, FAILED, failureReason=f"Internal error: {error}"[:1000])
            raise
        if reason:
            self.shelf.note(name, FAILED, failureReason=reason)
        else:
            self.shelf.note(name, ACTIVE)

    def _learn(self, version: Json) -> str:
        """Learns, and returns why it could not."""
        group = version["datasetGroupArn"]
        version["recorded"] = self.datasets.recorded(group)  # a campaign catches up from there
        rows = self.datasets.rows(group, "interactions")
        per_user = Counter(row["USER_ID"] for row in rows)
        enough = sum(count > 1 for count in per_user.values())
        if len(rows) < LEAST_INTERACTIONS or enough < LEAST_USERS:
            return (
                f"The dataset group has {len(rows)} interactions and {enough} users with two or more of them; "
                f"at least {LEAST_INTERACTIONS} and {LEAST_USERS} are needed."
            )
        folder = self.shelf.place(version["solutionVersionArn"])
        folder.mkdir(parents=True, exist_ok=True)
        for kind in ("interactions", "items", "users"):
            _write(folder / f"{kind}.csv", rows if kind == "interactions" else self.datasets.rows(group, kind))
        log = LogStream("/aws/personalize/training", version["solutionVersionArn"].rpartition("/")[2])
        said: list[str] = []

        def said_and_logged(line: str) -> None:
            said.append(line)
            log.write(line)

        program = Program(
            self.shelf.aws,
            "train_recommender",
            [str(folder), version["recipeArn"].rpartition("/")[2]],
            {},
            said_and_logged,
        )
        status = program.wait(_HOUR)
        if status:
            return f"Training failed: {said[-1] if said else status}"
        if status is None:
            program.stop()
            return "Training took more than an hour."
        return ""


def _write(path: Path, rows: list[Json]) -> None:
    """Writes rows as CSV; a row that lacks a column has it empty."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
