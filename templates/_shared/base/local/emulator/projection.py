"""Partition projection: partitions that a table's properties describe instead of the catalogue listing them."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import unquote, urlparse

_UNITS = {"YEARS": 366, "MONTHS": 31, "WEEKS": 7, "DAYS": 1}
_SECONDS = {"HOURS": 3600, "MINUTES": 60, "SECONDS": 1}

# Java's date letters that occur in the paths of lakes, the longest first.
_JAVA = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


def enabled(properties: dict[str, str]) -> bool:
    """Returns whether a table's partitions are projected."""
    return properties.get("projection.enabled", "").lower() == "true"


def placement(properties: dict[str, str], location: str, keys: list[str]) -> Callable[[str], dict[str, str] | None]:
    """Returns a function from the key of an object to its partition's values; None where it lies in no partition."""
    template = properties.get("storage.location.template") or (
        location.rstrip("/") + "/" + "/".join(f"{key}=${{{key}}}" for key in keys)
    )
    path = urlparse(template).path.strip("/") + "/"
    words = re.split(r"\$\{(\w+)\}", path)
    pattern = "".join(
        f"(?P<{word}>{_shape(properties, word)})" if index % 2 else re.escape(word) for index, word in enumerate(words)
    )
    checks = {key: _check(properties, key) for key in keys}

    def place(key: str) -> dict[str, str] | None:
        match = re.match(pattern, key)
        if not match:
            return None
        values = {name: unquote(match[name]) for name in keys}
        return values if all(checks[name](value) for name, value in values.items()) else None

    return place


def _shape(properties: dict[str, str], key: str) -> str:
    """Returns what a value looks like in a path; a date may have slashes in it."""
    if properties.get(f"projection.{key}.type") != "date":
        return "[^/]+"
    java = _needed(properties, f"projection.{key}.format").replace("'", "")
    return re.sub(
        "|".join(_JAVA), lambda match: rf"\d{{{len(match[0])}}}", re.sub(r"[^\w]", lambda m: re.escape(m[0]), java)
    )


def _check(properties: dict[str, str], key: str) -> Callable[[str], bool]:
    """Returns whether a value is one of those that are projected; Athena looks for no others.

    Raises:
        ValueError: the properties of the key are not complete.
    """
    kind = properties.get(f"projection.{key}.type", "")
    if kind == "injected":
        return lambda _: True
    if kind == "enum":
        values = {value.strip() for value in _needed(properties, f"projection.{key}.values").split(",")}
        return lambda value: value in values
    if kind == "integer":
        low, high = (int(bound) for bound in _needed(properties, f"projection.{key}.range").split(","))
        return lambda value: value.isdigit() and low <= int(value) <= high
    if kind == "date":
        return _dates(_needed(properties, f"projection.{key}.range"), _needed(properties, f"projection.{key}.format"))
    raise ValueError(f"INVALID_TABLE_PROPERTY: projection.{key}.type is {kind!r}, not enum, integer, date or injected")


def _dates(bounds: str, java: str) -> Callable[[str], bool]:
    pattern = re.sub("|".join(_JAVA), lambda match: _JAVA[match[0]], java.replace("'", ""))
    low, high = (_moment(bound.strip(), pattern) for bound in bounds.split(","))

    def within(value: str) -> bool:
        try:
            return low <= datetime.strptime(value, pattern) <= high
        except ValueError:
            return False

    return within


def _moment(bound: str, pattern: str) -> datetime:
    relative = re.fullmatch(r"NOW\s*(?:([+-])\s*(\d+)\s*(\w+))?", bound)
    if not relative:
        return datetime.strptime(bound, pattern)
    now = datetime.now()
    if not relative[1]:
        return now
    unit = relative[3].upper().rstrip("S") + "S"
    distance = timedelta(days=_UNITS.get(unit, 0), seconds=_SECONDS.get(unit, 0)) * int(relative[2])
    return now - distance if relative[1] == "-" else now + distance


def _needed(properties: dict[str, str], name: str) -> str:
    if name not in properties:
        raise ValueError(f"INVALID_TABLE_PROPERTY: {name} is missing")
    return properties[name]
