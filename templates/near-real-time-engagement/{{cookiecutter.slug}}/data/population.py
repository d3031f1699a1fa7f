"""Who customers are inside: hidden numbers that decide what they do, and that no model and no estimate ever sees.

Only this package and the final comparison of estimate and truth read them.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

# Country, time zone, weight.
PLACES = (
    ("DE", "Europe/Berlin", 4),
    ("FR", "Europe/Paris", 3),
    ("GB", "Europe/London", 3),
    ("US", "America/New_York", 3),
    ("US", "America/Los_Angeles", 2),
    ("JP", "Asia/Tokyo", 1),
)
FADING = 45  # days in which someone loses interest before the last order
HORIZON = 30  # days in which an order counts as having stayed


@dataclass(frozen=True)
class Person:
    """A customer and what moves them.

    Attributes:
        orders: a day, while they are interested.
        basket: what an order is worth in the middle.
        opens: how likely they open a message, while they are interested.
        clicks: how likely they click in one that they have opened.
        complains: how likely they call one spam.
        leaves: the day of the last interest; long after today for most.
        persuadable: how much likelier an offer that they read makes an order, once their interest fades.
    """

    id: str
    country: str
    time_zone: str
    since: date
    orders: float
    basket: float
    opens: float
    clicks: float
    complains: float
    leaves: date
    persuadable: float
    mailbox: bool

    @property
    def address(self) -> str:
        """Where their e-mail goes."""
        return f"{self.id}@mail.example.org"

    def interest(self, day: date) -> float:
        """Returns how interested they are on a day, from 1 down to 0.

        >>> from random import Random
        >>> one = make(Random(1), 1, date(2026, 6, 1))[0]
        >>> one.interest(one.leaves - timedelta(days=60)), one.interest(one.leaves + timedelta(days=1))
        (1.0, 0.0)
        """
        left = (self.leaves - day).days
        return min(1.0, max(0.0, left / FADING))

    def stays(self, day: date) -> float:
        """Returns how likely they order within the HORIZON if nobody writes to them."""
        expected = self.orders * sum(self.interest(day + timedelta(days=ahead)) for ahead in range(1, HORIZON + 1))
        return 1 - math.exp(-expected)

    def persuaded(self, day: date) -> float:
        """Returns how likely they order within the HORIZON once they have read an offer."""
        room = 1 - self.stays(day)
        return self.stays(day) + room * self.persuadable * (1 - 0.5 * self.interest(day) ** 2)

    def reads(self, day: date) -> float:
        """Returns how likely they open a message of a day: that goes down before they order less."""
        left = (self.leaves - day).days
        return self.opens * (0.4 + 0.6 * min(1.0, max(0.0, left / (2 * FADING))))


def make(random: Random, count: int, today: date) -> list[Person]:
    """Returns so many customers, as they are at the end of a day."""
    people = []
    for number in range(count):
        country, zone, _ = random.choices(PLACES, [place[2] for place in PLACES])[0]
        since = today - timedelta(days=random.randint(1, 900))
        known = random.expovariate(1 / 420)  # days of interest, from 300 days ago on or from the beginning
        began = max(since, today - timedelta(days=300))
        people.append(
            Person(
                id=f"c{number:06}",
                country=country,
                time_zone=zone,
                since=since,
                orders=random.lognormvariate(-2.5, 0.5),
                basket=random.lognormvariate(3.6, 0.6),
                opens=random.betavariate(5, 3),
                clicks=random.betavariate(2, 6),
                complains=0.01 * random.random() ** 6,
                leaves=began + timedelta(days=FADING + known),
                persuadable=random.betavariate(4, 3),
                mailbox=random.random() > 0.015,
            )
        )
    return people


def moment(random: Random, day: date) -> str:
    """Returns a time of a day."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=random.randrange(86_400))
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
