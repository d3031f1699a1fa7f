"""Asks the graph a question of the library in `src/graph/queries`.

    python -m pipeline.graph segment-sizes
    python -m pipeline.graph journey customer=c0123456789ab --stage dev

The graph is in a network of its own: the question goes to the function that stands in it.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import boto3
from botocore.config import Config

from deploy.errors import DeployError
from pipeline import outcome
from pipeline.query import table


def call(outputs: Mapping[str, str], event: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what the function answers.

    Raises:
        DeployError: it has failed; says why.
    """
    client = boto3.client("lambda", config=Config(read_timeout=300, retries={"total_max_attempts": 1}))
    answer = client.invoke(FunctionName=outputs["GraphFunction"], Payload=json.dumps(dict(event)))
    content = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        raise DeployError(f"The graph does not answer: {content.get('errorMessage', content)}")
    found: dict[str, Any] = content
    return found


def ask(outputs: Mapping[str, str], query: str, **parameters: str) -> list[dict[str, Any]]:
    """Returns the rows of a query of the library.

    Raises:
        DeployError: there is no such query, or it fails.
    """
    rows: list[dict[str, Any]] = call(outputs, {"do": "ask", "query": query, "parameters": parameters})["rows"]
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Shows the answer as a table."""
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.graph", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("query")
    parser.add_argument("parameters", nargs="*", metavar="name=value")
    parser.add_argument("--stage", choices=outcome.STAGES, default="local")
    options = parser.parse_args(arguments)
    return outcome.status(lambda: _show(options))


def _show(options: argparse.Namespace) -> int:
    given = dict(one.partition("=")[::2] for one in options.parameters)
    rows = ask(outcome.deployed(options.stage), options.query, **given)
    print(table([{name: str(value) for name, value in row.items()} for row in rows]) if rows else "Nothing is found.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
