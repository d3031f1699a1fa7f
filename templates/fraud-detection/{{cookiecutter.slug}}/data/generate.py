"""Card transactions with fraud in them: seeded, of any size, in the order of time.

    python -m data.generate --transactions 60000 --seed 7 --output transactions.csv

An honest holder buys a television abroad at night, and more of everything in summer; what thieves and rings do is in
`data/thefts.py`. A part of the fraud is never reported, some honest payments are disputed, and thieves move on to other
kinds of fraud in the later months.
"""

import argparse
import csv
import io
import math
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from data.history import History
from data.payment import Payment, Shops, within
from data.population import Card, make_cards, make_merchants
from data.thefts import thefts

COLUMNS = (
    "id",
    "time",
    "card",
    "merchant",
    "category",
    "channel",
    "country",
    "card_country",
    "amount",
    "distance_km",
    "minutes_since_last",
    "count_24h",
    "usual_amount",
    "is_fraud",
)

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 240
PER_CARD = 55
UNREPORTED = 0.06
DISPUTED = 0.0006

# Weight of each hour of the day for most people, and for those who live late.
_DAY = (1, 0.6, 0.4, 0.3, 0.3, 0.6, 1.5, 3, 4, 5, 6, 7, 8, 7, 6, 6, 7, 9, 10, 9, 7, 5, 3, 2)
_NIGHT = (6, 5, 4, 3, 2, 1, 1, 1, 1, 2, 3, 4, 4, 4, 4, 4, 5, 6, 7, 8, 8, 8, 8, 7)


def generate(transactions: int, seed: int) -> list[dict[str, str]]:
    """Returns `transactions` honest rows and the fraud among them, in the order of time; the same for the same seed.

    >>> rows = generate(500, seed=1)
    >>> rows == generate(500, seed=1), rows == generate(500, seed=2)
    (True, False)
    >>> all(earlier["time"] <= later["time"] for earlier, later in zip(rows, rows[1:]))
    True
    """
    random = Random(seed)
    cards = make_cards(random, max(20, transactions // PER_CARD))
    shops = Shops(make_merchants(random, max(60, transactions // 120)))
    payments = [*_honest(random, cards, shops, transactions), *thefts(random, cards, shops, transactions, START, DAYS)]
    payments.sort(key=lambda payment: (payment.time, payment.card.id, payment.amount))
    return list(_rows(random, payments))


def write(rows: Iterable[dict[str, str]], path: Path) -> int:
    """Writes rows as CSV with a header and returns how many there were."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = as_csv(rows)
    path.write_text(content, encoding="utf-8", newline="\n")
    return content.count("\n") - 1


def as_csv(rows: Iterable[dict[str, str]]) -> str:
    """Returns rows as CSV with a header.

    >>> as_csv([]).startswith("id,time,card,")
    True
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _honest(random: Random, cards: list[Card], shops: Shops, count: int) -> Iterator[Payment]:
    for card in random.choices(cards, [card.per_day for card in cards], k=count):
        time = _moment(random, card.late)
        if random.random() < card.online_share:
            merchant = random.choice(shops.online)
        elif random.random() < card.travels:
            merchant = random.choice(shops.places)
        else:
            merchant = random.choice(shops.near(card))
        amount = merchant.amount * card.thrift * random.lognormvariate(0, merchant.spread)
        if time.month in {7, 8} and merchant.category == "travel":
            amount *= 1.4
        yield Payment(time, card, merchant, within(amount), fraud=False)


def _rows(random: Random, payments: list[Payment]) -> Iterator[dict[str, str]]:
    """Adds to each payment what a payment system knows of the card then."""
    history = History()
    for number, payment in enumerate(payments):
        known = history.pay(payment.card.id, payment.time, payment.amount)
        reported = random.random() >= UNREPORTED if payment.fraud else random.random() < DISPUTED
        yield {
            "id": f"t{number:08}",
            "time": payment.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "card": payment.card.id,
            "merchant": payment.merchant.id,
            "category": payment.merchant.category,
            "channel": "online" if payment.merchant.online else "shop",
            "country": payment.merchant.country,
            "card_country": payment.card.country,
            "amount": f"{payment.amount:.2f}",
            "distance_km": f"{payment.distance_km:.1f}",
            "minutes_since_last": f"{known.minutes_since_last:.1f}",
            "count_24h": str(known.count_24h),
            "usual_amount": f"{known.usual_amount:.2f}",
            "is_fraud": str(int(reported)),
        }


def _moment(random: Random, late: float) -> datetime:
    while True:
        day = random.randrange(DAYS)
        date = START + timedelta(days=day)
        weekend = 1.25 if date.weekday() >= 5 else 1.0
        summer = 1.0 + 0.2 * math.sin(2 * math.pi * (day - 90) / 365)
        if random.random() < weekend * summer / 1.5:
            break
    hour = random.choices(range(24), _NIGHT if random.random() < late else _DAY)[0]
    return date + timedelta(hours=hour, seconds=random.randrange(3600))


def main(arguments: list[str] | None = None) -> int:
    """Writes the file that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m data.generate", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--transactions", type=int, default=60_000, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="another seed, another city (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=Path("transactions.csv"), help="default: %(default)s")
    options = parser.parse_args(arguments)
    if options.transactions < 1:
        parser.error("--transactions must be at least 1.")
    count = write(generate(options.transactions, options.seed), options.output)
    print(f"{count:,} transactions in {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
