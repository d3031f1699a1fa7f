"""Figures of a score: precision and recall at a threshold, and over all of them."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Labels = NDArray[np.bool_]


def pr_auc(faulty: Labels, scores: Numbers) -> float:
    """Returns the area under the precision-recall curve (average precision); equal scores count as one step.

    >>> pr_auc(np.array([False, False, True, True]), np.array([0.1, 0.4, 0.35, 0.8])).__round__(4)
    0.8333
    """
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(faulty[order])
    last_of_equal = np.append(np.diff(scores[order]) != 0, True)
    precision = (found / np.arange(1, len(faulty) + 1))[last_of_equal]
    recall = (found / found[-1])[last_of_equal]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def best_threshold(faulty: Labels, scores: Numbers) -> float:
    """Returns the score from which on an alarm is right most often for what it finds (the best F1)."""
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(faulty[order])
    harmonic = 2 * found / (np.arange(1, len(faulty) + 1) + faulty.sum())
    harmonic = np.where(np.append(np.diff(scores[order]) != 0, True), harmonic, 0)
    return float(scores[order][int(np.argmax(harmonic))])


def figures(faulty: Labels, scores: Numbers, threshold: float) -> dict[str, float]:
    """Returns what a score with a threshold is worth on these readings."""
    flagged = scores >= threshold
    hits = float((flagged & faulty).sum())
    return {
        "pr_auc": pr_auc(faulty, scores),
        "threshold": threshold,
        "flagged": float(flagged.sum()),
        "precision": hits / float(flagged.sum()) if flagged.any() else 0.0,
        "recall": hits / float(faulty.sum()),
    }
