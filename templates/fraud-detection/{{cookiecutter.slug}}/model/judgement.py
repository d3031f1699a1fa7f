"""The report that goes with a model: its threshold, and what it is worth on transactions that it has not seen."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

import numpy as np
from channels import Part, TrainingError
from evaluation import Costs, Numbers, calibration, cheapest_threshold, cost, curve, figures

# With fewer known frauds than this, a threshold that was chosen by their cost would be chance.
LEAST_FRAUDS = 20


class Scores(Protocol):
    """A model, as far as it is judged."""

    def scores(self, transactions: Sequence[Mapping[str, object]]) -> Numbers:
        """Returns a score for each transaction; the higher, the more suspicious."""


def judge(model: Scores, validation: Part, test: Part, costs: Costs) -> dict[str, Any]:
    """Returns the threshold, chosen on `validation`, and the figures on `test`, those of the trivial rule beside them.

    Where too few frauds are known to choose by cost, the threshold is that of the algorithm's documentation: the mean
    score and three standard deviations. Where `test` knows no fraud there are no figures.
    """
    seen = model.scores(validation.rows)
    by_cost = validation.frauds >= LEAST_FRAUDS
    if by_cost:
        threshold = cheapest_threshold(validation.labels, validation.amounts, seen, costs)
    else:
        threshold = round(float(seen.mean() + 3 * seen.std()), 6)
    found = model.scores(test.rows)
    if not np.isfinite(found).all():
        raise TrainingError("The model gives no score to some transactions.")
    return {
        "threshold": threshold,
        "threshold_by": "cost" if by_cost else "mean and three standard deviations",
        **_figures(found, threshold, validation, test, costs),
        "costs": asdict(costs),
        "test": {"transactions": len(test.rows), "frauds": test.frauds, "flagged": int((found >= threshold).sum())},
        "reference": _reference(seen),
    }


def _figures(found: Numbers, threshold: float, validation: Part, test: Part, costs: Costs) -> dict[str, Any]:
    if test.frauds == 0:
        return {"model": None, "amount_rule": None, "cost_without_any_check": None, "curve": [], "calibration": []}
    known = validation if validation.frauds else test
    rule_threshold = cheapest_threshold(known.labels, known.amounts, known.amounts, costs)
    nothing = np.zeros(len(test.labels), dtype=bool)
    return {
        "model": figures(test.labels, test.amounts, found, threshold, costs),
        "amount_rule": figures(test.labels, test.amounts, test.amounts, rule_threshold, costs),
        "cost_without_any_check": cost(test.labels, test.amounts, nothing, costs),
        "curve": curve(test.labels, found),
        "rule_curve": curve(test.labels, test.amounts),
        "calibration": calibration(test.labels, found) if found.min() >= 0 and found.max() <= 1 else [],
    }


def _reference(scores: Numbers) -> dict[str, Any]:
    """Returns how the scores were spread when the model was made: what drift is measured against."""
    edges = sorted({float(edge) for edge in np.quantile(scores, np.arange(0.1, 1.0, 0.1))})
    counts = np.bincount(np.searchsorted(edges, scores, side="right"), minlength=len(edges) + 1)
    return {"edges": edges, "shares": [round(float(share), 6) for share in counts / len(scores)]}
