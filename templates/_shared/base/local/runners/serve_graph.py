"""Answers for a Neptune cluster: one language over one graph.

usage: python serve_graph.py opencypher|sparql FOLDER

It says `PORT <number>` once it listens, keeps the graph in FOLDER, and ends when its starter does.

    POST /query    {"text": …, "parameters": {…}}
    POST /load     {"format": …, "files": [[name, content], …]}
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[2])

from local import lifeline  # noqa: E402
from local.runners.graph.errors import GraphError  # noqa: E402
from local.runners.graph.property_graph import PropertyGraph  # noqa: E402
from local.runners.graph.triples import Triples  # noqa: E402

_WAYS = {"opencypher": (PropertyGraph, "arcadedb-embedded"), "sparql": (Triples, "pyoxigraph")}


def handler(graph: Any) -> type[BaseHTTPRequestHandler]:
    """The request handler over a graph; one request at a time, as the graph's library wants it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            try:
                if self.path == "/load":
                    self.answer(200, {"loaded": graph.load(request["files"], request["format"])})
                else:
                    self.answer(200, {"found": graph.query(request["text"], request.get("parameters") or {})})
            except GraphError as error:
                self.answer(400, {"code": error.code, "message": str(error)})
            except Exception as error:  # what the library did not foresee is said to the one who asked
                self.answer(500, {"code": "InternalFailureException", "message": f"{type(error).__name__}: {error}"})

        def answer(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep the log short."""

    return Handler


def main(language: str, folder: Path) -> int:
    """Opens the graph, says the port, and serves until the starter is gone."""
    way, package = _WAYS[language]
    try:
        graph = way(folder)
    except ModuleNotFoundError:
        print(f"This graph needs {package}; add it to requirements/project.txt and run `make setup`.", flush=True)
        return 1
    server = HTTPServer(("127.0.0.1", 0), handler(graph))
    print(f"\nPORT {server.server_port}", flush=True)  # Java may have left a line open
    server.serve_forever()
    return 0


if __name__ == "__main__":
    lifeline.hold()
    sys.exit(main(sys.argv[1], Path(sys.argv[2]).resolve()))
