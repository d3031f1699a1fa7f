"""How payments come in: by signed requests of a payment system that waits for the answer."""

from collections.abc import Mapping, Sequence

from pipeline import payments
from pipeline.api import ScoringApi


def send(outputs: Mapping[str, str], rows: Sequence[Mapping[str, str]]) -> payments.Payments:
    """Sends rows, and what goes wrong in practice."""
    return payments.send(ScoringApi(outputs["ApiUrl"]), rows, payments.MALFORMED)
