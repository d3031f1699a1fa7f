"""Quantities as people write them, exact: every one becomes a whole number of its smallest unit.

| kind | smallest unit | examples |
| --- | --- | --- |
| size | byte | `500 GB`, `1.2PB`, `4 KiB` |
| duration | nanosecond | `200 ms`, `15 min`, `1 d` |
| rate | event per 10,000 days | `5000/s`, `2k/s`, `3 million/day` |
| percentage | millionth of a per cent | `99.9%` |
| whole-number | one | `3`, `20,000`, `2 million` |
"""

from __future__ import annotations

import re
from typing import Final

_NS: Final = 1_000_000_000
_DAY_RATE: Final = 10_000

UNITS: Final[dict[str, dict[str, int]]] = {
    "size": {
        "B": 1,
        **{f"{p}B": 1000**n for n, p in enumerate(("k", "M", "G", "T", "P", "E"), 1)},
        **{f"{p}iB": 1024**n for n, p in enumerate(("K", "M", "G", "T", "P", "E"), 1)},
    },
    "duration": {
        "ns": 1,
        "us": 1_000,
        "µs": 1_000,
        "ms": 1_000_000,
        "s": _NS,
        "min": 60 * _NS,
        "h": 3600 * _NS,
        "d": 86_400 * _NS,
        "w": 7 * 86_400 * _NS,
        "y": 365 * 86_400 * _NS,
    },
    "rate": {
        "/s": 86_400 * _DAY_RATE,
        "/min": 1_440 * _DAY_RATE,
        "/h": 24 * _DAY_RATE,
        "/day": _DAY_RATE,
    },
    "percentage": {"%": 1_000_000},
    "whole-number": {"": 1},
}
"""Unit → how many of the smallest unit it holds, per kind."""

_ALIASES: Final[dict[str, str]] = {
    "/sec": "/s",
    "/second": "/s",
    "/minute": "/min",
    "/hour": "/h",
    "/d": "/day",
    "sec": "s",
    "second": "s",
    "seconds": "s",
    "minute": "min",
    "minutes": "min",
    "hour": "h",
    "hours": "h",
    "day": "d",
    "days": "d",
    "week": "w",
    "weeks": "w",
    "year": "y",
    "years": "y",
    "byte": "B",
    "bytes": "B",
    "percent": "%",
}
_COUNTS: Final[dict[str, int]] = {"k": 10**3, "thousand": 10**3, "million": 10**6, "m": 10**6, "billion": 10**9}
EXAMPLES: Final[dict[str, str]] = {
    "size": "500 GB or 4 KiB",
    "duration": "200 ms, 15 min or 1 d",
    "rate": "5000/s or 3 million/day",
    "percentage": "99.9%",
    "whole-number": "3 or 20,000",
}
_PRINTED: Final[dict[str, tuple[str, ...]]] = {
    "size": ("EB", "PB", "TB", "GB", "GiB", "MB", "MiB", "kB", "KiB", "B"),
    "duration": ("d", "h", "min", "s", "ms", "us", "ns"),
    "rate": ("/s", "/day"),
    "percentage": ("%",),
    "whole-number": ("",),
}
_SPELT: Final[dict[str, str]] = {
    "B": "byte", "kB": "kilobyte", "MB": "megabyte", "GB": "gigabyte", "TB": "terabyte", "PB": "petabyte",
    "EB": "exabyte", "KiB": "kibibyte", "MiB": "mebibyte", "GiB": "gibibyte", "ns": "nanosecond", "us": "microsecond",
    "ms": "millisecond", "s": "second", "min": "minute", "h": "hour", "d": "day", "million": "million",
}  # fmt: skip
_NUMBER: Final = r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?\s*"
_LARGEST: Final = 10**30


class QuantityError(ValueError):
    """The text is no quantity of its kind; the message says why and how it is written."""


def parse(text: str, kind: str) -> int:
    """The quantity in its smallest unit, exactly.

    Raises QuantityError when the unit is missing or unknown, or the value is finer than the smallest unit.

    >>> parse("200 ms", "duration"), parse("1.2PB", "size"), parse("2k", "whole-number")
    (200000000, 1200000000000000, 2000)
    """
    text = text.strip()
    match = re.match(_NUMBER, text) if len(text) <= 60 else None
    if not match:
        raise QuantityError(f"is not a {_name(kind)} (written like {EXAMPLES[kind]})")
    whole, fraction, rest = match[1].replace(",", ""), (match[2] or "").rstrip("0"), text[match.end() :]
    per_unit = _unit(rest, kind)
    value, remainder = divmod(int(whole + fraction) * per_unit, 10 ** len(fraction))
    if remainder:
        raise QuantityError("is not whole" if kind == "whole-number" else f"is finer than a {_name(kind)} is kept in")
    if value > _LARGEST:
        raise QuantityError("is larger than anything that can be built")
    return int(value)


