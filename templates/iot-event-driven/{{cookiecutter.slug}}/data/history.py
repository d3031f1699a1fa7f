"""What the plant has measured so far, cut by time: the data from which the model learns and by which it is judged."""

import csv
import io
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from data.plant import SENSORS, START, Fault, Reading, readings, stamp

COLUMNS = ("device", "time", "load", "ambient", *SENSORS, "fault")
SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}


class History(NamedTuple):
    """Readings of three stretches of time, the earliest first."""

    train: list[Reading]
    validation: list[Reading]
    test: list[Reading]

    @property
    def channels(self) -> dict[str, str]:
        """The CSV of each channel of the training."""
        return {name: csv_of(part) for name, part in zip(SHARES, self, strict=True)}


def generate(devices: list[str], count: int, seed: int, interval: float = 60.0) -> History:
    """Returns about so many readings of the time before the first live one."""
    seconds = count / len(devices) * interval
    found = list(
        readings(devices, seconds, interval, seed, random_faults(len(devices), seconds, seed), _before(seconds))
    )
    return by_time(found)


def by_time(found: Sequence[Reading]) -> History:
    """Returns readings cut by time."""
    ordered = sorted(found, key=lambda reading: reading.time)
    first, second = (int(len(ordered) * share) for share in (0.6, 0.8))
    return History(ordered[:first], ordered[first:second], ordered[second:])


def random_faults(devices: int, seconds: float, seed: int) -> list[list[Fault]]:
    """Returns faults that come by chance: a machine is faulty for about a twentieth of the time."""
    found = []
    for number in range(devices):
        chance = random.Random(f"{seed}/faults/{number}")
        faults, at = [], chance.expovariate(1 / 14_000)
        while at < seconds:
            kind = chance.choice(("drift", "spike", "spike", "stuck"))
            length = {"drift": 2400, "spike": 150, "stuck": 1500}[kind] * chance.uniform(0.6, 1.4)
            faults.append(Fault(kind, at, at + length, chance.choice(SENSORS)))
            at += length + chance.expovariate(1 / 14_000)
        found.append(faults)
    return found


def csv_of(part: Sequence[Reading]) -> str:
    """Returns readings as the training reads them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in part:
        writer.writerow(
            [one.device, stamp(one.time), one.load, one.ambient, *(getattr(one, name) for name in SENSORS), one.fault]
        )
    return text.getvalue()


def _before(seconds: float) -> datetime:
    return START - timedelta(seconds=seconds)
