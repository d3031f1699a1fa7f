"""Clients of the emulator for its own work, with the permissions of a role."""

import functools
from collections.abc import Mapping
from typing import Any

from local.emulator.surroundings import Surroundings


def client(service: str, aws: Surroundings, credentials: Mapping[str, str]) -> Any:
    """Returns a boto3 client that acts with these credentials; not to be used on the emulator's own event loop."""
    # Imported when it is needed: the emulator starts without it.
    import boto3
    import botocore.session

    # A session per client, for sessions are not thread-safe; the descriptions of the services are read once for all.
    session = botocore.session.Session()
    session.register_component("data_loader", _loader())
    return boto3.session.Session(botocore_session=session).client(
        service,
        endpoint_url=aws.url,
        region_name=aws.region,
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=credentials["AWS_SESSION_TOKEN"],
    )


@functools.cache
def _loader() -> Any:
    """Returns what reads the descriptions of the services, and keeps them."""
    import botocore.session

    return botocore.session.Session().get_component("data_loader")
