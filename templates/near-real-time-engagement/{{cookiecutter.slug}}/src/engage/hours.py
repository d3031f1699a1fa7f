"""Quiet hours: no marketing at night, by the clock of the one who gets it."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

BEGIN, END = time(21), time(8)


def earliest(moment: datetime, zone: str, begin: time = BEGIN, end: time = END) -> datetime:
    """Returns when a message may leave: at once, or at the next morning of the zone; an unknown zone is UTC.

    >>> night = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
    >>> earliest(night, "Europe/Berlin").isoformat()
    '2026-03-02T07:00:00+00:00'
    >>> earliest(night, "America/New_York") == night
    True
    """
    try:
        there = moment.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        there = moment.astimezone(UTC)
    clock = there.time()
    if begin <= end:
        quiet, tomorrow = begin <= clock < end, False
    else:
        quiet, tomorrow = clock >= begin or clock < end, clock >= begin
    if not quiet:
        return moment
    morning = datetime.combine(there.date() + timedelta(days=tomorrow), end, there.tzinfo)
    return morning.astimezone(UTC)
