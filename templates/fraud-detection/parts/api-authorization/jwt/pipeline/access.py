"""How callers of the API prove who they are: they sign in to the user pool, and send the token that they get."""

import argparse
import getpass
import os
from collections.abc import Mapping
from functools import partial

from deploy.errors import DeployError
from pipeline.api import ScoringApi
from pipeline.sign_in import as_guest, sign_in

REFUSED = 401
"""What a request gets that carries no token."""

ADVICE = "Sign in for the client in the output ClientId."

PASSWORD = "SCORING_PASSWORD"
"""The variable that holds a caller's password: on a command line others would see it."""


def api(outputs: Mapping[str, str]) -> ScoringApi:
    """Returns a client of the deployed API; the one who runs it may make users in the pool."""
    return ScoringApi(outputs["ApiUrl"], partial(as_guest, outputs["UserPoolId"], outputs["ClientId"]))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds what callers say of themselves."""
    parser.add_argument(
        "--user", help=f"who signs in, with the password in {PASSWORD} or a typed one; without it, a guest is made"
    )
    parser.add_argument("--client-id", help="for which client; needed beside --url")


def of(options: argparse.Namespace, outputs: Mapping[str, str]) -> ScoringApi:
    """Returns a client for the one who has given a command.

    Raises:
        DeployError: it takes more to sign in.
    """
    client = options.client_id or outputs.get("ClientId")
    if not options.user and "UserPoolId" in outputs:
        return api(outputs)
    if not options.user or not client:
        raise DeployError("Beside --url it takes --client-id and --user to sign in.")
    password = os.environ.get(PASSWORD) or getpass.getpass(f"Password of {options.user}: ")
    return ScoringApi(outputs["ApiUrl"], partial(sign_in, client, options.user, password))
