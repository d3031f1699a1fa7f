"""Fraud, made to be hard to tell apart, as it is.

A thief with a lost card buys groceries around the corner; stolen numbers are tried with small amounts and then spent;
and a ring has its own merchants, through which it draws money from many cards, a little from each.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from data.payment import Payment, Shops, within
from data.population import Card, Merchant

SHARE = 0.016  # of the honest payments
RINGS_SHARE = 0.25  # of the fraud
_KINDS = ("lost", "spree", "tested", "quiet")


def thefts(
    random: Random, cards: list[Card], shops: Shops, honest: int, start: datetime, days: int
) -> Iterator[Payment]:
    """Yields the fraud among so many honest payments; every payment of a theft is one."""
    wanted = honest * SHARE
    made = 0
    while made < wanted * RINGS_SHARE:
        payments = list(_ring(random, cards, shops, start + timedelta(days=random.random() * days)))
        made += len(payments)
        yield from payments
    while made < wanted:
        begin = start + timedelta(days=random.random() * days)
        age = (begin - start) / timedelta(days=days)
        # Lost cards are used in shops; stolen numbers online, and more of them as the year goes on.
        weights = (0.30, 0.30 - 0.1 * age, 0.25, 0.15 + 0.1 * age)
        payments = list(_theft(random, random.choices(_KINDS, weights)[0], random.choice(cards), begin, shops))
        made += len(payments)
        yield from payments


def _theft(random: Random, kind: str, card: Card, begin: datetime, shops: Shops) -> Iterator[Payment]:
    time = begin
    for step in range(1 + min(7, int(random.expovariate(0.45)))):
        if kind == "lost":
            merchant = random.choice(shops.near(card))
            factor = random.lognormvariate(0.25, 0.5)
            pause = random.expovariate(1 / 45)
        elif kind == "quiet":
            merchant = random.choice(shops.online)
            factor = random.lognormvariate(0.1, 0.4)
            pause = random.expovariate(1 / 2000)
        else:
            merchant = random.choices(shops.online, [merchant.pull for merchant in shops.online])[0]
            testing = kind == "tested" and step == 0
            factor = 0.05 if testing else random.lognormvariate(0.7, 0.6)
            pause = random.expovariate(1 / 15)
        yield _payment(random, time, card, merchant, factor)
        time += timedelta(minutes=1 + pause)


def _ring(random: Random, cards: list[Card], shops: Shops, begin: datetime) -> Iterator[Payment]:
    """A few merchants that work together, and the cards whose numbers they have, in the course of some days."""
    merchants = random.sample(shops.online, min(len(shops.online), random.randint(1, 2)))
    for card in random.sample(cards, min(len(cards), random.randint(6, 12))):
        time = begin + timedelta(minutes=random.random() * 48 * 60)
        for _ in range(random.choice((1, 1, 2, 3))):
            yield _payment(random, time, card, random.choice(merchants), random.lognormvariate(0.45, 0.35))
            time += timedelta(minutes=2 + random.expovariate(1 / 200))


def _payment(random: Random, time: datetime, card: Card, merchant: Merchant, factor: float) -> Payment:
    amount = merchant.amount * card.thrift * factor * random.lognormvariate(0, merchant.spread / 2)
    return Payment(time, card, merchant, within(amount), fraud=True)
