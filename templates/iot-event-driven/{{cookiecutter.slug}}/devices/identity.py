"""A device becomes known: a thing, a key and a certificate of its own, and the policy that lets it send."""

import os
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

# The certificate that signs the servers of IoT Core.
# https://docs.aws.amazon.com/iot/latest/developerguide/server-authentication.html
_AMAZON_ROOT_CA = "https://www.amazontrust.com/repository/AmazonRootCA1.pem"
_PORT = 8883


@dataclass(frozen=True)
class Identity:
    """What a device is given when it is made: its name, where to connect to, and the files for TLS."""

    device: str
    host: str
    port: int
    topic: str
    root: Path
    certificate: Path
    key: Path


def register(devices: list[str], outputs: Mapping[str, str], folder: Path) -> dict[str, Identity]:
    """Makes the devices known to IoT Core and keeps their identities in a folder; those that are there stay.

    Args:
        devices: what they are called, as things.
        outputs: of the deployment: `DeviceType`, `DevicePolicy` and `TopicPrefix`.
        folder: for keys and certificates; it holds secrets.
    """
    iot = boto3.client("iot")
    address = iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"]
    host, _, port = address.partition(":")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    root = folder / "root.pem"
    root.write_bytes(_root_certificate())
    found = {}
    for device in devices:
        certificate, key = folder / f"{device}.pem", folder / f"{device}.key"
        if not (certificate.exists() and key.exists() and _attached(iot, device)):
            _make(iot, device, outputs, certificate, key)
        topic = f"{outputs['TopicPrefix']}/{device}/telemetry"
        found[device] = Identity(device, host, int(port or _PORT), topic, root, certificate, key)
    return found


def _make(iot: Any, device: str, outputs: Mapping[str, str], certificate: Path, key: Path) -> None:
    iot.create_thing(thingName=device, thingTypeName=outputs["DeviceType"])
    made = iot.create_keys_and_certificate(setAsActive=True)
    iot.attach_policy(policyName=outputs["DevicePolicy"], target=made["certificateArn"])
    iot.attach_thing_principal(thingName=device, principal=made["certificateArn"])
    certificate.write_text(made["certificatePem"], encoding="utf-8")
    key.touch(mode=0o600)
    key.write_text(made["keyPair"]["PrivateKey"], encoding="utf-8")


def _attached(iot: Any, device: str) -> bool:
    """Whether IoT Core knows the device with a certificate."""
    try:
        return bool(iot.list_thing_principals(thingName=device)["principals"])
    except iot.exceptions.ResourceNotFoundException:
        return False


def _root_certificate() -> bytes:
    """Returns the root certificate, from where the environment says or from Amazon."""
    with urllib.request.urlopen(os.environ.get("IOT_ROOT_CA", _AMAZON_ROOT_CA), timeout=30) as answer:
        content: bytes = answer.read()
    return content
