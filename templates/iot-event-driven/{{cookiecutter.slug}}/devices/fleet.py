"""A fleet plays the messages of a shift: every device on its own line, some of them cut off for a while."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from data.traffic import Message, by_device
from devices.device import Device, Undelivered
from devices.identity import Identity

_TRIES = 3


@dataclass
class Played:
    """What came of it.

    Attributes:
        sent: messages that were confirmed.
        seconds: from the first to the last of them.
        held: the most messages that a device which was cut off had in its outbox.
        failed: devices that did not deliver everything, and why.
    """

    sent: int = 0
    seconds: float = 0.0
    held: int = 0
    failed: list[str] = field(default_factory=list)


def play(
    found: list[Message],
    identities: Mapping[str, Identity],
    folder: Path,
    speed: float,
    cut_off: Mapping[str, tuple[float, float]],
    told: Callable[[str], None] = lambda _: None,
) -> Played:
    """Sends the messages, each at its time, and returns when the last one is confirmed.

    Args:
        found: the messages, in order.
        identities: of the devices that send them.
        folder: for their outboxes.
        speed: how many seconds of the plant pass in one.
        cut_off: from when to when (seconds of the plant) a device has no line.
        told: gets a line when a device is cut off and when it is back.
    """
    folder.mkdir(parents=True, exist_ok=True)
    played = Played()
    lock = threading.Lock()
    began = time.monotonic()

    def run(device: Device, messages: list[Message]) -> None:
        away = cut_off.get(device.identity.device)
        try:
            _run(device, messages, began, speed, away, played, told)
        except (Undelivered, OSError) as error:
            with lock:
                played.failed.append(str(error))
        finally:
            with lock:
                played.sent += sum(message.copies for message in messages) - len(device.outbox)
            device.close()

    threads = [
        threading.Thread(target=lambda one=identities[name], of=messages: run(Device(one, folder), of), name=name)
        for name, messages in by_device(found)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    played.seconds = time.monotonic() - began
    return played


def _run(
    device: Device,
    messages: list[Message],
    began: float,
    speed: float,
    away: tuple[float, float] | None,
    played: Played,
    told: Callable[[str], None],
) -> None:
    device.connect()
    for place, message in enumerate(messages):
        wait = began + message.at / speed - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        device.measure(message.reading.body() if message.reading else message.body, message.copies)
        apart = away is not None and away[0] <= message.at < away[1]
        if apart and device.online:
            told(f"  {device.identity.device} is cut off")
            device.cut()
        if apart:
            played.held = max(played.held, len(device.outbox))
            continue
        if not device.online:
            told(f"  {device.identity.device} is back, with {len(device.outbox)} messages in its outbox")
            device.connect()
        due = place + 1 < len(messages) and began + messages[place + 1].at / speed <= time.monotonic()
        if not due:
            _deliver(device)
    _deliver(device)


def _deliver(device: Device) -> None:
    """Delivers over a new line where the old one breaks; what was not confirmed is sent again."""
    for left in reversed(range(_TRIES)):
        try:
            if not device.online:
                device.connect()
            device.deliver()
        except (Undelivered, OSError):
            if not left:
                raise
            device.cut()
            time.sleep(1)
        else:
            return
