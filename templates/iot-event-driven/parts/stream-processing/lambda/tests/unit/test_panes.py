"""Windows: the same whatever the batches are, and nothing counted twice."""

import json
import random
from typing import Any

import pytest
from panes import Device, Given, recalled, remembered, take

from data import traffic

ASSET = {
    "device": "m1",
    "name": "press 1",
    "site": "north",
    "line": "l1",
    "temperature_limit": 80.0,
    "vibration_limit": 3.0,
}


def reading(seq: int, seconds: float, **change: Any) -> dict[str, Any]:
    at = round(seconds * 1000)
    values = {"temperature": 60.0 + seq % 7 / 10, "vibration": 2.0, "current": 11.0}
    return {
        "id": f"m1-{seq}",
        "device": "m1",
        "seq": seq,
        "time": f"t{seconds}",
        "at": at,
        "sent_at": 0,
        **values,
        **change,
    }


def play(readings: list[dict[str, Any]], device: Device | None = None) -> Given:
    given, device = Given(), device or Device()
    for one in readings:
        take(device, one, ASSET, given)
    return given


def windows(given: Given, minutes: int = 1) -> list[tuple[str, int]]:
    return [(one["window_start"][14:19], one["readings"]) for one in given.windows if one["minutes"] == minutes]


def test_a_minute_is_closed_by_a_reading_more_than_the_lateness_after_its_end() -> None:
    shift = [reading(n, n * 10) for n in range(9)]
    assert windows(play(shift)) == []
    assert windows(play([*shift, reading(9, 90)])) == [("00:00", 6)]


def test_five_minutes_slide_by_one() -> None:
    given = play([reading(n, n * 10) for n in range(60)])
    assert windows(given) == [(f"0{n}:00", 6) for n in range(9)]
    assert [count for _, count in windows(given, 5)] == [6, 12, 18, 24, 30, 30, 30, 30, 30]


def test_what_comes_after_its_window_is_late_once_and_in_no_window() -> None:
    shift = [reading(n, n * 10) for n in range(12)]
    late = reading(100, 5)
    given = play([*shift, late, late, *(reading(n, n * 10) for n in range(12, 30))])
    assert [one["id"] for one in given.late] == ["m1-100"]
    assert given.repeated == 1
    assert windows(given)[0] == ("00:00", 6)


def test_what_comes_twice_counts_once() -> None:
    given = play([one for n in range(12) for one in (reading(n, n * 10), reading(n, n * 10))])
    assert windows(given) == [("00:00", 6)]
    assert (given.repeated, given.late) == (12, [])


def test_a_repeated_reading_of_a_closed_minute_is_not_late() -> None:
    given = play([*(reading(n, n * 10) for n in range(15)), reading(1, 10)])
    assert (given.repeated, given.late) == (1, [])


@pytest.mark.parametrize("seed", range(5))
def test_batches_of_any_size_give_the_same(seed: int) -> None:
    chance = random.Random(seed)
    shift = [reading(n, n * 5 - chance.choice([0, 0, 0, 100])) for n in range(40, 240)]
    whole = play(shift)
    device, given, rest = Device(), Given(), list(shift)
    while rest:
        size = chance.randint(1, 30)
        device = recalled(json.loads(json.dumps(remembered(device))))
        for one in rest[:size]:
            take(device, one, ASSET, given)
        rest = rest[size:]
    assert (given.windows, given.late, given.alerts) == (whole.windows, whole.late, whole.alerts)
    assert sum(count for _, count in windows(whole)) + len(whole.late) <= len(shift)


def test_a_batch_that_is_given_again_gives_the_same_again() -> None:
    shift = [reading(n, n * 10) for n in range(40)]
    device = Device()
    play(shift[:10], device)
    kept = remembered(device)
    first = play(shift[10:], recalled(json.loads(json.dumps(kept))))
    again = play(shift[10:], recalled(json.loads(json.dumps(kept))))
    assert first == again


def test_three_readings_in_a_row_over_a_limit_are_one_alert() -> None:
    hot = [reading(n, n * 5, temperature=81.0 + n / 10) for n in range(3, 9)]
    given = play([*(reading(n, n * 5) for n in range(3)), *hot])
    assert [(one["kind"], one["since"], one["name"]) for one in given.alerts] == [("over-limit", "t15", "press 1")]
    assert (
        play(
            [
                one
                for n in range(0, 20, 2)
                for one in (reading(n, n * 5), {**hot[0], **reading(n + 1, n * 5 + 5, vibration=9.0)})
            ]
        ).alerts
        == []
    )


def test_a_value_that_stays_the_same_is_a_sensor_that_sticks() -> None:
    given = play([reading(n, n * 5, temperature=60.0 if n >= 4 else 59.0 + n / 10) for n in range(12)])
    assert [(one["kind"], one["since"]) for one in given.alerts] == [("sensor-sticks", "t20")]


def test_the_ledger_knows_the_same_windows_and_late_readings() -> None:
    devices = [f"m{n}" for n in range(8)]
    found, ledger = traffic.messages(devices, 900, 5, 3, traffic.standard(8, 900))
    given: dict[str, Given] = {name: Given() for name in devices}
    known = {name: Device() for name in devices}
    for message in found:
        if message.reading:
            one = message.reading
            row = {**one.body(), "device": one.device, "at": round(one.time.timestamp() * 1000), "sent_at": 0}
            for _ in range(message.copies):
                take(known[one.device], row, ASSET, given[one.device])
    counted = {
        (one["device"], one["window_start"]): one["readings"]
        for each in given.values()
        for one in each.windows
        if one["minutes"] == 1
    }
    assert counted == traffic.expected_windows(ledger, ledger.late)
    assert {one["id"] for each in given.values() for one in each.late} == ledger.late
    assert sum(each.repeated for each in given.values()) == len(ledger.duplicates)
