"""Shows the answer of Athena to a query over the tables of a deployment.

The SQL is Athena's (Trino's), the stage one that is deployed; the tables are those of `infra/catalog.yaml`.
"""

import argparse
import sys
from collections.abc import Sequence

from pipeline import outcome
from pipeline.lake import Lake


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the rows as a table; returns 1 if there is no answer."""
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.query", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sql")
    parser.add_argument("--stage", choices=outcome.STAGES, default="local")
    options = parser.parse_args(arguments)
    return outcome.status(lambda: _show(options))


def _show(options: argparse.Namespace) -> int:
    outputs = outcome.deployed(options.stage)
    print(table(Lake(outputs["Database"], outputs["Workgroup"]).query(options.sql)))
    return 0


def table(rows: list[dict[str, str | None]]) -> str:
    """Returns rows in columns under their names.

    >>> print(table([{"decision": "approve", "n": "577"}, {"decision": "review", "n": None}]))
    decision  n
    approve   577
    review
    """
    if not rows:
        return "no rows"
    lines = [list(rows[0]), *([value or "" for value in row.values()] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


if __name__ == "__main__":
    sys.exit(main())
