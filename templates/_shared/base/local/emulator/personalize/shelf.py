"""What Personalize keeps: descriptions of resources by their ARN, and the rows of data sets as files."""

import csv
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ministack.core.responses import get_account_id, get_region

from local.emulator.personalize.errors import Refused, missing
from local.emulator.surroundings import Surroundings

Json = dict[str, Any]
PENDING, WORKING, ACTIVE, FAILED = "CREATE PENDING", "CREATE IN_PROGRESS", "ACTIVE", "CREATE FAILED"


def arn(ending: str) -> str:
    """Returns the name of a resource in full: `dataset-group/shop`."""
    return f"arn:aws:personalize:{get_region()}:{get_account_id()}:{ending}"


class Shelf:
    """Everything that outlives a restart."""

    def __init__(self, aws: Surroundings) -> None:
        """Starts with nothing."""
        self.aws = aws
        self.things: dict[str, Json] = {}
        self.lock = threading.RLock()

    @property
    def folder(self) -> Path:
        """Where rows and models lie."""
        return self.aws.folder / "personalize"

    def add(self, ending: str, key: str, description: Json, status: str | None = ACTIVE) -> Json:
        """Keeps a new resource and returns its description; `key` is the member that holds its ARN.

        Raises:
            Refused: there is one of this name.
        """
        name = arn(ending)
        now = time.time()
        with self.lock:
            if name in self.things:
                raise Refused("ResourceAlreadyExistsException", f"Another resource with ARN {name} already exists.")
            made = {**description, key: name, "creationDateTime": now, "lastUpdatedDateTime": now}
            self.things[name] = made | ({"status": status} if status else {})
        return self.things[name]

    def find(self, name: str) -> Json:
        """Returns the description of a resource.

        Raises:
            Refused: there is none.
        """
        try:
            return self.things[name]
        except KeyError:
            raise missing(name) from None

    def of(self, kind: str, **members: str) -> Iterator[Json]:
        """Yields the descriptions of a kind (`campaign`) with these members, newest first."""
        for name, thing in reversed(list(self.things.items())):
            if name.split(":")[5].partition("/")[0] == kind and members.items() <= thing.items():
                yield thing

    def note(self, name: str, status: str, **changes: Any) -> None:
        """Changes what Describe shows; the status goes last."""
        with self.lock:
            thing = self.things.get(name)
            if thing is not None:
                thing.update(changes)
                thing["lastUpdatedDateTime"] = time.time()
                thing["status"] = status

    def remove(self, name: str) -> None:
        """Forgets a resource."""
        self.find(name)
        del self.things[name]

    def place(self, name: str) -> Path:
        """Returns the folder of a resource's files."""
        return self.folder.joinpath(*name.split(":")[5].split("/"))

    def append(self, name: str, file: str, rows: list[Json]) -> None:
        """Adds rows to a file of lines of JSON."""
        path = self.place(name) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.lock, path.open("a", encoding="utf-8") as lines:
            lines.writelines(f"{json.dumps(row)}\n" for row in rows)

    def rows(self, name: str, file: str) -> list[Json]:
        """Returns the rows of such a file."""
        path = self.place(name) / file
        if not path.is_file():
            return []
        with self.lock:
            return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def bulk(self, name: str) -> list[Json]:
        """Returns the rows that were imported into a data set."""
        path = self.place(name) / "bulk.csv"
        if not path.is_file():
            return []
        with path.open(newline="", encoding="utf-8") as file:
            return [dict(row) for row in csv.DictReader(file)]
