"""What happens to the data of a person on the way into a system."""

import random
from dataclasses import dataclass
from datetime import date

from data.people import NICKNAMES, Address, Person


@dataclass(frozen=True)
class Seen:
    """A person as one system knows them."""

    first: str
    last: str
    born: date | None
    email: str
    phone: str
    address: Address


def seen(draw: random.Random, person: Person, *, born: float, email: float = 0.95, phone: float = 0.7) -> Seen:
    """Returns the person with what goes wrong; the numbers are the shares of records that hold a field."""
    first, last = person.first, person.last
    if draw.random() < 0.15:
        first = NICKNAMES.get(first, first)
    if draw.random() < 0.05:
        first = typo(draw, first)
    if draw.random() < 0.05:
        last = typo(draw, last)
    old = person.moved_from is not None and draw.random() < 0.5
    birth = person.born if draw.random() < born else None
    if birth and draw.random() < 0.03:
        birth = date(birth.year, birth.day, birth.month) if birth.day <= 12 else birth  # day and month changed over
    return Seen(
        first,
        last,
        birth,
        person.email if draw.random() < email else "",
        person.phone if draw.random() < phone else "",
        person.moved_from if old and person.moved_from else person.address,
    )


def typo(draw: random.Random, word: str) -> str:
    """Returns the word with two letters changed over, one left out, or one wrong.

    >>> typo(random.Random(1), "Huber") != "Huber"
    True
    """
    place = draw.randrange(1, len(word) - 1)
    kind = draw.randrange(3)
    if kind == 0 and word[place] != word[place + 1]:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if kind == 1:
        return word[:place] + word[place + 1 :]
    return word[:place] + draw.choice([letter for letter in "aeiknrst" if letter != word[place]]) + word[place + 1 :]
