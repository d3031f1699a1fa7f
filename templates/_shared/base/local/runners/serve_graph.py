"""Answers for a Neptune cluster: one language over one graph.

usage: python serve_graph.py opencypher|sparql FOLDER

It says `PORT <number>` once it listens, keeps the graph in FOLDER, and ends when its starter does.

    POST /query    {"text": …, "parameters": {…}}
    POST /load     {"format": …, "files": [[name, content], …]}
"""

import sys
from functools import partial
from http.server import HTTPServer
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[2])

from local import lifeline  # noqa: E402
from local.runners import json_server  # noqa: E402
from local.runners.graph.errors import GraphError  # noqa: E402
from local.runners.graph.property_graph import PropertyGraph  # noqa: E402
from local.runners.graph.triples import Triples  # noqa: E402

_WAYS = {"opencypher": (PropertyGraph, "arcadedb-embedded"), "sparql": (Triples, "pyoxigraph")}


def answer(graph: Any, path: str, request: dict[str, Any]) -> json_server.Answer:
    """Answers a query or a load."""
    try:
        if path == "/load":
            return 200, {"loaded": graph.load(request["files"], request["format"])}
        return 200, {"found": graph.query(request["text"], request.get("parameters") or {})}
    except GraphError as error:
        return 400, {"code": error.code, "message": str(error)}
    except Exception as error:  # what the library did not foresee is said to the one who asked
        return 500, {"code": "InternalFailureException", "message": f"{type(error).__name__}: {error}"}


def main(language: str, folder: Path) -> int:
    """Opens the graph and serves it until the starter is gone; one request at a time, as the graph's library wants."""
    way, package = _WAYS[language]
    try:
        graph = way(folder)
    except ModuleNotFoundError:
        print(f"This graph needs {package}; add it to requirements/project.txt and run `make setup`.", flush=True)
        return 1
    json_server.serve(HTTPServer, partial(answer, graph))
    return 0


if __name__ == "__main__":
    lifeline.hold()
    sys.exit(main(sys.argv[1], Path(sys.argv[2]).resolve()))
