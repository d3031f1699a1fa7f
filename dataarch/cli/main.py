"""The entry point: runs a command and turns what a user can do wrong into one line and an exit status.

0 done · 2 wrong usage or an invalid answer · 3 nothing that is known speaks for any pattern · 130 interrupted ·
141 the reader of the result has gone.
"""

from __future__ import annotations

import gc
import os
import sys

INTERRUPTED = 130
_SHOWN = 20
"""The findings that are shown; the others are counted."""


def main() -> None:
    """Runs dataarch and exits."""
    gc.disable()  # a short-lived process: collecting costs more than it frees
    _open_streams()
    try:
        status = _run()
    except KeyboardInterrupt:
        status = INTERRUPTED
    if status == INTERRUPTED:
        print("Interrupted.", file=sys.stderr)
    _end(status)


def _run() -> str | int | None:
    """Runs the command that was asked for, and gives its exit status."""
    from typer.exceptions import TyperException

    from dataarch.cli.app import app
    from dataarch.errors import UserError

    try:
        status: int | None = app(prog_name="dataarch", standalone_mode=False)
    except SystemExit as end:
        return end.code
    except UserError as error:
        for finding in error.findings[:_SHOWN]:
            _error(str(finding))
        if len(error.findings) > _SHOWN:
            _error(f"and {len(error.findings) - _SHOWN:,} more.")
        return 2
    except TyperException as error:
        if message := error.format_message():  # none where the help was shown in its place
            context = getattr(error, "ctx", None)
            command = context.command_path if context else "dataarch"
            _error(f"{message}{'' if message.endswith(('.', '?')) else '.'} {command} --help shows what there is.")
        return error.exit_code
    return status


def _open_streams() -> None:
    """Makes standard output and standard error such that writing a text to them cannot fail for its characters.

    Where one was closed its place is taken, so that no file gets its number and no message gets into the result.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _end(code: str | int | None) -> None:
    """Leaves at once: taking the heap apart would take as long as a recommendation. Python would only repeat it."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        os._exit(141)
    except OSError as error:
        if not code:
            reason = (error.strerror or "no reason given").lower()
            _error(f"Standard output cannot be written: {reason}.")
        os._exit(code if isinstance(code, int) and code else 2)
    if isinstance(code, int | None):
        os._exit(code or 0)
    sys.exit(code)


def _error(text: str) -> None:
    """Prints an error as one line, its label red on a terminal that shows colour."""
    from dataarch.spelling import printable

    colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    label = "\x1b[31merror:\x1b[0m" if colour else "error:"
    print(f"{label} {printable(text)}", file=sys.stderr)
