"""The entry point: runs a command and turns what a user can do wrong into one line and an exit status.

0 done · 2 wrong usage or an invalid answer · 3 nothing that is known speaks for any pattern · 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Runs dataarch and exits."""
    gc.disable()  # a short-lived process: collecting costs more than it frees
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    from dataarch.cli.app import app
    from dataarch.errors import UserError

    try:
        app(prog_name="dataarch")
    except SystemExit as end:
        _end(end.code)
    except UserError as error:
        for finding in error.findings:
            print(_error(str(finding)), file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("\nInterrupted; nothing was written.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(141)


def _end(code: str | int | None) -> None:
    """Leaves at once: taking the heap apart would take as long as a recommendation. Python would only repeat it."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        os._exit(141)
    if isinstance(code, int | None):
        os._exit(code or 0)
    sys.exit(code)


def _error(text: str) -> str:
    """The line of an error, red on a terminal that shows colour."""
    if sys.stderr.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb":
        return f"\x1b[31merror:\x1b[0m {text}"
    return f"error: {text}"
