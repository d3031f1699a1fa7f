"""Windows over event time, from panes of a minute: what is on time, what is late, what came before.

A minute is closed by a reading of the same device that is later than its end by more than the lateness. Its window of
one minute and the one of the five minutes up to its end are given then, once; whether the readings come one by one or a
hundred at once makes no difference, and a batch that is given again gives the same windows again, under the same keys.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

MINUTE = 60_000
LATENESS = 30_000  # milliseconds
SIZES = (1, 5)  # minutes; the longer ones slide by one
_KEPT = 12  # minutes behind the newest that is closed: long enough to know a repeated reading from a late one
RUN = 3  # readings in a row that are an alert
SAME = 6  # equal values in a row that are a sensor which sticks


@dataclass
class Device:
    """What is remembered of one device. Panes hold, for each minute, the values of its readings by their numbers."""

    latest: int = 0
    closed: int = -1
    panes: dict[int, dict[str, list[float]]] = field(default_factory=dict)
    seen_late: list[str] = field(default_factory=list)
    run: int = 0
    run_from: str = ""
    same: int = 0
    same_from: str = ""
    last: float | None = None
    last_at: int = 0


@dataclass
class Given:
    """What came of some readings."""

    windows: list[dict[str, Any]] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    late: list[dict[str, Any]] = field(default_factory=list)
    repeated: int = 0


def take(device: Device, reading: Mapping[str, Any], asset: Mapping[str, Any], given: Given) -> None:
    """Adds one reading of a device to its panes, and what follows from it to what is given."""
    minute, seq = reading["at"] // MINUTE, str(reading["seq"])
    if seq in device.panes.get(minute, {}) or seq in device.seen_late:
        given.repeated += 1
        return
    if minute <= device.closed:
        device.seen_late = [*device.seen_late[-50:], seq]
        given.late.append({name: reading[name] for name in ("id", "device", "time", "sent_at")})
        return
    values = [reading["temperature"], reading["vibration"], reading["current"]]
    device.panes.setdefault(minute, {})[seq] = values
    if reading["at"] > device.last_at:
        given.alerts += _alerts(device, reading, asset)
        device.last_at = reading["at"]
    device.latest = max(device.latest, reading["at"])
    given.windows += _closed(device, reading["device"], asset)


def remembered(device: Device) -> dict[str, Any]:
    """Returns a device as JSON keeps it."""
    return asdict(device)


def recalled(kept: Mapping[str, Any]) -> Device:
    """Returns a device from what JSON has kept."""
    panes = {int(minute): values for minute, values in kept["panes"].items()}
    return Device(**{**kept, "panes": panes})


def _closed(device: Device, name: str, asset: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields the windows that end now, and forgets panes that are in no window to come."""
    until = (device.latest - LATENESS) // MINUTE
    for minute in sorted(minute for minute in device.panes if device.closed < minute < until):
        for size in SIZES:
            panes = [device.panes.get(one, {}) for one in range(minute - size + 1, minute + 1)]
            rows = [values for pane in panes for values in pane.values()]
            yield _window(name, minute, size, rows, asset)
        device.closed = minute
    device.closed = max(device.closed, until - 1)
    device.panes = {minute: pane for minute, pane in device.panes.items() if minute > device.closed - _KEPT}


def _window(name: str, minute: int, size: int, rows: list[list[float]], asset: Mapping[str, Any]) -> dict[str, Any]:
    temperatures, vibrations, currents = (list(column) for column in zip(*rows, strict=True))
    return {
        "device": name,
        "site": asset.get("site"),
        "line": asset.get("line"),
        "minutes": size,
        "window_start": stamp((minute - size + 1) * MINUTE),
        "window_end": stamp((minute + 1) * MINUTE),
        "readings": len(rows),
        "temperature_avg": round(sum(temperatures) / len(rows), 3),
        "temperature_max": max(temperatures),
        "vibration_avg": round(sum(vibrations) / len(rows), 3),
        "vibration_max": max(vibrations),
        "current_avg": round(sum(currents) / len(rows), 3),
    }


def _alerts(device: Device, reading: Mapping[str, Any], asset: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    over = (
        reading["temperature"] > asset.get("temperature_limit", float("inf"))
        or reading["vibration"] > asset.get("vibration_limit", float("inf"))
    )  # fmt: skip
    device.run, device.run_from = (device.run + 1, device.run_from or reading["time"]) if over else (0, "")
    if device.run == RUN:
        yield _alert("over-limit", device.run_from, reading, asset)
    same = reading["temperature"] == device.last
    device.same, device.same_from = (device.same + 1, device.same_from) if same else (1, reading["time"])
    device.last = reading["temperature"]
    if device.same == SAME:
        yield _alert("sensor-sticks", device.same_from, reading, asset)


def _alert(kind: str, since: str, reading: Mapping[str, Any], asset: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": kind,
        "device": reading["device"],
        "name": asset.get("name"),
        "site": asset.get("site"),
        "since": since,
        "time": reading["time"],
        "temperature": reading["temperature"],
        "vibration": reading["vibration"],
    }


def stamp(milliseconds: int) -> str:
    """Returns a moment as text.

    >>> stamp(0)
    '1970-01-01T00:00:00Z'
    """
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
