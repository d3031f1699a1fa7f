"""The stream processor of this project is a Lambda function: it runs whenever there is something to do."""

from collections.abc import Callable, Mapping

from data.traffic import Ledger, Windows, expected_windows

SPEED = 100.0  # seconds of the plant in one of `make run`


def start(outputs: Mapping[str, str], told: Callable[[str], None]) -> None:
    """Has nothing to do: the event source mapping starts the function."""
    del outputs, told


def due(ledger: Ledger, late: set[str]) -> tuple[Windows, set[str]]:
    """Returns the windows of one minute that must be there, and the readings that must be late.

    Time goes on for each device by itself, so that both follow from the ledger, whatever came when.
    """
    del late
    return expected_windows(ledger, ledger.late), ledger.late
