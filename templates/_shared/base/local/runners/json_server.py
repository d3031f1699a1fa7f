"""JSON over HTTP, for those who serve a graph or a model to the local AWS."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

Answer = tuple[int, dict[str, Any]]


def serve(kind: type[HTTPServer], answer: Callable[[str, dict[str, Any]], Answer]) -> None:
    """Says `PORT <number>` and answers what is posted, by its path and content, with a status and content."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            posted = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, content = answer(self.path, json.loads(posted or b"{}"))
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep the log short."""

    server = kind(("127.0.0.1", 0), Handler)
    print(f"\nPORT {server.server_port}", flush=True)  # Java may have left a line open
    server.serve_forever()
