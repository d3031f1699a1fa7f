"""Machines of a plant and what their sensors read, from a seed: the same seed gives the same readings.

Temperature, vibration and current follow the load and the air around; each machine runs a little warmer or cooler than
its drawing says. Faults grow out of what is normal, so that no single limit separates the two.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 9, 1, tzinfo=UTC)
FAULTS = ("drift", "spike", "stuck")
SENSORS = ("temperature", "vibration", "current")


@dataclass(frozen=True)
class Reading:
    """What one machine's sensors read at one moment.

    Attributes:
        id: of the reading; a reading that is sent twice has the same.
        seq: counts the readings of the device.
        time: when it was measured.
        load: in percent of what the machine is made for.
        ambient: of the air, in °C.
        temperature: of the bearing, in °C.
        vibration: in mm/s.
        current: in A.
        fault: what is wrong with the machine or sensor, or nothing; devices do not know it and do not send it.
    """

    id: str
    seq: int
    device: str
    time: datetime
    load: float
    ambient: float
    temperature: float
    vibration: float
    current: float
    fault: str = ""

    def body(self) -> dict[str, object]:
        """Returns what the device sends, but for the moment of sending."""
        sent = asdict(self)
        del sent["fault"], sent["device"]
        return sent | {"time": stamp(self.time)}


@dataclass(frozen=True)
class Asset:
    """A machine as the asset table knows it; the limits are those of its maker."""

    device: str
    name: str
    site: str
    line: str
    temperature_limit: float
    vibration_limit: float


def stamp(moment: datetime) -> str:
    """Returns a moment as devices write it.

    >>> stamp(START)
    '2026-09-01T00:00:00.000Z'
    """
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def assets(devices: list[str], seed: int) -> list[Asset]:
    """Returns the asset table of these devices."""
    kinds = ("press", "pump", "conveyor", "mixer")
    found = []
    for number, device in enumerate(devices):
        chance = random.Random(f"{seed}/asset/{number}")
        found.append(
            Asset(
                device,
                f"{kinds[number % len(kinds)]} {number // len(kinds) + 1}",
                ("north", "south")[number % 2],
                f"line-{number % 3 + 1}",
                round(82 + chance.uniform(-1, 1), 1),
                round(3.6 + chance.uniform(-0.2, 0.2), 2),
            )
        )
    return found


@dataclass(frozen=True)
class Fault:
    """A fault of one machine, from one moment to another (seconds after the first reading)."""

    kind: str
    begins: float
    ends: float
    sensor: str = "temperature"


class Machine:
    """One machine; asked for its readings in the order of time."""

    def __init__(self, number: int, device: str, seed: int, faults: list[Fault]) -> None:
        """Draws what is peculiar to it; `number` and `seed` decide that, whatever it is called."""
        chance = random.Random(f"{seed}/machine/{number}")
        self.device = device
        self.faults = faults
        self.phase = chance.uniform(0, 2 * math.pi)
        self.period = chance.uniform(1500, 5400)
        self.warmer = chance.gauss(0, 1.2)
        self.chance = random.Random(f"{seed}/readings/{number}")
        self.wander = 0.0
        self.held: dict[str, float] = {}

    def reading(self, seq: int, moment: datetime, elapsed: float) -> Reading:
        """Returns the reading number `seq`, `elapsed` seconds after the first one."""
        chance = self.chance
        self.wander = 0.97 * self.wander + chance.gauss(0, 1.6)
        turn = 2 * math.pi * moment.timestamp() / self.period + self.phase
        load = min(100.0, max(5.0, 55 + 28 * math.sin(turn) + self.wander))
        ambient = 22 + 4 * math.sin(2 * math.pi * (moment.hour * 60 + moment.minute) / 1440) + chance.gauss(0, 0.3)
        values = {
            "temperature": ambient + 16 + 0.42 * load + self.warmer + chance.gauss(0, 0.9),
            "vibration": max(0.1, 1.1 + 0.018 * load + chance.gauss(0, 0.14)),
            "current": max(0.2, 3.5 + 0.16 * load + chance.gauss(0, 0.45)),
        }
        fault = self._fail(values, elapsed)
        self.held = values
        return Reading(
            f"{self.device}-{seq:07}", seq, self.device, moment, round(load, 2), round(ambient, 2),
            round(values["temperature"], 3), round(values["vibration"], 3), round(values["current"], 3), fault,
        )  # fmt: skip

    def _fail(self, values: dict[str, float], elapsed: float) -> str:
        for fault in self.faults:
            if not fault.begins <= elapsed < fault.ends:
                continue
            if fault.kind == "drift":
                grown = (elapsed - fault.begins) / (fault.ends - fault.begins)
                values["temperature"] += 2.5 + 9 * grown
                values["vibration"] += 0.2 + 0.9 * grown
            elif fault.kind == "spike":
                values["vibration"] += self.chance.uniform(0.4, 1.8)
            else:
                values[fault.sensor] = self.held.get(fault.sensor, values[fault.sensor])
            return fault.kind
        return ""


def readings(
    devices: list[str],
    seconds: float,
    interval: float,
    seed: int,
    faults: list[list[Fault]],
    start: datetime = START,
    first: int = 0,
) -> Iterator[Reading]:
    """Yields the readings of all devices, those of one moment after each other.

    Args:
        devices: what they are called.
        seconds: how long.
        interval: between two readings of one device, in seconds.
        seed: of everything that is left to chance.
        faults: of each device.
        start: when the first reading is taken.
        first: the number of the first reading.
    """
    machines = [Machine(number, device, seed, faults[number]) for number, device in enumerate(devices)]
    for seq in range(int(seconds / interval)):
        elapsed = seq * interval
        for machine in machines:
            yield machine.reading(first + seq, start + timedelta(seconds=elapsed), elapsed)
