"""The plant, its past, and the traffic of a shift."""

import csv
import io
from collections import Counter

import pytest

from data import history, traffic
from data.plant import FAULTS, assets

DEVICES = [f"m{n:02}" for n in range(8)]


def test_the_same_seed_gives_the_same_shift_and_another_seed_another() -> None:
    plan = traffic.standard(8, 600)
    first = traffic.messages(DEVICES, 600, 5, 1, plan)
    assert first == traffic.messages(DEVICES, 600, 5, 1, plan)
    assert first[0] != traffic.messages(DEVICES, 600, 5, 2, plan)[0]
    assert assets(DEVICES, 1) == assets(DEVICES, 1) != assets(DEVICES, 2)


def test_every_kind_of_disturbance_is_in_a_shift() -> None:
    found, ledger = traffic.messages(DEVICES, 1200, 5, 1, traffic.standard(8, 1200))
    assert {reading.fault for reading in ledger.readings.values()} == {"", *FAULTS}
    assert ledger.duplicates
    assert ledger.late
    assert ledger.malformed
    assert len(ledger.cut_off) == 60
    assert ledger.messages == sum(message.copies for message in found)
    assert len(ledger.malformed) == sum(message.reading is None for message in found)


def test_messages_are_sent_in_the_order_of_their_time_and_late_ones_after_their_window() -> None:
    found, ledger = traffic.messages(DEVICES, 1200, 5, 1, traffic.standard(8, 1200))
    assert [message.at for message in found] == sorted(message.at for message in found)
    begins = ledger.begins.timestamp()
    for message in found:
        if message.reading and message.reading.id in ledger.late:
            assert message.at >= (message.reading.time.timestamp() - begins) // 60 * 60 + 90


def test_shifts_have_numbers_and_days_of_their_own() -> None:
    (_, first), (_, second) = (traffic.messages(DEVICES, 60, 5, 1, traffic.Plan(), shift) for shift in (0, 1))
    assert not first.readings.keys() & second.readings.keys()
    assert (second.begins - first.begins).days == 1


def test_the_past_is_cut_by_time_and_every_part_has_faults() -> None:
    past = history.generate(DEVICES, 16_000, 7)
    assert max(one.time for one in past.train) <= min(one.time for one in past.validation)
    assert max(one.time for one in past.validation) <= min(one.time for one in past.test)
    for part in past:
        kinds = Counter(one.fault for one in part)
        assert 0.02 < 1 - kinds[""] / len(part) < 0.15
    rows = list(csv.DictReader(io.StringIO(past.channels["test"])))
    assert len(rows) == len(past.test)
    assert tuple(rows[0]) == history.COLUMNS


@pytest.mark.parametrize("seed", range(3))
def test_no_two_malformed_bodies_are_alike(seed: int) -> None:
    found, ledger = traffic.messages(DEVICES, 600, 5, seed, traffic.Plan(malformed=0.5))
    assert len(ledger.malformed) == sum(message.reading is None for message in found) > 100
