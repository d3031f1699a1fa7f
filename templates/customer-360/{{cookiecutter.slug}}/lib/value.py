"""Will a customer come back within 90 days, and what will they spend: learned from the past, judged on what came later.

Both models stand beside a trivial rule: that who bought last comes back first, and that one spends what one spent.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

DAYS = 90


class History(NamedTuple):
    """What a customer bought before a day, and within 90 days after it (0 where that is not known yet)."""

    customer_id: str
    purchases: int
    spent: float
    recency: int  # days since the last purchase
    tenure: int  # days since the first one
    lately: float  # spent in the last 90 days
    later: float  # spent in the next 90 days


def features(rows: Sequence[History]) -> Any:
    """Returns a row of numbers for each customer."""
    found = []
    for row in rows:
        # Days between two purchases; of one who has bought once, a month that is not over.
        gap = (row.tenure - row.recency + 30) / row.purchases
        away = np.log1p(row.recency / gap)  # how long they have been away, measured by how often they used to come
        once = np.log1p(row.spent / row.purchases)
        found.append([np.log1p(row.purchases), np.log1p(row.recency), np.log(gap), away, once, np.log1p(row.lately)])
    return np.array(found)


class Models(NamedTuple):
    """What has been learned: whether they return, and the spending of those who do."""

    returns: Any
    spending: Any

    def predict(self, rows: Sequence[History]) -> tuple[Any, Any]:
        """Returns for each customer the probability to return, and the spending to be expected."""
        found = features(rows)
        returns = self.returns.predict_proba(found)[:, 1]
        return returns, returns * np.expm1(self.spending.predict(found).clip(0, 12))


def learn(rows: Sequence[History]) -> Models:
    """Returns models learned from histories whose next 90 days are known."""
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    known, later = features(rows), np.array([row.later for row in rows])
    returns = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(known, later > 0)
    came = later > 0
    spending = make_pipeline(StandardScaler(), Ridge()).fit(known[came], np.log1p(later[came]))
    # The mean of logarithms lies below the logarithm of the mean: put right by what the past shows.
    model = Models(returns, spending)
    expected = model.predict(rows)[1].sum()
    spending.steps[-1][1].intercept_ += np.log(max(later.sum(), 1) / max(expected, 1))
    return model


def judge(model: Models, rows: Sequence[History]) -> dict[str, float]:
    """Returns how well the models do on later histories, and how well the trivial rules do."""
    from sklearn.metrics import roc_auc_score

    later = np.array([row.later for row in rows])
    returns, value = model.predict(rows)
    lately = np.array([row.lately for row in rows])
    # Rounded: sums in another order differ in their last digits, and a second refresh is to change nothing.
    figures = {
        "returned": float((later > 0).mean()),
        "auc": float(roc_auc_score(later > 0, returns)),
        "auc_rule": float(roc_auc_score(later > 0, [-row.recency for row in rows])),
        "error": float(np.abs(value - later).mean()),
        "error_rule": float(np.abs(lately - later).mean()),
        "expected": float(value.sum()),
        "spent": float(later.sum()),
    }
    return {"customers": len(rows), **{name: round(figure, 4) for name, figure in figures.items()}}
