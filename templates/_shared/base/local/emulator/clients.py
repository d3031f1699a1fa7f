"""Clients of the emulator for its own work, with the permissions of a role."""

from collections.abc import Mapping
from typing import Any

import boto3
import botocore.session

from local.emulator.surroundings import Surroundings

_LOADER = botocore.session.Session().get_component("data_loader")


def client(service: str, aws: Surroundings, credentials: Mapping[str, str]) -> Any:
    """Returns a boto3 client that acts with these credentials; not to be used on the emulator's own event loop."""
    # A session per client, for sessions are not thread-safe; the descriptions of the services are read once for all.
    session = botocore.session.Session()
    session.register_component("data_loader", _LOADER)
    return boto3.session.Session(botocore_session=session).client(
        service,
        endpoint_url=aws.url,
        region_name=aws.region,
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=credentials["AWS_SESSION_TOKEN"],
    )
