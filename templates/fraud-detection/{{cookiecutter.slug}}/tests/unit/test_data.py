"""The generated transactions, and the split by time."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from data import split
from data.generate import COLUMNS, generate, write

ROWS = generate(12_000, seed=7)


def test_a_seed_gives_the_same_transactions() -> None:
    assert generate(300, seed=3) == generate(300, seed=3)
    assert generate(300, seed=3) != generate(300, seed=4)


def test_ids_are_unique_and_rows_stand_in_the_order_of_time() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    times = [row["time"] for row in ROWS]
    assert times == sorted(times)


def test_fraud_is_rare() -> None:
    share = sum(row["is_fraud"] == "1" for row in ROWS) / len(ROWS)
    assert 0.005 < share < 0.03


def test_rings_draw_on_many_cards_through_one_merchant_within_days() -> None:
    frauds = [
        (row["merchant"], row["card"], datetime.fromisoformat(row["time"])) for row in ROWS if row["is_fraud"] == "1"
    ]
    near = {
        merchant: {card for other, card, time in frauds if other == merchant and abs(time - when) < timedelta(days=2)}
        for merchant, _, when in frauds
    }
    assert sum(len(cards) >= 4 for cards in near.values()) >= 2


def test_no_amount_tells_fraud_from_honest_payments() -> None:
    frauds = sorted(float(row["amount"]) for row in ROWS if row["is_fraud"] == "1")
    honest = sorted(float(row["amount"]) for row in ROWS if row["is_fraud"] == "0")
    median = frauds[len(frauds) // 2]
    above = sum(amount > median for amount in honest) / len(honest)
    assert 0.05 < above < 0.6  # half of the fraud has many honest payments above it, and many below


def test_what_is_known_of_a_card_is_its_past_alone() -> None:
    seen: dict[str, int] = {}
    for row in ROWS:
        if row["card"] not in seen:
            assert row["count_24h"] == "0"
            assert row["usual_amount"] == row["amount"]
        assert int(row["count_24h"]) <= seen.get(row["card"], 0)
        seen[row["card"]] = seen.get(row["card"], 0) + 1


def test_each_part_is_later_than_the_one_before() -> None:
    parts = split.by_time(ROWS)
    assert sum(len(part) for part in (parts.train, parts.validation, parts.test, parts.live)) == len(ROWS)
    assert parts.train[-1]["time"] <= parts.validation[0]["time"]
    assert parts.validation[-1]["time"] <= parts.test[0]["time"]
    assert parts.test[-1]["time"] <= parts.live[0]["time"]


def test_the_order_of_the_rows_does_not_matter() -> None:
    known, turned = split.by_time(ROWS), split.by_time(reversed(ROWS))
    assert turned.live[-1] == ROWS[-1]
    assert {row["id"] for row in turned.train} == {row["id"] for row in known.train}


def test_too_few_frauds_are_named() -> None:
    honest = [row | {"is_fraud": "0"} for row in ROWS[:500]]
    with pytest.raises(split.DataError, match="training part has 0 frauds among 300"):
        split.by_time(honest)
    assert len(split.by_time(honest, least=0).train) == 300  # a model without labels needs none
    with pytest.raises(split.DataError, match="training part has no transactions"):
        split.by_time([], least=0)


def test_own_data_are_read_as_they_were_written(tmp_path: Path) -> None:
    write(ROWS[:50], tmp_path / "own.csv")
    assert split.read(tmp_path / "own.csv") == ROWS[:50]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("amount", "twelve", "own.csv:3: amount is 'twelve', not a number"),
        ("is_fraud", "yes", "own.csv:3: is_fraud is 'yes', not 0 or 1"),
        ("time", "2026-01-31 12:00", "own.csv:3: time is '2026-01-31 12:00', not like"),
    ],
)
def test_a_wrong_value_is_named_with_its_line(tmp_path: Path, column: str, value: str, message: str) -> None:
    write([ROWS[0], ROWS[1] | {column: value}], tmp_path / "own.csv")
    with pytest.raises(split.DataError, match=message):
        split.read(tmp_path / "own.csv")


def test_a_missing_column_and_a_missing_file_are_named(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(",".join(COLUMNS[:-1]) + "\n")
    with pytest.raises(split.DataError, match="these columns are missing: is_fraud"):
        split.read(path)
    with pytest.raises(split.DataError, match="cannot be read: No such file"):
        split.read(tmp_path / "none.csv")
