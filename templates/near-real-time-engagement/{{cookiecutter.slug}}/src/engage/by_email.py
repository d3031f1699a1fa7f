"""The channel e-mail: Amazon SES, with the message's id as a tag of every event that comes of it."""

import json
import os
from typing import Any
from urllib.parse import urlencode

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# One try: whether a message that was not answered has left is not for a retry to find out.
ses = boto3.client(
    "sesv2", config=Config(connect_timeout=2, read_timeout=8, retries={"total_max_attempts": 1, "mode": "standard"})
)

_LATER = {
    "TooManyRequestsException",
    "LimitExceededException",
    "InternalServiceErrorException",
    "SendingPausedException",
}
_NOT_REACHED = ("ConnectTimeoutError", "EndpointConnectionError", "NoCredentialsError", "ProxyConnectionError")


class Refused(Exception):
    """The channel will never take this message; says why."""


class Later(Exception):
    """The channel did not take the message now; says why."""


class Unknown(Exception):
    """Nobody knows whether the channel took the message; says why."""


def send(message: dict[str, Any], point: dict[str, Any]) -> str:
    """Hands a message to SES and returns the id it got there.

    Raises:
        Refused, Later, Unknown: what became of it otherwise.
    """
    away = {"m": message["id"], "t": message["token"]}
    unsubscribe = f"{os.environ['UNSUBSCRIBE_URL']}?{urlencode(away)}"
    template: dict[str, Any] = {
        "TemplateName": f"{os.environ['TEMPLATE_PREFIX']}-{message['template']}",
        "TemplateData": json.dumps({**message.get("data", {}), "unsubscribe": unsubscribe}),
    }
    if message["kind"] == "marketing":
        # One click ends it (RFC 8058).
        template["Headers"] = [
            {"Name": "List-Unsubscribe", "Value": f"<{unsubscribe}>"},
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
        ]
    tags = {
        "message": message["id"],
        "campaign": message["campaign"],
        "customer": message["customer"],
        "kind": message["kind"],
    }
    try:
        answer = ses.send_email(
            FromEmailAddress=os.environ["SENDER"],
            Destination={"ToAddresses": [point["address"]]},
            Content={"Template": template},
            ConfigurationSetName=os.environ["CONFIGURATION_SET"],
            EmailTags=[{"Name": name, "Value": value} for name, value in tags.items()],
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        said = f"{code}: {error.response['Error']['Message']}"[:300]
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _LATER:
            raise Later(said) from error
        # A server that failed may have taken it; one that refused has not.
        raise (Unknown(said) if status >= 500 else Refused(said)) from error
    except BotoCoreError as error:
        kind = type(error).__name__
        raise (Later(kind) if kind in _NOT_REACHED else Unknown(kind)) from error
    return str(answer["MessageId"])