def text(value: int, kind: str) -> str:
    """The shortest exact text of a quantity, readable by `parse`.

    >>> text(1_500_000_000, "duration"), text(200_000_000, "duration"), text(999_000_000, "percentage")
    ('1.5 s', '200 ms', '999%')
    """
    units = UNITS[kind]
    if not value:
        return {"size": "0 B", "duration": "0 s", "rate": "0/s", "percentage": "0%"}.get(kind, "0")
    best = ""
    for unit in _PRINTED[kind]:
        digits = _decimal(value, units[unit]) if value >= units[unit] or unit == _PRINTED[kind][-1] else None
        if digits is not None and (not best or _length(digits) < _length(best)):
            best = digits + ("" if unit[:1] in ("", "%", "/") else " ") + unit
    number, slash, per = best.partition("/")
    if kind in ("rate", "whole-number") and number.endswith("000000"):
        return f"{number[:-6]} million{slash}{per}"
    return best


def in_words(value: int, kind: str) -> str:
    """A quantity in plain words, to be read back to the person who typed it.

    >>> in_words(parse("1 s", "duration"), "duration"), in_words(parse("5k/s", "rate"), "rate")
    ('1 second', '5,000 events a second, 432 million a day')
    >>> in_words(parse("1.2PB", "size"), "size"), in_words(20000, "whole-number")
    ('1.2 petabytes', '20,000')
    """
    if kind == "rate":
        return _rate_in_words(value)
    number, _, unit = text(value, kind).partition(" ")
    whole, point, fraction = number.rstrip("%").partition(".")
    said = f"{int(whole):,}{point}{fraction}"
    if kind == "percentage":
        return f"{said} per cent"
    return f"{said} {_spelt_out(unit, said)}".rstrip()


def _rate_in_words(value: int) -> str:
    """Events by the unit of time in which there is at least one, and by the day where there are many."""
    units = (("/s", "a second"), ("/min", "a minute"), ("/h", "an hour"))
    unit, each = next((one for one in units if value >= UNITS["rate"][one[0]]), ("/day", "a day"))
    count = _rounded(value, UNITS["rate"][unit])
    said = f"{count} event{'' if count == '1' else 's'} {each}"
    return said if unit == "/day" else f"{said}, {_rounded(value, UNITS['rate']['/day'])} a day"


def _rounded(number: int, unit: int) -> str:
    """A quotient as a person says it, to three digits where it is large."""
    names = ((10**12, " trillion"), (10**9, " billion"), (10**6, " million"))
    size, name = next((one for one in names if number >= one[0] * unit), (1, ""))
    value = number / unit / size
    said = f"{value:,.0f}" if value >= 1000 else f"{round(value, 1):,}".removesuffix(".0")
    return f"{'' if float(said.replace(',', '')) * size * unit == number else 'about '}{said}{name}"


def _spelt_out(unit: str, number: str) -> str:
    name = _SPELT.get(unit, unit)
    return name if number == "1" or name in ("", "million") else f"{name}s"


def below(bound: int, kind: str, floor: int = 0) -> int:
    """A readable quantity just under `bound`, and not under `floor`: what a person would type to be below it.

    >>> text(below(parse("200 ms", "duration"), "duration"), "duration"), below(2, "whole-number")
    ('199 ms', 1)
    """
    if kind == "whole-number":
        return bound - 1
    for unit in _PRINTED[kind]:
        size = UNITS[kind][unit]
        for step in (size, size // 10, size // 100):
            if 0 < step <= bound // 100 and bound % step == 0 and bound - step >= floor:
                return bound - step
    return max(floor, bound - 1)


def _unit(rest: str, kind: str) -> int:
    """How many smallest units stand behind the number, counting words such as `million` included."""
    units = UNITS[kind]
    word, _, tail = rest.partition("/") if kind == "rate" else (rest, "", "")
    word = word.strip()
    count = 1
    if kind in ("rate", "whole-number") and word:
        if word.lower() not in _COUNTS:
            raise QuantityError(f"is not a {_name(kind)} (written like {EXAMPLES[kind]})")
        count, word = _COUNTS[word.lower()], ""
    unit = f"/{tail.strip()}" if kind == "rate" and tail else word
    unit = _ALIASES.get(unit.lower(), unit)
    if unit in units:
        return units[unit] * count
    folded = {name.lower(): size for name, size in units.items()}
    if unit.lower() in folded:
        return folded[unit.lower()] * count
    if not unit:
        raise QuantityError(f"has no unit (written like {EXAMPLES[kind]})")
    like = f"(written like {EXAMPLES[kind]})"
    raise QuantityError(f"has the unit {unit[:20]!r}, which is none of a {_name(kind)} {like}")


def _decimal(value: int, unit: int) -> str | None:
    """The decimal digits of value / unit if that is exact within six places, else None."""
    for places in range(7):
        scaled, remainder = divmod(value * 10**places, unit)
        if not remainder:
            digits = str(scaled).rjust(places + 1, "0")
            return f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return None


def _length(digits: str) -> int:
    """How many digits a text has, without its unit and its point."""
    return sum(character.isdigit() for character in digits)


def _name(kind: str) -> str:
    return kind.replace("-", " ")
