"""People who do not exist: who they are, where they live, and what they buy.

Everything about a person is drawn from the seed, so that the same seed makes the same people.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

FIRST = [
    "Anna", "Paul", "Maria", "Thomas", "Katharina", "Michael", "Elisabeth", "Alexander", "Johanna", "Andreas",
    "Christine", "Robert", "Margarete", "Daniel", "Susanne", "Stefan", "Julia", "Matthias", "Barbara", "Christian",
    "Laura", "Sebastian", "Theresa", "Benjamin", "Charlotte", "Maximilian", "Franziska", "Nicolas", "Sophie",
    "Frederic", "Eleonore", "Dominik", "Gabriele", "Joseph", "Victoria", "Samuel", "Philippa", "Leonard",
    "Isabella", "Gregor",
]  # fmt: skip
LAST = [
    "Huber", "Berger", "Wagner", "Moser", "Steiner", "Keller", "Baumann", "Frei", "Brunner", "Weber", "Vogel",
    "Winkler", "Lang", "Graf", "Roth", "Hofer", "Egger", "Maier", "Schmid", "Bauer", "Pichler", "Leitner", "Fuchs",
    "Eder", "Fischer", "Schneider", "Hofmann", "Lehner", "Haas", "Auer", "Wolf", "Lechner", "Reiter", "Koller",
    "Strasser", "Wimmer", "Aigner", "Binder", "Kaiser", "Ebner", "Haider", "Schuster", "Ziegler", "Kern", "Stadler",
    "Thaler", "Sommer", "Kraus", "Lindner", "Seidl",
]  # fmt: skip
LAST += [  # the first ones are common, these are rare
    f"{first}{second}"
    for first in ("Stein", "Hoch", "Wald", "Berg", "Feld", "Ober", "Nieder", "Lang", "Kalt", "Breit", "Neu", "Alt")
    for second in ("bauer", "mann", "huber", "maier", "gruber", "hofer", "egger", "lechner", "bichler", "reiter")
]
NICKNAMES = {
    "Katharina": "Kathi", "Michael": "Michi", "Elisabeth": "Lisi", "Alexander": "Alex", "Johanna": "Hanni",
    "Andreas": "Andi", "Christine": "Tina", "Robert": "Bob", "Margarete": "Greta", "Daniel": "Dani",
    "Susanne": "Susi", "Matthias": "Hias", "Barbara": "Babsi", "Christian": "Chris", "Sebastian": "Basti",
    "Theresa": "Resi", "Benjamin": "Ben", "Charlotte": "Lotte", "Maximilian": "Max", "Franziska": "Franzi",
    "Joseph": "Sepp", "Victoria": "Vicky", "Samuel": "Sam", "Gabriele": "Gabi", "Thomas": "Tom",
}  # fmt: skip
STREETS = [
    "Lindenweg", "Hauptstrasse", "Bergweg", "Seestrasse", "Gartenweg", "Schulgasse", "Bahnhofstrasse", "Kirchplatz",
    "Rosenweg", "Mühlgasse", "Waldweg", "Feldgasse", "Sonnenweg", "Ringstrasse", "Talstrasse", "Wiesenweg",
    "Marktplatz", "Uferweg", "Birkenweg", "Ahornweg",
]  # fmt: skip
TOWNS = {"1010": "Wien", "1130": "Wien", "4020": "Linz", "5020": "Salzburg", "6020": "Innsbruck", "8010": "Graz",
         "9020": "Klagenfurt", "6900": "Bregenz", "3100": "Sankt Pölten", "7000": "Eisenstadt"}  # fmt: skip
PRODUCTS = ("boots", "jacket", "tent", "rope", "lamp", "pack", "poles", "stove")
FIRST_DAY, LAST_DAY = date(2025, 3, 1), date(2026, 8, 31)


@dataclass(frozen=True)
class Address:
    """Where someone lives."""

    street: str
    number: str
    postcode: str
    town: str


@dataclass
class Person:
    """One person; `purchases` are days and amounts, `moved_from` an address that some sources still hold."""

    number: int
    first: str
    last: str
    born: date
    email: str
    phone: str
    address: Address
    moved_from: Address | None
    marketing: bool
    profiling: bool
    purchases: list[tuple[date, str, float]] = field(default_factory=list)


def people(count: int, seed: int) -> list[Person]:
    """Returns people, some of whom share a home, a family name and even an e-mail address."""
    draw = random.Random(f"people {seed}")
    found: list[Person] = []
    while len(found) < count:
        first = _person(draw, len(found))
        found.append(first)
        if draw.random() < 0.22 and len(found) < count:
            found.append(_partner(draw, len(found), first))
    return found


def _person(draw: random.Random, number: int) -> Person:
    first, last = draw.choice(FIRST), draw.choice(LAST)
    person = Person(
        number=number,
        first=first,
        last=last,
        born=date(1938, 1, 1) + timedelta(days=draw.randrange(68 * 365)),
        email=f"{first}.{last}{draw.randrange(10, 99)}@{draw.choice(('post', 'mail', 'web'))}.example".lower(),
        phone=f"+43 6{draw.randrange(50, 99)} {draw.randrange(10**6, 10**7)}",
        address=_address(draw),
        moved_from=_address(draw) if draw.random() < 0.15 else None,
        marketing=draw.random() < 0.7,
        profiling=draw.random() < 0.92,
    )
    person.purchases = list(_purchases(draw))
    return person


def _partner(draw: random.Random, number: int, other: Person) -> Person:
    """Returns someone of the same household; one in three uses the other's e-mail address."""
    person = _person(draw, number)
    person.last, person.address, person.moved_from = other.last, other.address, other.moved_from
    if draw.random() < 0.33:
        person.email = other.email
    return person


def _address(draw: random.Random) -> Address:
    postcode = draw.choice(list(TOWNS))
    return Address(draw.choice(STREETS), str(draw.randrange(1, 120)), postcode, TOWNS[postcode])


def _purchases(draw: random.Random) -> Iterator[tuple[date, str, float]]:
    """Yields what someone buys: at a pace of their own until they leave, which nobody is told of."""
    pace = draw.gammavariate(1.2, 26)  # days between two purchases, on average over all: about a month
    taste, purse = draw.choice(PRODUCTS), draw.lognormvariate(3.6, 0.7)
    day = FIRST_DAY + timedelta(days=draw.randrange(300))
    while day <= LAST_DAY:
        product = taste if draw.random() < 0.5 else draw.choice(PRODUCTS)
        yield day, product, round(purse * draw.lognormvariate(0, 0.4), 2)
        if draw.random() < 0.09:
            return
        day += timedelta(days=1 + round(draw.expovariate(1 / (12 + pace))))
