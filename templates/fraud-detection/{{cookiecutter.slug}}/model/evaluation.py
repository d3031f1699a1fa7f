"""Figures of a score: precision and recall, the cost of a threshold, and the trivial rule beside it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

# Scores have six decimals everywhere, so that a threshold which is one of them means the same to everyone.
DECIMALS = 6
STEP = 10.0**-DECIMALS


@dataclass(frozen=True)
class Costs:
    """What a mistake costs, in the currency of the amounts.

    A missed fraud costs its amount and a fee for the dispute; a false alarm costs the work of looking at it.
    """

    dispute_fee: float
    review: float


def pr_auc(labels: Numbers, scores: Numbers) -> float:
    """Returns the area under the precision-recall curve (average precision); equal scores count as one step.

    >>> pr_auc(np.array([0.0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])).__round__(4)
    0.8333
    """
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(labels[order])
    last_of_equal = np.append(np.diff(scores[order]) != 0, True)
    precision = (found / np.arange(1, len(labels) + 1))[last_of_equal]
    recall = (found / found[-1])[last_of_equal]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def cost(labels: Numbers, amounts: Numbers, flagged: NDArray[np.bool_], costs: Costs) -> float:
    """Returns what the mistakes of these decisions cost."""
    missed = (labels == 1) & ~flagged
    alarms = flagged & (labels == 0)
    return float(amounts[missed].sum() + missed.sum() * costs.dispute_fee + alarms.sum() * costs.review)


def cheapest_threshold(labels: Numbers, amounts: Numbers, scores: Numbers, costs: Costs) -> float:
    """Returns the score from which on flagging costs least; above every score if flagging never pays."""
    order = np.argsort(-scores, kind="stable")
    fraud = labels[order] == 1
    saved = np.where(fraud, amounts[order] + costs.dispute_fee, -costs.review).cumsum()
    last_of_equal = np.append(np.diff(scores[order]) != 0, True)
    saved = np.where(last_of_equal, saved, -np.inf)
    best = int(np.argmax(saved))
    if saved[best] <= 0:
        return float(scores.max() + STEP)
    return float(scores[order][best])


def figures(labels: Numbers, amounts: Numbers, scores: Numbers, threshold: float, costs: Costs) -> dict[str, float]:
    """Returns what a score with a threshold is worth on these transactions."""
    flagged = scores >= threshold
    hits = float((flagged & (labels == 1)).sum())
    return {
        "pr_auc": pr_auc(labels, scores),
        "threshold": threshold,
        "flagged": float(flagged.sum()),
        "precision": hits / float(flagged.sum()) if flagged.any() else 0.0,
        "recall": hits / float(labels.sum()),
        "cost": cost(labels, amounts, flagged, costs),
    }


def curve(labels: Numbers, scores: Numbers, points: int = 40) -> list[tuple[float, float]]:
    """Returns recall and precision as the threshold falls, at so many places of the recall.

    >>> curve(np.array([1.0, 0, 1]), np.array([0.9, 0.8, 0.7]), points=2)
    [(0.5, 1.0), (1.0, 0.6667)]
    """
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(labels[order])
    wanted = np.searchsorted(found, np.linspace(found[-1] / points, found[-1], points))
    return [(round(float(found[i] / found[-1]), 4), round(float(found[i] / (i + 1)), 4)) for i in wanted]


def calibration(labels: Numbers, scores: Numbers) -> list[dict[str, float]]:
    """Returns whether a score is the probability it looks like: the mean score and the share of fraud, by score.

    >>> calibration(np.array([0.0, 1, 1]), np.array([0.001, 0.6, 0.9]))[-1]
    {'from': 0.5, 'transactions': 2, 'mean_score': 0.75, 'fraud_share': 1.0}
    """
    edges = np.array([0.0, 0.01, 0.03, 0.1, 0.25, 0.5])
    place = np.searchsorted(edges, scores, side="right") - 1
    return [
        {
            "from": float(edges[one]),
            "transactions": int((place == one).sum()),
            "mean_score": round(float(scores[place == one].mean()), 4),
            "fraud_share": round(float(labels[place == one].mean()), 4),
        }
        for one in sorted(set(place.tolist()))
    ]
