"""How payments come in: by requests of a payment system that waits for the answer."""

from collections.abc import Mapping, Sequence

from pipeline import access, payments


def send(outputs: Mapping[str, str], rows: Sequence[Mapping[str, str]]) -> payments.Payments:
    """Sends rows, and what goes wrong in practice."""
    return payments.send(access.api(outputs), rows, payments.MALFORMED)
