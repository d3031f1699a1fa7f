"""Card transactions with fraud in them: seeded, of any size, in the order of time.

    python -m data.generate --transactions 60000 --seed 7 --output transactions.csv

Fraud is made to be hard to tell apart, as it is. A thief with a lost card buys groceries around the corner; an honest
holder buys a television abroad at night. A part of the fraud is never reported, some honest payments are disputed, and
thieves move on to other kinds of fraud in the later months.
"""

import argparse
import csv
import io
import math
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from data.population import Card, Merchant, distance_km, make_cards, make_merchants

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
FRAUD_SHARE = 0.016
UNREPORTED = 0.06
DISPUTED = 0.0006
LIMIT = 1500.0  # of one payment; without it, a handful of payments would decide what a mistake costs

# Weight of each hour of the day for most people, and for those who live late.
_DAY = (1, 0.6, 0.4, 0.3, 0.3, 0.6, 1.5, 3, 4, 5, 6, 7, 8, 7, 6, 6, 7, 9, 10, 9, 7, 5, 3, 2)
_NIGHT = (6, 5, 4, 3, 2, 1, 1, 1, 1, 2, 3, 4, 4, 4, 4, 4, 5, 6, 7, 8, 8, 8, 8, 7)


@dataclass(frozen=True)
class Payment:
    """One payment before what is known of the card's past is added."""

    time: datetime
    card: Card
    merchant: Merchant
    amount: float
    distance_km: float
    fraud: bool


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
    merchants = make_merchants(random, max(60, transactions // 120))
    payments = list(_honest(random, cards, merchants, transactions))
    payments += _thefts(random, cards, merchants, transactions)
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


def _honest(random: Random, cards: list[Card], merchants: list[Merchant], count: int) -> Iterator[Payment]:
    online = [merchant for merchant in merchants if merchant.online]
    shops = [merchant for merchant in merchants if not merchant.online]
    near = {card.id: _nearest(card, shops) for card in cards}
    for card in random.choices(cards, [card.per_day for card in cards], k=count):
        time = _moment(random, card.late)
        if random.random() < card.online_share:
            merchant = random.choice(online)
        elif random.random() < card.travels:
            merchant = random.choice(shops)
        else:
            merchant = random.choice(near[card.id])
        amount = merchant.amount * card.thrift * random.lognormvariate(0, merchant.spread)
        if time.month in {7, 8} and merchant.category == "travel":
            amount *= 1.4
        yield Payment(time, card, merchant, _within(amount), _distance(card, merchant), fraud=False)


def _thefts(random: Random, cards: list[Card], merchants: list[Merchant], transactions: int) -> list[Payment]:
    online = [merchant for merchant in merchants if merchant.online]
    shops = [merchant for merchant in merchants if not merchant.online]
    payments: list[Payment] = []
    while len(payments) < transactions * FRAUD_SHARE:
        card = random.choice(cards)
        begin = START + timedelta(days=random.random() * DAYS)
        age = (begin - START) / timedelta(days=DAYS)
        # Lost cards are used in shops; stolen numbers online, and more of them as the year goes on.
        weights = (0.30, 0.30 - 0.1 * age, 0.25, 0.15 + 0.1 * age)
        kind = random.choices(("lost", "spree", "tested", "quiet"), weights)[0]
        payments += _theft(random, kind, card, begin, online, shops)
    return payments


def _theft(
    random: Random, kind: str, card: Card, begin: datetime, online: list[Merchant], shops: list[Merchant]
) -> Iterator[Payment]:
    time = begin
    for step in range(1 + min(7, int(random.expovariate(0.45)))):
        if kind == "lost":
            merchant = random.choice(_nearest(card, shops))
            factor = random.lognormvariate(0.25, 0.5)
            pause = random.expovariate(1 / 45)
        elif kind == "quiet":
            merchant = random.choice(online)
            factor = random.lognormvariate(0.1, 0.4)
            pause = random.expovariate(1 / 2000)
        else:
            merchant = random.choices(online, [merchant.pull for merchant in online])[0]
            testing = kind == "tested" and step == 0
            factor = 0.05 if testing else random.lognormvariate(0.7, 0.6)
            pause = random.expovariate(1 / 15)
        amount = merchant.amount * card.thrift * factor * random.lognormvariate(0, merchant.spread / 2)
        yield Payment(time, card, merchant, _within(amount), _distance(card, merchant), fraud=True)
        time += timedelta(minutes=1 + pause)


def _rows(random: Random, payments: list[Payment]) -> Iterator[dict[str, str]]:
    """Adds to each payment what a payment system knows of the card then: its past, and nothing of its future."""
    recent: dict[str, deque[datetime]] = {}
    usual: dict[str, float] = {}
    for number, payment in enumerate(payments):
        past = recent.setdefault(payment.card.id, deque())
        since = (payment.time - past[-1]) / timedelta(minutes=1) if past else 99_999.0
        while past and payment.time - past[0] > timedelta(days=1):
            past.popleft()
        known = usual.get(payment.card.id)
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
            "minutes_since_last": f"{min(since, 99_999.0):.1f}",
            "count_24h": str(len(past)),
            "usual_amount": f"{payment.amount if known is None else known:.2f}",
            "is_fraud": str(int(reported)),
        }
        past.append(payment.time)
        usual[payment.card.id] = payment.amount if known is None else 0.9 * known + 0.1 * payment.amount


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


def _within(amount: float) -> float:
    return min(max(0.5, amount), LIMIT)


def _distance(card: Card, merchant: Merchant) -> float:
    if merchant.online:
        return 0.0
    return distance_km(card.latitude, card.longitude, merchant.latitude, merchant.longitude)


def _nearest(card: Card, shops: list[Merchant], count: int = 12) -> list[Merchant]:
    def away(shop: Merchant) -> float:
        return (shop.latitude - card.latitude) ** 2 + (shop.longitude - card.longitude) ** 2

    return sorted(shops, key=away)[:count]


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
