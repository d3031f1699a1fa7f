"""Arguments of a job."""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn


class GlueArgumentError(Exception):
    """A named argument was not given to the job."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, Any]:  # noqa: N802  # Glue's name
    """Returns the named arguments of the job by name.

    >>> getResolvedOptions(["job.py", "--day", "2026-03-01", "--other", "1"], ["day"])
    {'day': '2026-03-01'}

    Raises:
        GlueArgumentError: one of them was not given.
    """
    parser = _Parser(add_help=False, allow_abbrev=False)
    for option in options:
        parser.add_argument(f"--{option}", required=True)
    known, _ = parser.parse_known_args(list(args[1:]))
    return dict(vars(known))
