"""Segments: customers who buy alike, found by clustering and named by what they have in common."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from value import History

WITHOUT = "no purchase yet"
NAMES = ("regular", "worth winning back", "now and then", "drifted away")


def segments(rows: Sequence[History]) -> list[str]:
    """Returns the segment of each customer who has bought something.

    Four groups by recency, number and sum of purchases: the one that bought last is regular, the one that has been away
    longest has drifted away, and of the two between, the one that spent more is worth winning back.
    """
    from sklearn.cluster import KMeans
    from sklearn.preprocessing import StandardScaler

    if len(rows) < 4:
        return [NAMES[2]] * len(rows)
    known = np.log1p(np.array([[row.recency, row.purchases, row.spent] for row in rows], dtype=float))
    found = KMeans(4, n_init=4, random_state=1).fit_predict(StandardScaler().fit_transform(known))
    names = _names(known, found)
    return [names[group] for group in found]


def _names(known: Any, found: Any) -> dict[int, str]:
    middle = {int(group): known[found == group].mean(axis=0) for group in np.unique(found)}
    first, *between, last = sorted(middle, key=lambda group: float(middle[group][0]))
    between.sort(key=lambda group: -float(middle[group][2]))
    return dict(zip((first, *between, last), NAMES, strict=True))
