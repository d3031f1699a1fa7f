"""How callers of the API prove who they are: they sign each request with their AWS credentials."""

import argparse
from collections.abc import Mapping

from pipeline.api import ScoringApi

REFUSED = 403
"""What a request gets that is not signed."""

ADVICE = "Sign with credentials of a role that has the policy in the output CallerPolicyArn."


def api(outputs: Mapping[str, str]) -> ScoringApi:
    """Returns a client of the deployed API, with the credentials of the one who runs it."""
    return ScoringApi(outputs["ApiUrl"])


def add_options(_: argparse.ArgumentParser) -> None:
    """Adds what callers say of themselves: nothing, since the environment names their credentials."""


def of(_: argparse.Namespace, outputs: Mapping[str, str]) -> ScoringApi:
    """Returns a client for the one who has given a command."""
    return api(outputs)
