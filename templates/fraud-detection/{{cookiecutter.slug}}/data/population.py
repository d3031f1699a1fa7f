"""Cards and merchants: who pays, who is paid, where and how much."""

import math
from dataclasses import dataclass
from random import Random

# Category: share of merchants, typical amount, spread of the amount's logarithm, share sold online, pull on fraudsters.
CATEGORIES: dict[str, tuple[float, float, float, float, float]] = {
    "grocery": (0.22, 34.0, 0.7, 0.10, 0.5),
    "fuel": (0.10, 52.0, 0.4, 0.00, 0.8),
    "restaurant": (0.18, 28.0, 0.6, 0.15, 0.4),
    "clothing": (0.14, 62.0, 0.7, 0.45, 1.0),
    "electronics": (0.10, 140.0, 0.9, 0.60, 3.0),
    "travel": (0.08, 210.0, 0.9, 0.75, 1.6),
    "entertainment": (0.10, 24.0, 0.6, 0.70, 0.8),
    "gift-card": (0.03, 55.0, 0.5, 0.80, 4.0),
    "pharmacy": (0.05, 22.0, 0.6, 0.20, 0.4),
}

# City: country, latitude, longitude, weight.
CITIES: tuple[tuple[str, float, float, float], ...] = (
    ("DE", 52.52, 13.40, 4.0),
    ("DE", 48.14, 11.58, 3.0),
    ("DE", 50.94, 6.96, 2.0),
    ("FR", 48.86, 2.35, 3.0),
    ("NL", 52.37, 4.90, 2.0),
    ("AT", 48.21, 16.37, 1.5),
    ("PL", 52.23, 21.01, 1.0),
    ("ES", 41.39, 2.17, 1.0),
)


@dataclass(frozen=True)
class Merchant:
    """A shop: what it sells, where it stands, and how much it draws fraudsters."""

    id: str
    category: str
    country: str
    latitude: float
    longitude: float
    online: bool
    amount: float
    spread: float
    pull: float


@dataclass(frozen=True)
class Card:
    """A card and the habits of the one who holds it."""

    id: str
    country: str
    latitude: float
    longitude: float
    per_day: float
    thrift: float
    online_share: float
    travels: float
    late: float


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Returns the great-circle distance of two points in kilometres.

    >>> round(distance_km(52.52, 13.40, 48.14, 11.58))
    504
    """
    phi, other_phi = math.radians(latitude), math.radians(other_latitude)
    half = (
        math.sin((other_phi - phi) / 2) ** 2
        + math.cos(phi) * math.cos(other_phi) * math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    )
    return 6371 * 2 * math.asin(math.sqrt(half))


def make_merchants(random: Random, count: int) -> list[Merchant]:
    """Returns shops of all categories around the cities."""
    merchants = []
    categories = list(CATEGORIES)
    for number in range(count):
        category = random.choices(categories, [CATEGORIES[name][0] for name in categories])[0]
        _, amount, spread, online, pull = CATEGORIES[category]
        country, latitude, longitude = _place(random, 0.15)
        merchants.append(
            Merchant(
                id=f"m{number:04}",
                category=category,
                country=country,
                latitude=latitude,
                longitude=longitude,
                online=random.random() < online,
                amount=amount * random.lognormvariate(0, 0.3),
                spread=spread,
                pull=pull * random.lognormvariate(0, 0.8),
            )
        )
    return merchants


def make_cards(random: Random, count: int) -> list[Card]:
    """Returns cards whose holders differ in income, habits and places."""
    cards = []
    for number in range(count):
        country, latitude, longitude = _place(random, 0.25)
        cards.append(
            Card(
                id=f"c{number:06}",
                country=country,
                latitude=latitude,
                longitude=longitude,
                per_day=random.lognormvariate(-1.2, 0.7),
                thrift=random.lognormvariate(0, 0.45),
                online_share=random.betavariate(2, 4),
                travels=random.betavariate(1, 14),
                late=random.betavariate(1, 6),
            )
        )
    return cards


def _place(random: Random, spread: float) -> tuple[str, float, float]:
    country, latitude, longitude, _ = random.choices(CITIES, [city[3] for city in CITIES])[0]
    return country, latitude + random.gauss(0, spread), longitude + random.gauss(0, spread)
