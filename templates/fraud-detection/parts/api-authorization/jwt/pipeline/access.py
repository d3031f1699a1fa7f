"""How callers of the API prove who they are: they sign in to the user pool, and send the token that they get."""

from collections.abc import Mapping
from functools import partial

from pipeline.api import ScoringApi
from pipeline.sign_in import as_guest

REFUSED = 401
"""What a request gets that carries no token."""


def api(outputs: Mapping[str, str]) -> ScoringApi:
    """Returns a client of the deployed API; the one who runs it may make users in the pool."""
    return ScoringApi(outputs["ApiUrl"], partial(as_guest, outputs["UserPoolId"], outputs["ClientId"]))
