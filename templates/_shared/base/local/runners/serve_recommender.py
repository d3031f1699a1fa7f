"""Answers for a campaign: recommendations of one model, with the events that arrive.

usage: python serve_recommender.py FOLDER

FOLDER holds a model of `train_recommender.py`. It says `PORT <number>` once it listens.

    POST /recommendations    a request of GetRecommendations, the filter as filterExpression
    POST /ranking            a request of GetPersonalizedRanking
    POST /events             {"user": …, "events": […]}
    POST /items, /users      {"items": [{"itemId": …, "fields": {…}}]}, {"users": […]}
"""

import os
import sys
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path[0] = str(Path(__file__).resolve().parents[2])

from local import lifeline  # noqa: E402
from local.runners import json_server  # noqa: E402
from local.runners.recommender.answers import Recommender, Scored  # noqa: E402
from local.runners.recommender.filters import FilterError  # noqa: E402
from local.runners.recommender.model import Model  # noqa: E402


class Server(ThreadingHTTPServer):
    """Answers several at a time, and does not wait for them at the end."""

    daemon_threads = True


def routes(recommender: Recommender) -> dict[str, Callable[[dict[str, Any]], Scored | None]]:
    """What is done at each path."""
    return {
        "/recommendations": recommender.recommend,
        "/ranking": recommender.rank,
        "/events": lambda request: recommender.take_events(request["user"], request["events"]),
        "/items": lambda request: recommender.take_items(request["items"]),
        "/users": lambda request: recommender.take_users(request["users"]),
    }


def main(folder: Path) -> int:
    """Loads the model and serves it until the starter is gone."""
    known = routes(Recommender(Model.load(folder)))

    def answer(path: str, request: dict[str, Any]) -> json_server.Answer:
        try:
            return 200, {"items": known[path](request) or []}
        except KeyError as error:
            return 404, {"message": f"{error.args[0]} is not known"}
        except FilterError as error:
            return 400, {"message": str(error)}

    json_server.serve(Server, answer)
    return 0


if __name__ == "__main__":
    lifeline.hold()
    sys.exit(main(Path(sys.argv[1]).resolve()))
