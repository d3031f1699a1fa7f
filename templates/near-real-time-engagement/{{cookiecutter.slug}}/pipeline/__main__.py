"""Runs the project end to end and shows what came of it.

    python -m pipeline --stage local

Customers are made up with a past, an audience is created and sent a campaign; they read it, or not; a model is trained
on what they did, scores the audience, and the ones at risk get an offer, all but a control group. What happens then is
compared with the control group, and with the truth, which only those who made the customers up know.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline import outcome, result, story


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs everything; returns 0 if every message has an end that is known and every event is in the lake."""
    options = _options(arguments)
    return outcome.status(lambda: _run(options))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m pipeline", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stage", choices=["local"], default="local")
    parser.add_argument("--customers", type=int, default=1_500, help="who are made up (%(default)s)")
    parser.add_argument("--audience", type=int, default=400, help="of them who can be written to (%(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="of everything that is made up (%(default)s)")
    parser.add_argument("--mail", type=Path, default=Path(".local/mail"), help="the mailboxes (%(default)s)")
    parser.add_argument("--report", type=Path, default=Path("report.html"), help="default: %(default)s")
    options = parser.parse_args(arguments)
    if not 100 <= options.audience <= options.customers:
        parser.error("--audience must be at least 100, and no more than --customers.")
    return options

def _run(options: argparse.Namespace) -> int:
    told = story.run(options)
    print(result.text(told))
    print(f"\nThe whole report: {result.page(told, options.report)}")
    return 0 if told.agrees else 1



if __name__ == "__main__":
    sys.exit(main())
