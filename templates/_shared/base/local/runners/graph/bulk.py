"""The CSV of Neptune's bulk loader for openCypher: nodes and relationships, with a type in each heading."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from local.runners.graph.errors import GraphError

_NUMBERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("byte", "short", "int", "long"), int),
    **dict.fromkeys(("float", "double"), float),
    "bool": lambda text: text.lower() == "true",
    "boolean": lambda text: text.lower() == "true",
}


class Node(NamedTuple):
    """A node as the loader reads it."""

    id: str
    labels: tuple[str, ...]
    properties: dict[str, Any]


class Edge(NamedTuple):
    """A relationship as the loader reads it."""

    id: str
    start: str
    end: str
    kind: str
    properties: dict[str, Any]


def read(text: str, name: str) -> Iterator[Node | Edge]:
    """Yields what a file holds.

    Raises:
        GraphError: a heading that is needed is not there, or a value is not of its type.
    """
    rows = csv.reader(io.StringIO(text, newline=""))
    headings = next(rows, [])
    kinds = {heading.split("(")[0] if heading.startswith(":") else heading: place
             for place, heading in enumerate(headings)}  # fmt: skip
    edges = ":START_ID" in kinds
    id = next((place for place, heading in enumerate(headings) if heading.partition(":")[2].startswith("ID")), None)
    if id is None or (edges and not {":END_ID", ":TYPE"} <= kinds.keys()):
        raise GraphError("MalformedQueryException", f"{name} lacks the headings of a file of nodes or relationships")
    for number, row in enumerate(rows, 2):
        if len(row) != len(headings):
            raise GraphError(
                "BulkLoadException", f"{name}, line {number}: {len(row)} values for {len(headings)} columns"
            )
        try:
            found = dict(_properties(headings, row))
        except ValueError as error:
            raise GraphError("BulkLoadException", f"{name}, line {number}: {error}") from error
        if edges:
            yield Edge(row[id], row[kinds[":START_ID"]], row[kinds[":END_ID"]], row[kinds[":TYPE"]], found)
        else:
            labels = row[kinds[":LABEL"]] if ":LABEL" in kinds else ""
            yield Node(row[id], tuple(labels.split(";")) if labels else ("vertex",), found)


def _properties(headings: Iterable[str], row: Iterable[str]) -> Iterator[tuple[str, Any]]:
    for heading, value in zip(headings, row, strict=True):
        name, _, kind = heading.partition(":")
        if name and value != "":
            yield name, _NUMBERS.get(kind.lower(), str)(value)
