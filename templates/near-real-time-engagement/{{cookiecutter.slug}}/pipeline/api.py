"""A client of the API of activities."""

import json
from collections.abc import Mapping, Sequence

from pipeline.signed import Answer, SignedApi


class ActivityApi(SignedApi):
    """Tells of activities."""

    def tell(self, activities: Sequence[Mapping[str, object]]) -> Answer:
        """Tells of activities, signed; at most 500."""
        return self.send(json.dumps({"activities": list(activities)}))

    def send(self, body: str, *, signed: bool = True) -> Answer:
        """Sends any body at all."""
        return self.request("POST", "/activities", body, signed=signed)
