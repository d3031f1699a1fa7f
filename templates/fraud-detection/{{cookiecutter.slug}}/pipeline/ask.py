"""Asks the scoring API about transactions: one JSON object on each line of a file, or of the input where that is `-`.

The answers are written as lines of JSON, in the same order. What was not scored is said at the end.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.errors import DeployError
from pipeline import access, outcome
from pipeline.api import ScoringApi
from pipeline.signed import Answer

PAUSES = (0.5, 2.0)
"""Seconds before a transaction is sent again that could not be scored now; its id stays, so it counts once."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the answers; returns 1 if a transaction has none, or another than a score."""
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.ask", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", help="transactions as lines of JSON; - is the input")
    parser.add_argument("--stage", choices=outcome.STAGES, default="local", help="whose API (%(default)s)")
    parser.add_argument("--url", help="the API, for one who may not look at the deployment")
    access.add_options(parser)
    options = parser.parse_args(arguments)
    return outcome.status(lambda: _ask(options))


def _ask(options: argparse.Namespace) -> int:
    transactions = _read(options.file)
    api = access.of(options, {"ApiUrl": options.url} if options.url else outcome.deployed(options.stage))
    statuses: Counter[int] = Counter()
    for transaction in transactions:
        answer = score(api, transaction)
        statuses[answer.status] += 1
        print(json.dumps({"id": transaction.get("id"), "status": answer.status} | answer.content), flush=True)
    left = {status: count for status, count in sorted(statuses.items()) if status != 200}
    if left:
        said = ", ".join(f"{count} with {status}" for status, count in left.items())
        print(f"{statuses[200]} of {statuses.total()} were scored; answered otherwise: {said}.", file=sys.stderr)
    return 1 if left else 0


def score(api: ScoringApi, transaction: Mapping[str, Any]) -> Answer:
    """Returns the answer to one transaction, after two more tries where it cannot be scored now.

    Raises:
        DeployError: the API does not let this caller in.
    """
    answer = api.score(transaction)
    for pause in PAUSES:
        if answer.status not in {429, 500, 502, 503, 504}:
            break
        time.sleep(pause)
        answer = api.score(transaction)
    if answer.status in {401, 403}:
        raise DeployError(f"The API refuses this caller ({answer.status}). {access.ADVICE}")
    return answer


def _read(path: str) -> list[dict[str, Any]]:
    """Reads all of them before one is sent."""
    if path == "-":
        return list(lines("the input", sys.stdin.read()))
    try:
        return list(lines(path, Path(path).read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise DeployError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error


def lines(name: str, text: str) -> Iterator[dict[str, Any]]:
    r"""Yields the object on each line that is not empty.

    Raises:
        DeployError: a line holds none, or there is none at all.

    >>> list(lines("it", '{"id": "t1"}\n\n{"id": "t2"}\n'))
    [{'id': 't1'}, {'id': 't2'}]
    """
    found = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            transaction = json.loads(line)
        except ValueError as error:
            raise DeployError(f"{name}, line {number} is no JSON: {error}. Nothing was sent.") from error
        if not isinstance(transaction, dict):
            raise DeployError(f"{name}, line {number} is no JSON object. Nothing was sent.")
        found += 1
        yield transaction
    if not found:
        raise DeployError(f"{name} holds no transaction.")


if __name__ == "__main__":
    sys.exit(main())
