"""A client of the scoring API."""

import json
from collections.abc import Mapping

from pipeline.signed import Answer, SignedApi


class ScoringApi(SignedApi):
    """Sends transactions."""

    def score(self, transaction: Mapping[str, object]) -> Answer:
        """Sends a transaction."""
        return self.send(json.dumps(transaction))

    def send(self, body: str, *, signed: bool = True) -> Answer:
        """Sends any body at all; unsigned, as a stranger would."""
        return self.request("POST", "/transactions", body, signed=signed)
