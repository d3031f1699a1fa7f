"""Answers for a campaign: recommendations of one model, with the events that arrive.

usage: python serve_recommender.py FOLDER

FOLDER holds a model of `train_recommender.py`. It says `PORT <number>` once it listens.

    POST /recommendations    a request of GetRecommendations, the filter as filterExpression
    POST /ranking            a request of GetPersonalizedRanking
    POST /events             {"user": …, "events": […]}
    POST /items, /users      {"items": [{"itemId": …, "fields": {…}}]}, {"users": […]}
"""

import json
import os
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path[0] = str(Path(__file__).resolve().parents[2])

from local import lifeline  # noqa: E402
from local.runners.recommender.answers import Recommender, Scored  # noqa: E402
from local.runners.recommender.filters import FilterError  # noqa: E402
from local.runners.recommender.model import Model  # noqa: E402


def routes(recommender: Recommender) -> dict[str, Callable[[dict[str, Any]], Scored | None]]:
    """What is done at each path."""
    return {
        "/recommendations": recommender.recommend,
        "/ranking": recommender.rank,
        "/events": lambda request: recommender.take_events(request["user"], request["events"]),
        "/items": lambda request: recommender.take_items(request["items"]),
        "/users": lambda request: recommender.take_users(request["users"]),
    }


def handler(known: dict[str, Callable[[dict[str, Any]], Scored | None]]) -> type[BaseHTTPRequestHandler]:
    """The request handler over these routes."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            try:
                self.answer(200, {"items": known[self.path](request) or []})
            except KeyError as error:
                self.answer(404, {"message": f"{error.args[0]} is not known"})
            except FilterError as error:
                self.answer(400, {"message": str(error)})

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


def main(folder: Path) -> int:
    """Loads the model, says the port, and serves until the starter is gone."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(routes(Recommender(Model.load(folder)))))
    server.daemon_threads = True
    print(f"PORT {server.server_port}", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    lifeline.hold()
    sys.exit(main(Path(sys.argv[1]).resolve()))
