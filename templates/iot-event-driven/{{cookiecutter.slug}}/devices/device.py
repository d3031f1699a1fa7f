"""One device: puts what it measures into its outbox and delivers that over MQTT, in order, whenever it has a line."""

import json
import ssl
import time
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from devices.identity import Identity
from devices.outbox import Outbox

_IN_FLIGHT = 50  # messages that may be on their way unconfirmed; AWS allows 100 a second of one connection
_KEEP_ALIVE = 60


class Undelivered(Exception):
    """A device could not deliver what it has."""


class Device:
    """A device with one thread: whoever calls `deliver` waits until everything is confirmed.

    Quality of service 1: a message goes again until it is confirmed, so that it arrives at least once. What is in the
    outbox when the line is cut is delivered later, oldest first.
    """

    def __init__(self, identity: Identity, folder: Path) -> None:
        """Args:
        identity: by which it is known.
        folder: for the outbox.
        """
        self.identity = identity
        self.outbox = Outbox(folder / f"{identity.device}.outbox")
        self._client = self._made()
        self._places: dict[int, int] = {}
        self._sent = 0
        self._online = False
        self._refusal = ""

    def _made(self) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=self.identity.device, protocol=mqtt.MQTTv311)
        context = ssl.create_default_context(cafile=str(self.identity.root))
        context.load_cert_chain(self.identity.certificate, self.identity.key)
        client.tls_set_context(context)
        client.max_inflight_messages_set(_IN_FLIGHT)
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_publish = self._confirmed
        return client

    def measure(self, body: dict[str, object] | bytes, copies: int = 1) -> None:
        """Puts a reading, or a body that is none, into the outbox; a reading is sent with the moment of now."""
        if isinstance(body, dict):
            body = json.dumps(body | {"sent_at": round(time.time() * 1000)}).encode()
        for _ in range(copies):
            self.outbox.add(body)

    def connect(self, patience: float = 20) -> None:
        """Opens the line.

        Raises:
            Undelivered: the endpoint does not take the device.
        """
        self._client.connect(self.identity.host, self.identity.port, _KEEP_ALIVE)
        self._until(lambda: self._online, patience, "is not connected")

    def cut(self) -> None:
        """Cuts the line without a word, as a broken cable does."""
        line: Any = self._client.socket()
        if line is not None:
            line.close()
        self._online = False
        self._sent = 0
        self._places.clear()
        self._client = self._made()

    @property
    def online(self) -> bool:
        """Whether it has a line."""
        return self._online

    def deliver(self, patience: float = 30) -> None:
        """Sends what is in the outbox and waits until all of it is confirmed.

        Raises:
            Undelivered: the line is cut, or the endpoint refuses what is sent.
        """
        while True:
            waiting = self.outbox.after(self._sent, _IN_FLIGHT)
            if not waiting and not self._places:
                return
            for place, body in waiting:
                told = self._client.publish(self.identity.topic, body, qos=1)
                self._places[told.mid] = place
                self._sent = place
            self._until(lambda: not self._places, patience, f"has {len(self.outbox)} messages left")

    def close(self) -> None:
        """Ends the line in order."""
        if self._online:
            self._client.disconnect()
            self._client.loop(timeout=0.1)
        self.outbox.close()

    def _until(self, done: Any, patience: float, what: str) -> None:
        deadline = time.monotonic() + patience
        while not done():
            answer = self._client.loop(timeout=0.5)
            if answer != mqtt.MQTT_ERR_SUCCESS or time.monotonic() > deadline:
                self._online = False
                self._sent = 0
                self._places.clear()
                why = self._refusal or mqtt.error_string(answer)
                raise Undelivered(f"{self.identity.device} {what}: {why}")

    def _connected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._online = not reason.is_failure
        self._refusal = "" if self._online else str(reason)
        self._sent = 0

    def _disconnected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._online = False
        self._refusal = str(reason)

    def _confirmed(self, _client: Any, _data: Any, mid: int, _reason: Any, _properties: Any) -> None:
        self.outbox.confirmed(self._places.pop(mid))
