"""Forgets a customer who has asked for it.

    python -m pipeline.forget c0123456789ab --stage dev

Their lines go from every zone of the lake, from older versions of its objects, from labels, audiences and the profile
store; sources that send them again are not listened to. What is left is a hash of each of their records.
"""

import argparse
import sys
from collections.abc import Sequence

from pipeline import outcome
from pipeline.refresh import erase


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 when nothing of the customer is found any more."""
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.forget", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("customer")
    parser.add_argument("--stage", choices=outcome.STAGES, default="local")
    options = parser.parse_args(arguments)
    return outcome.status(lambda: _forget(options))


def _forget(options: argparse.Namespace) -> int:
    erase(outcome.deployed(options.stage)["EraseMachineArn"], options.customer, print)
    print("Forgotten: nothing of this customer is in the lake, its older versions or the profile store.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
