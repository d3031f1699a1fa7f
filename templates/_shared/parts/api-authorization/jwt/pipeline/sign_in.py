"""Tokens of the user pool."""

import secrets
import time
from dataclasses import dataclass

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from deploy.errors import DeployError

_EARLY = 60  # seconds before it expires that a token counts as too old


@dataclass(frozen=True)
class Token:
    """An access token, and until when of the monotonic clock it is used."""

    text: str
    until: float


def sign_in(client_id: str, name: str, password: str) -> Token:
    """Returns a token for a name and a password; needs no AWS credentials.

    Raises:
        DeployError: the pool does not know them; says what it says.
    """
    cognito = boto3.client("cognito-idp", config=Config(signature_version=UNSIGNED))
    given = {"USERNAME": name, "PASSWORD": password}
    asked = time.monotonic()
    try:
        said = cognito.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
    except ClientError as error:
        raise DeployError(f"{name} cannot sign in: {error.response['Error']['Message']}") from error
    if "AuthenticationResult" not in said:
        raise DeployError(f"{name} cannot sign in by name and password alone: {said.get('ChallengeName')}")
    result = said["AuthenticationResult"]
    return Token(result["AccessToken"], asked + result["ExpiresIn"] - _EARLY)


def as_guest(pool: str, client_id: str) -> Token:
    """Returns a token of a user who exists for this moment only; needs the AWS credentials of one who runs the pool."""
    cognito = boto3.client("cognito-idp")
    name, password = f"guest-{secrets.token_hex(8)}", f"{secrets.token_urlsafe(24)}-Aa1"
    cognito.admin_create_user(
        UserPoolId=pool, Username=name, TemporaryPassword=password, MessageAction="SUPPRESS"
    )
    try:
        cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
        return sign_in(client_id, name, password)
    finally:
        cognito.admin_delete_user(UserPoolId=pool, Username=name)
