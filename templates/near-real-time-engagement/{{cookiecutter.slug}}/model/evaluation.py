"""Figures of a churn score: how well it orders, how well it says how likely, and the trivial rule beside it."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


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


def lift(labels: Numbers, scores: Numbers, share: float = 0.1) -> float:
    """Returns how many times more often the highest share churns than everyone.

    >>> lift(np.array([1.0, 0, 0, 0, 1, 0, 0, 0, 0, 0]), np.arange(10, 0, -1.0), 0.1)
    5.0
    """
    count = max(1, round(len(scores) * share))
    highest = labels[np.argsort(-scores, kind="stable")[:count]]
    return float(highest.mean() / labels.mean())


def calibration(labels: Numbers, scores: Numbers, bins: int = 10) -> list[dict[str, float]]:
    """Returns for each tenth of the customers, by score, how many churned beside how many were said to."""
    parts = np.array_split(np.argsort(scores, kind="stable"), bins)
    return [
        {"said": float(scores[part].mean()), "was": float(labels[part].mean()), "customers": float(len(part))}
        for part in parts
        if len(part)
    ]


def calibration_error(labels: Numbers, scores: Numbers) -> float:
    """Returns the mean distance between what was said and what was, over the tenths."""
    found = calibration(labels, scores)
    total = sum(part["customers"] for part in found)
    return sum(abs(part["said"] - part["was"]) * part["customers"] for part in found) / total


def figures(labels: Numbers, scores: Numbers) -> dict[str, float]:
    """Returns what a score is worth on these customers."""
    return {
        "pr_auc": pr_auc(labels, scores),
        "lift": lift(labels, scores),
        "calibration_error": calibration_error(labels, scores),
    }
