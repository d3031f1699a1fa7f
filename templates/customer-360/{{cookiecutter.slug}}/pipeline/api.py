"""A client of the next-best-action API."""

from pipeline.signed import Answer, SignedApi


class ActionApi(SignedApi):
    """Asks what to do."""

    def next(self, customer: str, *, signed: bool = True) -> Answer:
        """Asks what to do for a customer."""
        return self.request("GET", f"/customers/{customer}/next-best-action", signed=signed)
