"""A made-up shop: a catalogue, people with tastes, seasons, and half a year of what they looked at and bought.

The same seed gives the same shop. Tastes overlap and popular items are popular with everyone, so that recommending
what sells best is a fair opponent. The log is as logs are: some events come twice, some late, some of items that are
gone, some of robots, some from a clock that is wrong.
"""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.random import Generator

Row = dict[str, str]

START, DAYS = datetime(2026, 3, 1, tzinfo=UTC), 180
CATEGORIES = ("books", "camping", "coffee", "cycling", "games", "garden", "kitchen", "music", "running", "skiing",
              "toys", "wine")  # fmt: skip
AGE_LIMITS = {"wine": 18, "games": 16}
STYLES = 4
NEW_SHARE = 0.15  # of the catalogue appears in the last quarter of the time
TWICE, VANISHED, WRONG_CLOCK, ROBOTS, ROBOT_EVENTS = 0.01, 0.01, 0.002, 3, 700


@dataclass
class Shop:
    """The three files."""

    interactions: list[Row] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)
    users: list[Row] = field(default_factory=list)


def generate(users: int = 900, items: int = 600, sessions: int = 9_000, seed: int = 7) -> Shop:
    """Returns a shop; events stand in the order in which they arrived, which is not quite that of time."""
    random = np.random.default_rng(seed)
    catalogue = _Catalogue(random, items)
    people = _People(random, users)
    events = list(_sessions(random, catalogue, people, sessions))
    events.sort(key=lambda row: row["event_time"])
    for number, row in enumerate(events):
        row["event_id"] = f"e{number:08}"
    return Shop(_as_logged(random, events, catalogue), catalogue.rows(), people.rows())


class _Catalogue:
    """Items: their category, style, price, how much they are liked, and when they appear."""

    def __init__(self, random: Generator, count: int) -> None:
        self.ids = [f"i{number:05}" for number in range(count)]
        self.category = random.integers(len(CATEGORIES), size=count)
        self.style = random.integers(STYLES, size=count)
        self.liked = random.lognormal(0, 1.1, size=count)
        self.price = np.round(random.lognormal(3.2, 0.8, size=count), 2)
        late = random.random(count) < NEW_SHARE
        self.day = np.where(late, random.integers(int(DAYS * 0.75), DAYS - 5, size=count), 0)
        self.available = random.random(count) > 0.04

    def rows(self) -> list[Row]:
        return [
            {
                "item_id": self.ids[number],
                "category": CATEGORIES[self.category[number]],
                "price": f"{self.price[number]:.2f}",
                "min_age": str(AGE_LIMITS.get(CATEGORIES[self.category[number]], 0)),
                "available": "yes" if self.available[number] else "no",
                "added_on": (START + timedelta(days=int(self.day[number]))).strftime("%Y-%m-%d"),
            }
            for number in range(len(self.ids))
        ]


class _People:
    """Users: their age, their tastes for categories and styles, and how often they come."""

    def __init__(self, random: Generator, count: int) -> None:
        self.ids = [f"u{number:05}" for number in range(count)]
        self.age = random.integers(13, 80, size=count)
        self.taste = random.dirichlet(np.full(len(CATEGORIES), 0.25), size=count)
        self.style = random.dirichlet(np.full(STYLES, 0.4), size=count)
        self.often = random.lognormal(0, 1.0, size=count)
        # Some come for the first time late, and of them little is known.
        self.first = np.where(random.random(count) < 0.2, random.integers(0, DAYS, size=count), 0)

    def rows(self) -> list[Row]:
        return [{"user_id": id, "age": str(age)} for id, age in zip(self.ids, self.age, strict=True)]


def _season(category: int, day: int) -> float:
    """How much a category is asked for on a day: each has its own month."""
    return 1 + 0.6 * math.cos(2 * math.pi * (day / 365 - category / len(CATEGORIES)))


def _sessions(random: Generator, catalogue: _Catalogue, people: _People, count: int) -> list[Row]:
    owned: dict[int, set[int]] = {}
    found: list[Row] = []
    share = people.often / people.often.sum()
    for user in random.choice(len(people.ids), size=count, p=share):
        day = int(random.integers(people.first[user], DAYS))
        season = np.array([_season(category, day) for category in range(len(CATEGORIES))])
        minor = np.array([AGE_LIMITS.get(name, 0) <= people.age[user] for name in CATEGORIES])
        wanted = people.taste[user] * season * minor + 0.004
        category = random.choice(len(CATEGORIES), p=wanted / wanted.sum())
        weight = catalogue.liked * people.style[user][catalogue.style] * (catalogue.day <= day)
        weight = weight * np.where(catalogue.category == category, 1.0, 0.01)
        moment = START + timedelta(days=day, seconds=int(random.integers(8 * 3600, 23 * 3600)))
        size = min(int(1 + random.poisson(2.5)), int((weight > 0).sum()))
        for item in random.choice(len(weight), size=size, replace=False, p=weight / weight.sum()):
            bought = owned.setdefault(int(user), set())
            for kind in _funnel(random, int(item) in bought):
                moment += timedelta(seconds=int(random.integers(5, 240)))
                found.append(_event(people.ids[user], catalogue.ids[item], kind, moment))
                if kind == "purchase":
                    bought.add(int(item))
    return found


def _funnel(random: Generator, owned: bool) -> list[str]:
    if owned or random.random() > 0.35:
        return ["view"]
    return ["view", "cart", "purchase"] if random.random() < 0.6 else ["view", "cart"]


def _event(user: str, item: str, kind: str, moment: datetime) -> Row:
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"event_id": "", "user_id": user, "item_id": item, "event_type": kind, "event_time": stamp}


def _as_logged(random: Generator, events: list[Row], catalogue: _Catalogue) -> list[Row]:
    """Returns events as a log has them, with everything that cleaning has to take out again."""
    logged = list(events)
    logged += [dict(events[place]) for place in random.integers(len(events), size=int(TWICE * len(events)))]
    for number, place in enumerate(random.integers(len(events), size=int(VANISHED * len(events)))):
        logged.append(events[place] | {"event_id": f"v{number:06}", "item_id": f"gone{number % 40:03}"})
    for number, place in enumerate(random.integers(len(events), size=int(WRONG_CLOCK * len(events)))):
        logged.append(
            events[place] | {"event_id": f"w{number:06}", "event_time": f"2099{events[place]['event_time'][4:]}"}
        )
    for robot in range(ROBOTS):
        moment = START + timedelta(days=30 + 40 * robot)
        for number in range(ROBOT_EVENTS):
            item = catalogue.ids[int(random.integers(len(catalogue.ids)))]
            row = _event(f"robot{robot}", item, "view", moment + timedelta(seconds=7 * number))
            logged.append(row | {"event_id": f"r{robot}{number:06}"})
    # Late arrivals: an event may come after others that happened up to an hour later.
    late = random.exponential(0.02, size=len(logged))
    return [
        logged[place] for place in sorted(range(len(logged)), key=lambda one: (logged[one]["event_time"], late[one]))
    ]
