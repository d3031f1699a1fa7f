"""The messages of a shift: readings of machines, some of which fail, over a line that repeats, delays and garbles.

What was done to which message is kept in a ledger, by which everything is found again.
"""

import hashlib
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from data.plant import START, Fault, Reading, readings

LATENESS = timedelta(seconds=30)  # as long as a window waits for what is out of order; src/window has the same
Windows = dict[tuple[str, str], int]  # readings by device and start of the minute
_READINGS_A_SHIFT = 100_000  # of one device, at most
MALFORMED = ("no-json", "no-object", "missing", "text-for-number", "not-finite", "no-time", "not-utf8")


@dataclass(frozen=True)
class Message:
    """What a device sends: a reading, or a body that is none.

    Attributes:
        device: which sends it.
        at: when, in seconds after the first reading; later than measured for one that was held back.
        reading: what was measured, if it is a reading.
        body: what is sent instead, if it is none.
        copies: how often it is sent.
    """

    device: str
    at: float
    reading: Reading | None = None
    body: bytes = b""
    copies: int = 1


@dataclass(frozen=True)
class Plan:
    """How a shift goes wrong; shares are of the readings."""

    duplicates: float = 0.02
    malformed: float = 0.01
    late: float = 0.015
    cut_off: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    faults: Mapping[int, list[Fault]] = field(default_factory=dict)


@dataclass
class Ledger:
    """What was injected, by the ids of readings and the digests of bodies that are none."""

    begins: datetime
    readings: dict[str, Reading] = field(default_factory=dict)
    duplicates: dict[str, int] = field(default_factory=dict)
    malformed: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    cut_off: set[str] = field(default_factory=set)

    @property
    def messages(self) -> int:
        """How many messages are sent."""
        return len(self.readings) + sum(self.duplicates.values()) + len(self.malformed)

    @property
    def faulty(self) -> set[str]:
        """The readings of a machine or sensor that was failing."""
        return {id for id, reading in self.readings.items() if reading.fault}


def standard(devices: int, seconds: float) -> Plan:
    """Returns the plan of a shift: one machine drifts, one sensor sticks, spikes, and a device that is cut off."""
    faults = {
        1: [_fault("drift", 0.45, 1.0, seconds)],
        2: [_fault("spike", 0.5, 0.54, seconds), _fault("spike", 0.75, 0.78, seconds)],
        4: [_fault("stuck", 0.3, 0.6, seconds)],
        7: [_fault("spike", 0.2, 0.24, seconds)],
    }
    return Plan(
        cut_off={number: (0.25 * seconds, 0.5 * seconds) for number in (6,) if number < devices},
        faults={number: found for number, found in faults.items() if number < devices},
    )


def _fault(kind: str, begins: float, ends: float, seconds: float) -> Fault:
    return Fault(kind, begins * seconds, ends * seconds)


def messages(
    devices: list[str], seconds: float, interval: float, seed: int, plan: Plan, shift: int = 0
) -> tuple[list[Message], Ledger]:
    """Returns the messages of a shift in the order in which they are sent, and the ledger of them.

    Shifts are a day apart, and the readings of each have numbers of their own.
    """
    chance = random.Random(f"{seed}/traffic")
    ledger = Ledger(START + timedelta(days=shift))
    faults = [list(plan.faults.get(number, [])) for number in range(len(devices))]
    numbers = {device: number for number, device in enumerate(devices)}
    found: list[Message] = []
    start, first = START + timedelta(days=shift), shift * _READINGS_A_SHIFT
    for reading in readings(devices, seconds, interval, seed, faults, start, first):
        at = (reading.seq - first) * interval
        ledger.readings[reading.id] = reading
        away = plan.cut_off.get(numbers[reading.device])
        apart = away is not None and away[0] - 1 <= at < away[1] + 1
        if away is not None and away[0] <= at < away[1]:
            ledger.cut_off.add(reading.id)
        held = _closed(at, interval)
        late = not apart and chance.random() < plan.late and held + interval < seconds
        copies = 1
        if chance.random() < plan.duplicates:
            copies = 2
            ledger.duplicates[reading.id] = 1
        found.append(Message(reading.device, held if late else at, reading, copies=copies))
        if chance.random() < plan.malformed:
            body = _malformed(chance, reading)
            ledger.malformed.add(digest(body))
            found.append(Message(reading.device, at, body=body))
    found.sort(key=lambda message: message.at)
    ledger.late |= _late(found)
    return found, ledger


def digest(body: bytes) -> str:
    """Returns by what a body is known that is no reading."""
    return hashlib.sha256(body).hexdigest()


def expected_windows(ledger: Ledger, late: set[str], *, together: bool = False) -> Windows:
    """Returns how many readings each minute of each device must have, of the minutes that are closed by the end.

    A minute is closed by a reading that is later than its end by more than the lateness, of the same device, or, where
    the devices go together, of any of them; late readings are in no minute.
    """
    last: dict[str, float] = {}
    for reading in ledger.readings.values():
        clock = "" if together else reading.device
        last[clock] = max(last.get(clock, 0), reading.time.timestamp())
    counts: Windows = {}
    for id, reading in ledger.readings.items():
        minute = reading.time.replace(second=0, microsecond=0)
        end = (minute + timedelta(minutes=1) + LATENESS).timestamp()
        if id not in late and end <= last["" if together else reading.device]:
            key = (reading.device, f"{minute:%Y-%m-%dT%H:%M:%SZ}")
            counts[key] = counts.get(key, 0) + 1
    return counts


def _late(found: list[Message]) -> set[str]:
    """Returns the readings whose minute is closed, by a later one of the same device, before they are sent."""
    latest: dict[str, float] = {}
    late = set()
    for reading in (message.reading for message in found if message.reading):
        measured = reading.time.timestamp()
        end = (measured // 60 + 1) * 60 + LATENESS.total_seconds()
        if end <= latest.get(reading.device, 0):
            late.add(reading.id)
        latest[reading.device] = max(latest.get(reading.device, 0), measured)
    return late


def _closed(at: float, interval: float) -> float:
    """Returns when a reading is sent whose window has been closed by two others."""
    end = (at // 60 + 1) * 60 + LATENESS.total_seconds()
    return (end // interval + 2) * interval


def _malformed(chance: random.Random, reading: Reading) -> bytes:
    """Returns a body that is no reading, and that no other body is."""
    mark = f"{chance.getrandbits(64):016x}"
    body = reading.body() | {"id": f"bad-{mark}", "sent_at": 0}
    kind = chance.choice(MALFORMED)
    if kind == "no-json":
        return json.dumps(body).encode()[:-7]
    if kind == "no-object":
        return json.dumps(["reading", mark]).encode()
    if kind == "not-utf8":
        return b"\xff\xfe" + mark.encode()
    if kind == "missing":
        del body["vibration"]
    elif kind == "text-for-number":
        body["temperature"] = "warm"
    elif kind == "not-finite":
        body["current"] = float("nan")
    else:
        body["time"] = "yesterday"
    return json.dumps(body).encode()


def by_device(found: list[Message]) -> Iterator[tuple[str, list[Message]]]:
    """Yields each device with its messages in their order."""
    grouped: dict[str, list[Message]] = {}
    for message in found:
        grouped.setdefault(message.device, []).append(message)
    yield from grouped.items()
