"""How good recommendations are: asked of the served model, beside what is popular, over what came later.

Both are asked about the same users, may offer the same items, and know nothing of the time after the moment.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.generate import Row
from data.split import Parts, purchases, wanted

K = 10
DRAWS = 1000  # of the bootstrap
Recommend = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Figures:
    """What a way to recommend is worth.

    Attributes:
        ndcg: hits among the first K, those further up more; 1 is the best order there is.
        recall: share of what was wanted that is among the first K.
        coverage: share of the catalogue that is recommended to anybody.
        novelty: how unlikely what is recommended is to be known already, in bits.
    """

    ndcg: float
    recall: float
    coverage: float
    novelty: float


@dataclass(frozen=True)
class Segment:
    """A group of users, and both ways' NDCG for them."""

    name: str
    users: int
    model: float
    popular: float


@dataclass(frozen=True)
class Evaluation:
    """Both ways side by side."""

    users: int
    model: Figures
    popular: Figures
    difference: tuple[float, float]
    segments: list[Segment]

    @property
    def better(self) -> bool:
        """Whether the model's NDCG beats that of popularity with an interval of 95 % that leaves zero out."""
        return self.difference[0] > 0


def evaluate(parts: Parts, model: Recommend, most: int = 400, seed: int = 1) -> Evaluation:
    """Asks the model about users that came by later, at most so many of them, drawn by a seed."""
    goals = wanted(parts)
    random = np.random.default_rng(seed)
    users = sorted(goals)
    users = [users[place] for place in sorted(random.permutation(len(users))[:most])]
    popular = by_popularity(parts)
    offered = {user: list(model(user))[:K] for user in users}
    usual = {user: popular(user) for user in users}
    gained = np.array([ndcg(offered[user], goals[user]) for user in users])
    base = np.array([ndcg(usual[user], goals[user]) for user in users])
    return Evaluation(
        users=len(users),
        model=_figures(parts, offered, goals, gained),
        popular=_figures(parts, usual, goals, base),
        difference=interval(gained - base, random),
        segments=_segments(parts, users, goals, gained, base),
    )


def by_popularity(parts: Parts) -> Recommend:
    """Returns the trivial way: what is asked for most, without what was bought, is sold out or is for older people."""
    known = {row["item_id"]: row for row in parts.history.items}
    age = {row["user_id"]: int(row["age"] or 0) for row in parts.history.users}
    ranked = [item for item, _ in _counts(parts).most_common() if known[item]["available"] != "no"]
    bought = purchases(parts.history.interactions)

    def recommend(user: str) -> list[str]:
        own, years, found = bought.get(user, set()), age.get(user, 0), []
        for item in ranked:
            if item not in own and int(known[item]["min_age"] or 0) <= years:
                found.append(item)
                if len(found) == K:
                    break
        return found

    return recommend


def ndcg(offered: Sequence[str], goal: set[str]) -> float:
    """Returns the discounted gain of an order over that of the best one.

    >>> ndcg(["a", "b"], {"a"}), round(ndcg(["b", "a"], {"a"}), 4), ndcg(["b"], {"a"})
    (1.0, 0.6309, 0.0)
    """
    gain = sum(1 / math.log2(place + 2) for place, item in enumerate(offered[:K]) if item in goal)
    return gain / sum(1 / math.log2(place + 2) for place in range(min(len(goal), K)))


def interval(differences: NDArray[np.float64], random: np.random.Generator) -> tuple[float, float]:
    """Returns the bootstrap interval of 95 % of a mean over users.

    >>> interval(np.full(50, 0.2), np.random.default_rng(0))
    (0.2, 0.2)
    """
    drawn = random.integers(len(differences), size=(DRAWS, len(differences)))
    low, high = np.percentile(differences[drawn].mean(axis=1), [2.5, 97.5])
    return round(float(low), 6), round(float(high), 6)


def _figures(
    parts: Parts, offered: Mapping[str, Sequence[str]], goals: Mapping[str, set[str]], gained: NDArray[np.float64]
) -> Figures:
    counts = _counts(parts)
    total, catalogue = counts.total(), len(parts.history.items)
    surprise = [-math.log2((counts[item] + 1) / (total + catalogue)) for items in offered.values() for item in items]
    hit = [len(set(items) & goals[user]) / len(goals[user]) for user, items in offered.items()]
    covered = {item for items in offered.values() for item in items}
    return Figures(float(gained.mean()), float(np.mean(hit)), len(covered) / catalogue, float(np.mean(surprise or [0])))


def _segments(
    parts: Parts,
    users: Sequence[str],
    goals: Mapping[str, set[str]],
    gained: NDArray[np.float64],
    base: NDArray[np.float64],
) -> list[Segment]:
    events = Counter(row["user_id"] for row in parts.history.interactions)
    seen = {row["item_id"] for row in parts.history.interactions}
    count = np.array([events[user] for user in users])
    new = np.array([bool(goals[user] - seen) for user in users])
    groups = {
        "never seen before": count == 0,
        "1 to 10 events": (count > 0) & (count <= 10),
        "11 to 50 events": (count > 10) & (count <= 50),
        "more than 50 events": count > 50,
        "took up an item nobody had touched": new,
    }
    return [
        Segment(name, int(mask.sum()), float(gained[mask].mean()), float(base[mask].mean()))
        for name, mask in groups.items()
        if mask.any()
    ]


def _counts(parts: Parts) -> Counter[str]:
    known = {row["item_id"] for row in parts.history.items}
    people = {row["user_id"] for row in parts.history.users}
    return Counter(
        _item(row) for row in parts.history.interactions if row["item_id"] in known and row["user_id"] in people
    )


def _item(row: Row) -> str:
    return row["item_id"]
