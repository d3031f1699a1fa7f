"""The classifier: gradient-boosted trees that have learned from known fraud. Its score is a probability."""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb
from channels import Part, TrainingError
from evaluation import DECIMALS, Numbers
from features import NUMBERS, categories, features

FILES = ("fraud.ubj", "fraud.json")
MUST_BEAT_THE_RULE = True
# Tens of thousands of rows take a second; on shared cores more threads spin against each other and take longer.
THREADS = 1


@dataclass(frozen=True)
class Model:
    """The trees, the categories that they know, and how much heavier than an honest payment a fraud was to them."""

    booster: xgb.Booster
    categories: list[str]
    weight: float

    def scores(self, transactions: Sequence[Mapping[str, object]]) -> Numbers:
        """Returns the probability of fraud for each transaction."""
        found = self.booster.predict(_matrix(transactions, self.categories)).astype(np.float64)
        # A weight of w makes the odds of fraud w times too high; without it the score is the probability itself.
        return np.round(found / (found + self.weight * (1 - found)), DECIMALS)

    def save(self, folder: Path) -> None:
        """Writes FILES."""
        self.booster.save_model(folder / FILES[0])
        known = {"categories": self.categories, "weight": self.weight}
        (folder / FILES[1]).write_text(json.dumps(known) + "\n", encoding="utf-8")

    def about(self) -> dict[str, Any]:
        """Returns what a report says of it."""
        return {"trees": self.booster.num_boosted_rounds(), "xgboost": xgb.__version__}


def fit(train: Part, validation: Part, options: argparse.Namespace) -> Model:
    """Returns a classifier that stopped learning when the later stretch got no better."""
    for name, part in (("train", train), ("validation", validation)):
        if not 0 < part.frauds < len(part.rows):
            raise TrainingError(f"The channel {name} needs both frauds and honest transactions.")
    # The square root: the full ratio makes the few frauds of training so heavy that their noise is learned too.
    weight = float(np.sqrt((len(train.rows) - train.frauds) / train.frauds))
    known = categories(train.rows)
    parameters = {
        "objective": "binary:logistic",
        "eval_metric": "aucpr",
        "eta": options.eta,
        "max_depth": options.max_depth,
        "min_child_weight": 4,
        "subsample": 0.8,
        "colsample_bytree": 0.8,
        "scale_pos_weight": weight,
        "tree_method": "hist",
        "nthread": THREADS,
        "seed": options.seed,
    }
    booster = xgb.train(
        parameters,
        _matrix(train.rows, known, train.labels),
        num_boost_round=options.rounds,
        evals=[(_matrix(validation.rows, known, validation.labels), "validation")],
        early_stopping_rounds=30,
        verbose_eval=False,
    )
    return Model(booster[: booster.best_iteration + 1], known, weight)


def load(folder: Path) -> Model:
    """Returns the model that was saved in a folder."""
    booster = xgb.Booster({"nthread": THREADS})
    booster.load_model(folder / FILES[0])
    known = json.loads((folder / FILES[1]).read_text(encoding="utf-8"))
    return Model(booster, known["categories"], known["weight"])


def _matrix(
    transactions: Sequence[Mapping[str, object]], known: Sequence[str], labels: Numbers | None = None
) -> xgb.DMatrix:
    names = [*NUMBERS, *(f"category {name}" for name in known)]
    rows = np.array([features(one, known) for one in transactions]).reshape(len(transactions), len(names))
    return xgb.DMatrix(rows, labels, feature_names=[name.translate(_PLAIN) for name in names], nthread=THREADS)


# Names of features may hold none of these.
_PLAIN = str.maketrans("[]<", "(){")
