"""Devices connect to IoT Core over MQTT and TLS, with their own certificates.

The pinned emulator listens for them on all interfaces of the machine from its start, and names an address that leads
nowhere without a name server of its own. Here the listener opens at 127.0.0.1 on a free port when the address of the
device endpoint is first asked for, and DescribeEndpoint names that one: `localhost:PORT`. Certificates and the policies
attached to them are checked as before; the root certificate is at /_ministack/iot/ca.pem.
"""

import asyncio
import json
import socket
from typing import Any

from ministack.services import iot

from local.emulator.surroundings import Surroundings


def fill(_aws: Surroundings) -> None:
    """Takes the place of the emulator's answer."""
    describe = iot._describe_endpoint

    def described(query: dict[str, Any]) -> tuple[int, Any, Any]:
        status, headers, body = describe(query)
        if status == 200 and query.get("endpointType", "iot:Data-ATS") == "iot:Data-ATS":
            body = json.dumps({"endpointAddress": f"localhost:{_listening()}"}).encode()
        return status, headers, body

    iot._describe_endpoint = described


def _listening() -> int:
    """Returns the port of the listener, which is opened unless it is open."""
    if iot._mtls_server is None:
        listener = socket.create_server(("127.0.0.1", 0))
        iot._mtls_loop = asyncio.get_running_loop()
        iot._mtls_server = _Opening(listener)
    port: int = iot._mtls_server.sockets[0].getsockname()[1]
    return port


class _Opening:
    """A server whose socket takes connections already and whose task is just starting; closed like one."""

    def __init__(self, listener: socket.socket) -> None:
        self.sockets = [listener]
        self.task = asyncio.get_running_loop().create_task(self._open(listener))

    async def _open(self, listener: socket.socket) -> None:
        iot._mtls_server = await asyncio.get_running_loop().create_server(iot._MtlsAcceptor, sock=listener)

    def close(self) -> None:
        self.task.cancel()
        self.sockets[0].close()
