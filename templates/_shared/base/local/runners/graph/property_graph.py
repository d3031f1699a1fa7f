"""openCypher: a property graph in ArcadeDB, which the project's Python has with its own Java."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from local.runners.graph import bulk
from local.runners.graph.errors import GraphError

# Without a log of transactions, what is deleted is soon nowhere on the disk; a graph is loaded again within seconds.
_JVM = "-Xmx1g -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Darcadedb.txWAL=false"
_ID = "loaded_id"  # the id of the loader, which is no property in Neptune
_BATCH = 2_000
_WRITES = re.compile(r"\b(CREATE|MERGE|SET|DELETE|REMOVE)\b", re.IGNORECASE)
_TEXTS = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`[^`]*`|//[^\n]*")


class PropertyGraph:
    """One graph, kept in a folder."""

    formats = ("opencypher",)

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("ARCADEDB_JVM_ARGS", _JVM)
        import arcadedb_embedded

        self._failure: Any = arcadedb_embedded.ArcadeDBError
        place = str(folder)
        exists = arcadedb_embedded.database_exists(place)
        self._database: Any = (arcadedb_embedded.open_database if exists else arcadedb_embedded.create_database)(place)
        self._record: Any = arcadedb_embedded.Document
        types = self._rows("sql", "SELECT name, type FROM schema:types")
        self._nodes, self._edges = (
            {row["name"] for row in types if row["type"] == kind} for kind in ("vertex", "edge")
        )

    def query(self, text: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """Returns the rows of a query, with its changes made.

        Raises:
            GraphError: it cannot be understood or carried out.
        """
        try:
            if not _WRITES.search(_TEXTS.sub("", text)):
                return self._rows("opencypher", text, parameters)
            with self._database.transaction():
                found = self._database.command("opencypher", text, parameters)
                return [self._plain(row.to_dict()) for row in found or []]
        except self._failure as error:
            raise GraphError("MalformedQueryException", f"{error}".splitlines()[0]) from error

    def load(self, files: Sequence[tuple[str, str]], _format: str) -> int:
        """Loads files (name, content) and returns how many nodes and relationships they hold; nodes come first.

        Raises:
            GraphError: a file cannot be read, or a relationship leads to no node.
        """
        read = [list(bulk.read(text, name)) for name, text in files if text]
        things = [thing for one in read for thing in one]
        nodes = sorted((one for one in things if isinstance(one, bulk.Node)), key=lambda node: node.labels)
        for labels, alike in groupby(nodes, key=lambda node: node.labels):
            for part in _parts(alike):
                self._add_nodes(labels, part)
        edges = sorted((one for one in things if isinstance(one, bulk.Edge)), key=lambda edge: edge.kind)
        places = self._places() if edges else {}
        for kind, same in groupby(edges, key=lambda edge: edge.kind):
            for group in _parts(same):
                self._add_edges(kind, group, places)
        return len(things)

    def close(self) -> None:
        """Writes everything down."""
        self._database.close()

    def _add_nodes(self, labels: tuple[str, ...], nodes: list[bulk.Node]) -> None:
        label = labels[0]
        if label not in self._nodes:
            for statement in (
                f"CREATE VERTEX TYPE `{label}` IF NOT EXISTS",
                f"CREATE PROPERTY `{label}`.{_ID} IF NOT EXISTS STRING",
                f"CREATE INDEX IF NOT EXISTS ON `{label}` ({_ID}) UNIQUE",
                f"CREATE PROPERTY `{label}`.id IF NOT EXISTS STRING",
                f"CREATE INDEX IF NOT EXISTS ON `{label}` (id) NOTUNIQUE",
            ):
                self._database.command("sql", statement)
            self._nodes.add(label)
        rows = [{"id": node.id, "properties": node.properties} for node in nodes]
        merge = f"UNWIND $rows AS row MERGE (n:{_labels(labels)} {{{_ID}: row.id}}) SET n += row.properties"
        with self._database.transaction():
            self._database.command("opencypher", merge, {"rows": rows})

    def _add_edges(self, kind: str, edges: list[bulk.Edge], places: dict[str, str]) -> None:
        if kind not in self._edges:
            self._database.command("sql", f"CREATE EDGE TYPE `{kind}` IF NOT EXISTS")
            self._edges.add(kind)
        missing = next((id for edge in edges for id in (edge.start, edge.end) if id not in places), None)
        if missing is not None:
            raise GraphError("BulkLoadException", f"a relationship {kind} leads to {missing}, which no node is")
        known = {row["id"] for row in self._rows("sql", f"SELECT {_ID} AS id FROM `{kind}`")}
        with self._database.transaction():
            for edge in (edge for edge in edges if edge.id not in known):
                start = self._database.lookup_by_rid(places[edge.start])
                target = self._database.lookup_by_rid(places[edge.end])
                start.new_edge(kind, target, **edge.properties, **{_ID: edge.id}).save()

    def _places(self) -> dict[str, str]:
        """Returns where the database keeps each node."""
        return {
            row["id"]: str(row["place"])
            for label in sorted(self._nodes)
            for row in self._rows("sql", f"SELECT {_ID} AS id, @rid AS place FROM `{label}`")
        }

    def _rows(self, language: str, text: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        return [self._plain(row.to_dict()) for row in self._database.query(language, text, parameters or {})]

    def _plain(self, value: Any) -> Any:
        """Returns a value as the data API writes it."""
        if hasattr(value, "getPropertyNames"):
            return self._thing(self._record.wrap(value, self._database))
        if isinstance(value, dict):
            return {str(name): self._plain(one) for name, one in value.items() if name != _ID}
        if isinstance(value, list | tuple | set):
            return [self._plain(one) for one in value]
        return value if isinstance(value, str | int | float | bool) or value is None else str(value)

    def _thing(self, thing: Any) -> dict[str, Any]:
        """Returns a node or a relationship as the data API writes it."""
        known = thing.to_dict()
        id, kind = known.pop(_ID, None) or str(thing.get_rid()), str(thing.get_type_name())
        properties = {name: self._plain(one) for name, one in known.items() if not name.startswith("@")}
        if not hasattr(thing, "get_in"):
            return {"~id": id, "~entityType": "node", "~labels": kind.split("~"), "~properties": properties}
        ends = {f"~{end}": str(found.get(_ID)) for end, found in (("start", thing.get_out()), ("end", thing.get_in()))}
        return {"~id": id, "~entityType": "relationship", **ends, "~type": kind, "~properties": properties}


def _labels(labels: Iterable[str]) -> str:
    return ":".join(f"`{label}`" for label in labels)


def _parts(things: Iterable[Any]) -> Iterator[list[Any]]:
    """Yields some at a time."""
    left = iter(things)
    while part := list(islice(left, _BATCH)):
        yield part
