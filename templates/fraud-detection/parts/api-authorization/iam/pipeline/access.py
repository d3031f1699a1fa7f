"""How callers of the API prove who they are: they sign each request with their AWS credentials."""

from collections.abc import Mapping

from pipeline.api import ScoringApi

REFUSED = 403
"""What a request gets that is not signed."""


def api(outputs: Mapping[str, str]) -> ScoringApi:
    """Returns a client of the deployed API, with the credentials of the one who runs it."""
    return ScoringApi(outputs["ApiUrl"])
