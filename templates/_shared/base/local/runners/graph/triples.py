"""SPARQL: triples in Oxigraph, in memory, and after each change in one file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.runners.graph.errors import GraphError

_FORMATS = {"ntriples": "N_TRIPLES", "nquads": "N_QUADS", "turtle": "TURTLE", "rdfxml": "RDF_XML"}


class Triples:
    """One graph, kept in a folder."""

    formats = tuple(_FORMATS)

    def __init__(self, folder: Path) -> None:
        import pyoxigraph

        self._library: Any = pyoxigraph
        self._store = pyoxigraph.Store()
        self._file = folder / "graph.nq"
        folder.mkdir(parents=True, exist_ok=True)
        if self._file.exists():
            self._store.bulk_load(path=self._file, format=pyoxigraph.RdfFormat.N_QUADS)

    def query(self, text: str, parameters: dict[str, Any]) -> Any:
        """Returns what a query finds, as SPARQL 1.1 Query Results JSON; an update finds nothing.

        Neptune's default graph is the union of all graphs, and so it is here.

        Raises:
            GraphError: it cannot be understood or carried out.
        """
        try:
            if parameters.get("update"):
                self._store.update(text)
                self._keep()
                return {}
            found = self._store.query(text, use_default_graph_as_union=True)
            if isinstance(found, self._library.QueryTriples):
                raise GraphError("UnsupportedOperationException", "CONSTRUCT and DESCRIBE are not answered here")
            return json.loads(found.serialize(format=self._library.QueryResultsFormat.JSON))
        except (SyntaxError, ValueError) as error:
            raise GraphError("MalformedQueryException", str(error)) from error

    def load(self, files: Sequence[tuple[str, str]], kind: str) -> int:
        """Loads files (name, content) and returns how many triples they hold.

        Raises:
            GraphError: a file cannot be read.
        """
        before = len(self._store)
        for name, text in files:
            try:
                self._store.load(text.encode(), format=getattr(self._library.RdfFormat, _FORMATS[kind]))
            except (SyntaxError, ValueError) as error:
                raise GraphError("BulkLoadException", f"{name}: {error}") from error
        self._keep()
        return len(self._store) - before

    def close(self) -> None:
        """Nothing: it is all on the disk."""

    def _keep(self) -> None:
        """Writes the graph down, whole: what was deleted is nowhere on the disk."""
        beside = self._file.with_suffix(".new")
        self._store.dump(beside, format=self._library.RdfFormat.N_QUADS)
        beside.replace(self._file)
