"""One's own columns."""

from pathlib import Path

import pytest

from data import mapping, split

OWN = """
[columns]
id = "no"
time = "when"
card = "pan_token"
merchant = "shop"
country = "land"
amount = "cents"
is_fraud = "chargeback"
latitude = "lat"
longitude = "lng"
[constants]
category = "card not seen"
channel = "shop"
[values.is_fraud]
yes = "1"
no = "0"
[time]
format = "%d.%m.%Y %H:%M"
zone = "Europe/Berlin"
[amount]
divide_by = 100
"""
ROWS = """no,when,pan_token,shop,land,cents,chargeback,lat,lng
2,01.07.2026 13:00,c1,m2,FR,5000,yes,48.14,11.58
1,01.07.2026 12:00,c1,m1,DE,1000,no,52.52,13.40
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "own.toml").write_text(OWN)
    (tmp_path / "own.csv").write_text(ROWS)
    return tmp_path / "own.csv"


def test_a_mapping_beside_the_file_makes_it_readable_and_counts_the_cards_past(own: Path) -> None:
    first, second = split.read(own)
    assert (first["id"], first["card_country"], first["distance_km"]) == ("1", "DE", "0.0")
    assert second == {
        "id": "2",
        "time": "2026-07-01T11:00:00Z",
        "card": "c1",
        "merchant": "m2",
        "category": "card-not-seen",
        "channel": "shop",
        "country": "FR",
        "card_country": "DE",
        "amount": "50.00",
        "distance_km": "503.8",
        "minutes_since_last": "60.0",
        "count_24h": "1",
        "usual_amount": "10.00",
        "is_fraud": "1",
    }


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('amount = "cents"\n', "", "no column and no constant for amount"),
        ('"cents"', '"euros"', "line 2: there is no column euros"),
        ('yes = "1"\n', "", r"line 2: chargeback is 'yes', and \[values.is_fraud\] does not say"),
        ("%d.%m.%Y %H:%M", "%Y", "line 2: time data '01.07.2026 13:00' does not match"),
        ('latitude = "lat"', 'latitude = "when"', "line 2: could not convert string to float"),
        ("[constants]", "[constant]", "unknown: constant"),
        ("[columns]", "[columns", "own.toml"),
    ],
)
def test_what_is_wrong_with_it_is_said(own: Path, old: str, new: str, said: str) -> None:
    text = own.with_suffix(".toml").read_text()
    assert text.count(old) == 1
    own.with_suffix(".toml").write_text(text.replace(old, new))
    with pytest.raises(split.DataError, match=said):
        split.read(own)


def test_the_mapping_of_the_real_data_is_whole() -> None:
    read = mapping.read(Path(mapping.__file__).with_name("real.toml"))
    row = dict.fromkeys(read["columns"].values(), "1") | {"datetime": "2019-01-01 00:12:26", "amount": "24900"}
    (found,) = mapping.apply(read, [row | {"customer_present": "True", "fraud": "False"}])
    assert (found["time"], found["amount"], found["channel"]) == ("2019-01-01T00:12:26Z", "249.00", "shop")
