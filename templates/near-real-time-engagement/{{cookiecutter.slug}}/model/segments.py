"""Groups of customers who are alike in what they buy and read: k-means on numbers of one scale.

A group is named by its place: `valuable` spends more than the middle of all groups, `casual` less; `reading` opens
more than the middle, `silent` less. With the risk this is the name of a segment, such as `at-risk-valuable-reading`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from columns import FEATURES
from evaluation import Numbers

_USED = tuple(
    FEATURES.index(name) for name in ("days_since_order", "orders_90", "spend_90", "open_rate_90", "opens_90")
)
_OPENS, _SPEND = FEATURES.index("opens_90"), FEATURES.index("spend_90")
_CHOICES = range(3, 7)


@dataclass(frozen=True)
class Groups:
    """Centres of groups on the scale of the training data, and their names."""

    mean: Numbers
    spread: Numbers
    centres: Numbers
    names: list[str]

    def of(self, matrix: Numbers) -> list[str]:
        """Returns the name of the group of each row of FEATURES."""
        return [self.names[number] for number in nearest(_scaled(matrix, self.mean, self.spread), self.centres)]

    def written(self) -> dict[str, Any]:
        """Returns what `read` makes the groups of again."""
        arrays = {"mean": self.mean, "spread": self.spread, "centres": self.centres}
        return {**{name: value.tolist() for name, value in arrays.items()}, "names": self.names}


def read(written: dict[str, Any]) -> Groups:
    """Returns the groups that were written down."""
    mean, spread, centres = (np.array(written[name]) for name in ("mean", "spread", "centres"))
    return Groups(mean, spread, centres, list(written["names"]))


def find(matrix: Numbers, seed: int) -> Groups:
    """Returns groups, as many as make the clearest ones by the mean silhouette of a sample."""
    random = np.random.default_rng(seed)
    logged = np.log1p(matrix[:, _USED])
    mean, spread = logged.mean(axis=0), logged.std(axis=0) + 1e-9
    points = _scaled(matrix, mean, spread)
    sample = points[random.choice(len(points), min(len(points), 600), replace=False)]
    tried = {count: _lloyd(points, count, random) for count in _CHOICES if count < len(points)}
    best = max(tried, key=lambda count: silhouette(sample, nearest(sample, tried[count])))
    centres = tried[best]
    place = nearest(points, centres)
    means = np.array([matrix[place == number].mean(axis=0) for number in range(best)])
    middle = np.median(means, axis=0)
    names = [
        f"{'valuable' if row[_SPEND] >= middle[_SPEND] else 'casual'}-"
        f"{'reading' if row[_OPENS] >= middle[_OPENS] else 'silent'}"
        for row in means
    ]
    return Groups(mean, spread, centres, names)


def nearest(points: Numbers, centres: Numbers) -> Any:
    """Returns the number of the nearest centre of each point."""
    return ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2).argmin(axis=1)


def silhouette(points: Numbers, place: Any) -> float:
    """Returns how much nearer points are to their own group than to the next, from -1 to 1.

    >>> points = np.array([[0.0], [0.1], [5.0], [5.1]])
    >>> silhouette(points, np.array([0, 0, 1, 1])) > 0.9 > silhouette(points, np.array([0, 1, 0, 1]))
    True
    """
    if len(set(place.tolist())) < 2:
        return -1.0
    far = np.sqrt(((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2))
    groups = sorted(set(place.tolist()))
    mean = np.array([far[:, place == one].mean(axis=1) for one in groups])
    own = mean[[groups.index(one) for one in place.tolist()], np.arange(len(points))]
    others = np.array([[mean[k, n] if groups[k] != place[n] else np.inf for k in range(len(groups))]
                       for n in range(len(points))]).min(axis=1)  # fmt: skip
    return float(((others - own) / np.maximum(np.maximum(others, own), 1e-9)).mean())


def _scaled(matrix: Numbers, mean: Numbers, spread: Numbers) -> Numbers:
    found: Numbers = (np.log1p(matrix[:, _USED]) - mean) / spread
    return found


def _lloyd(points: Numbers, count: int, random: np.random.Generator) -> Numbers:
    centres = points[random.choice(len(points), count, replace=False)]
    for _ in range(50):
        place = nearest(points, centres)
        moved = np.array(
            [points[place == one].mean(axis=0) if (place == one).any() else centres[one] for one in range(count)]
        )
        if np.allclose(moved, centres):
            break
        centres = moved
    return centres
