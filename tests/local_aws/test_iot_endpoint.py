"""Devices connect over MQTT and TLS with their own certificates, and may do what their policies say."""

import contextlib
import json
import socket
import ssl
import struct
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import LocalAws
from tests.local_aws.conftest import Start

pytestmark = pytest.mark.local_aws


def text(value: str) -> bytes:
    return struct.pack(">H", len(value)) + value.encode()


def packet(kind: int, body: bytes) -> bytes:
    assert len(body) < 128
    return bytes([kind, len(body)]) + body


class Device:
    """A thing with a certificate, and a policy that lets it send under its own name."""

    def __init__(self, aws: LocalAws, folder: Path) -> None:
        iot = aws.client("iot")
        self.name, self.folder = f"d{uuid.uuid4().hex[:8]}", folder
        self.host, _, port = iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"].partition(":")
        self.port = int(port)
        here = "arn:aws:iot:us-east-1:000000000000"
        own = "${iot:Connection.Thing.ThingName}"
        statements = [
            {"Effect": "Allow", "Action": "iot:Connect", "Resource": f"{here}:client/{own}"},
            {"Effect": "Allow", "Action": "iot:Publish", "Resource": f"{here}:topic/plant/{own}"},
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iot.create_policy(policyName=self.name, policyDocument=policy)
        iot.create_thing(thingName=self.name)
        made = iot.create_keys_and_certificate(setAsActive=True)
        iot.attach_policy(policyName=self.name, target=made["certificateArn"])
        iot.attach_thing_principal(thingName=self.name, principal=made["certificateArn"])
        (folder / "cert.pem").write_text(made["certificatePem"])
        (folder / "key.pem").write_text(made["keyPair"]["PrivateKey"])
        with urllib.request.urlopen(aws.variables["IOT_ROOT_CA"]) as answer:
            (folder / "root.pem").write_bytes(answer.read())

    @contextlib.contextmanager
    def line(self, client: str = "", certified: bool = True) -> Iterator[Any]:
        context = ssl.create_default_context(cafile=str(self.folder / "root.pem"))
        if certified:
            context.load_cert_chain(self.folder / "cert.pem", self.folder / "key.pem")
        with (
            socket.create_connection((self.host, self.port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=self.host) as line,
        ):
            body = text("MQTT") + bytes([4, 2]) + struct.pack(">H", 60) + text(client or self.name)
            line.sendall(packet(0x10, body))
            yield line


def heard(line: Any) -> bytes:
    """What the endpoint says; nothing when it hangs up."""
    try:
        return bytes(line.recv(4))
    except (ConnectionError, ssl.SSLError):
        return b""


def publish(topic: str) -> bytes:
    return packet(0x32, text(topic) + struct.pack(">H", 1) + b"{}")


CONNECTED, CONFIRMED = b"\x20\x02\x00\x00", b"\x40\x02\x00\x01"


def test_a_device_connects_as_itself_and_sends_what_its_policy_allows(aws: LocalAws, tmp_path: Path) -> None:
    device = Device(aws, tmp_path)
    with device.line() as line:
        assert heard(line) == CONNECTED
        line.sendall(publish(f"plant/{device.name}"))
        assert heard(line) == CONFIRMED


def test_a_device_cannot_send_in_another_name(aws: LocalAws, tmp_path: Path) -> None:
    device = Device(aws, tmp_path)
    with device.line() as line:
        assert heard(line) == CONNECTED
        line.sendall(publish("plant/other"))
        assert heard(line) != CONFIRMED
    with device.line("other") as line:
        assert heard(line) != CONNECTED


def test_the_address_stays_the_same_and_is_not_open_to_the_network(aws: LocalAws) -> None:
    iot = aws.client("iot")
    first, second = (iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"] for _ in range(2))
    assert first == second
    host, _, port = first.partition(":")
    assert host == "localhost"
    listening = Path("/proc/net/tcp").read_text()
    assert f" 0100007F:{int(port):04X} 00000000:0000 0A" in listening


def test_without_it_the_address_leads_nowhere(start: Start) -> None:
    iot = start(without=["iot_endpoint"]).client("iot")
    address = iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"]
    assert ".iot.us-east-1." in address
