"""Quantities are read exactly, and written so that they are read back."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from dataarch.quantity import UNITS, QuantityError, below, parse, text

MS, S, DAY = 10**6, 10**9, 86_400


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("500 GB", "size", 500 * 10**9),
        ("1.2PB", "size", 12 * 10**14),
        ("4 KiB", "size", 4096),
        ("200 ms", "duration", 200 * MS),
        ("15 min", "duration", 15 * 60 * S),
        ("1 d", "duration", DAY * S),
        ("0 s", "duration", 0),
        ("5000/s", "rate", 5000 * DAY * 10_000),
        ("2k/s", "rate", 2000 * DAY * 10_000),
        ("3 million/day", "rate", 3 * 10**6 * 10_000),
        ("99.9%", "percentage", 99_900_000),
        ("20,000", "whole-number", 20_000),
        ("2 million", "whole-number", 2_000_000),
    ],
)
def test_it_is_read_exactly(written: str, kind: str, value: int) -> None:
    assert parse(written, kind) == value


@pytest.mark.parametrize(
    ("written", "kind", "said"),
    [
        ("200", "duration", "no unit"),
        ("5 parsecs", "duration", "none of a duration"),
        ("fast", "duration", "is not a duration"),
        ("-3 s", "duration", "is not a duration"),
        ("1.5", "whole-number", "is not whole"),
        ("0.1 ns", "duration", "finer"),
        ("1e9 B", "size", "unit"),
        ("9" * 40 + " B", "size", "larger"),
        ("", "size", "is not a size"),
        ("1 " * 100, "size", "is not a size"),
    ],
)
def test_what_cannot_be_read_is_said(written: str, kind: str, said: str) -> None:
    with pytest.raises(QuantityError, match=said):
        parse(written, kind)


@given(st.sampled_from(sorted(UNITS)), st.integers(0, 10**24))
def test_what_is_written_is_read_back(kind: str, value: int) -> None:
    try:
        written = text(value, kind)
    except QuantityError:
        return
    if written:
        assert parse(written, kind) == value


@given(st.sampled_from(sorted(UNITS)), st.integers(2, 10**6), st.data())
def test_a_value_just_below_a_bound_is_below_it_and_above_its_floor(kind: str, count: int, data: st.DataObject) -> None:
    bound = count * data.draw(st.sampled_from(sorted(UNITS[kind].values())))
    floor = data.draw(st.integers(0, bound - 1))
    assert floor <= below(bound, kind, floor) < bound
