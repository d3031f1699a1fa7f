"""What the model looks at, and what it expects: the same in training and for every request. Only the standard library.

A sensor that follows the load says nothing alone: 70 °C are normal under full load and a fault at rest. So each sensor
is compared with what the load and the air make one expect of it. The other sensors are left out of that: what is wrong
with a machine shows in several of them, and would explain itself.
"""

from collections.abc import Iterable, Mapping

SENSORS = ("temperature", "vibration", "current")
GIVEN = ("load", "ambient")


def names(columns: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns what is given and which sensors are judged by it: those of the machines, or what the columns say.

    >>> names(["device", "given_speed", "sensor_heat", "fault"])
    (('given_speed',), ('sensor_heat',))
    """
    found = list(columns)
    given = tuple(name for name in found if name.startswith("given_"))
    sensors = tuple(name for name in found if name.startswith("sensor_"))
    return (given, sensors) if given and sensors else (GIVEN, SENSORS)


def row(reading: Mapping[str, object], names: tuple[str, ...]) -> list[float]:
    """Returns these values of a reading as a request or a CSV row holds it.

    >>> row({"load": "50.5", "ambient": 21}, GIVEN)
    [50.5, 21.0]
    """
    return [float(str(reading[name])) for name in names]
