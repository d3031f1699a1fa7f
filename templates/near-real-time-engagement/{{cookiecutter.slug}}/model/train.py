"""Trains the churn model: the same file on SageMaker (script mode) and on a laptop.

Three stretches of time come in as channels. The model learns from `train`; `validation`, which is later, says whether a
try is good enough, and calibrates it; `test`, later still, is only looked at for the figures that are reported. Tries
go on, from the simplest model to less simple ones, until one is good enough by two measures on `validation`: the tenth
with the highest scores churns so many times more often than everyone, and the scores are as far from what happened at
most. If none is, the best one is taken, and the report says so.
"""

import argparse
import csv
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import segments
import xgboost as xgb
from columns import COLUMNS, FEATURES
from evaluation import Numbers, calibration, figures

# Served by the very code it was trained with.
SERVING_CODE = ("inference.py", "columns.py", "segments.py", "evaluation.py")
TRIES = (
    {"max_depth": 1, "eta": 0.1, "rounds": 40},
    {"max_depth": 2, "eta": 0.1, "rounds": 80},
    {"max_depth": 3, "eta": 0.1, "rounds": 150},
    {"max_depth": 4, "eta": 0.05, "rounds": 300},
)
THREADS = 1


class TrainingError(Exception):
    """Training that cannot give a useful model; the message says why."""


@dataclass(frozen=True)
class Part:
    """The customers of one channel as numbers."""

    matrix: Numbers
    labels: Numbers


def load(folder: Path) -> Part:
    """Returns the rows of all files of a channel, which have the COLUMNS and no header."""
    rows: list[list[str]] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open(newline="", encoding="utf-8") as file:
            rows.extend(csv.reader(file))
    if not rows:
        raise TrainingError(f"{folder} has no customers.")
    if any(len(row) != len(COLUMNS) for row in rows):
        raise TrainingError(f"{folder} must have the columns {', '.join(COLUMNS)}.")
    labels = np.array([float(row[1]) for row in rows])
    if not 0 < labels.sum() < len(labels):
        raise TrainingError(f"{folder} needs both customers who churned and customers who stayed.")
    return Part(np.array([[float(value) for value in row[2:]] for row in rows]), labels)


def fit(train: Part, shape: dict[str, float], seed: int) -> xgb.Booster:
    """Returns one try."""
    parameters = {
        "objective": "binary:logistic",
        "max_depth": shape["max_depth"],
        "eta": shape["eta"],
        "min_child_weight": 5,
        "subsample": 0.8,
        "tree_method": "hist",
        "nthread": THREADS,
        "seed": seed,
    }
    return xgb.train(parameters, _matrix(train), num_boost_round=int(shape["rounds"]))


def scores(booster: xgb.Booster, part: Part) -> Numbers:
    """Returns how likely each customer is to churn, by the model."""
    found: Numbers = booster.predict(_matrix(part)).astype(np.float64)
    return np.round(found, 6)


def _matrix(part: Part) -> xgb.DMatrix:
    return xgb.DMatrix(part.matrix, part.labels, feature_names=list(FEATURES), nthread=THREADS)


def choose(
    train: Part, validation: Part, options: argparse.Namespace
) -> tuple[xgb.Booster, list[dict[str, Any]], bool]:
    """Returns the first try that is good enough, or the best; what was tried; and whether it is good enough."""
    tried: list[dict[str, Any]] = []
    best: tuple[float, xgb.Booster] | None = None
    for number, shape in enumerate(TRIES, 1):
        booster = fit(train, shape, options.seed)
        found = figures(validation.labels, scores(booster, validation))
        good = found["lift"] >= options.lift and found["calibration_error"] <= options.calibration_error
        tried.append({**shape, **found, "good_enough": good})
        print(f"try {number}: lift {found['lift']:.2f}, calibration error {found['calibration_error']:.3f}")
        if good:
            return booster, tried, True
        if best is None or found["pr_auc"] > best[0]:
            best = found["pr_auc"], booster
    assert best
    return best[1], tried, False


def main(arguments: list[str] | None = None) -> int:
    """Trains, judges and saves; refuses to save a model that the trivial rule beats."""
    options = parse(arguments)
    try:
        train, validation, test = load(options.train), load(options.validation), load(options.test)
        booster, tried, good = choose(train, validation, options)
        model = figures(test.labels, scores(booster, test))
        # The rule that everyone can write: who has not ordered for long is about to go.
        rule = figures(test.labels, test.matrix[:, FEATURES.index("days_since_order")] / 90)
        print(f"model_lift={model['lift']:.4f}; model_pr_auc={model['pr_auc']:.4f};")
        print(f"model_calibration_error={model['calibration_error']:.4f}; rule_pr_auc={rule['pr_auc']:.4f};")
        if model["pr_auc"] <= rule["pr_auc"]:
            raise TrainingError(
                f"The model ({model['pr_auc']:.3f}) is no better than the days since the last order"
                f" ({rule['pr_auc']:.3f})."
            )
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    threshold = float(np.quantile(scores(booster, validation), 1 - options.at_risk))
    report = {
        "model": model,
        "rule": {name: rule[name] for name in ("pr_auc", "lift")},
        "tries": tried,
        "good_enough": good,
        "wanted": {"lift": options.lift, "calibration_error": options.calibration_error},
        "calibration": calibration(test.labels, scores(booster, test)),
        "threshold": threshold,
        "test": {"customers": len(test.labels), "churned": int(test.labels.sum())},
        "reference": reference(train),
        "xgboost": xgb.__version__,
    }
    save(booster, segments.find(train.matrix, options.seed), report, options.model_dir)
    return 0


def reference(train: Part) -> dict[str, dict[str, list[float]]]:
    """Returns the bins of each feature in training and how many customers each has, for src/engage/drift.py."""
    found = {}
    for place, name in enumerate(FEATURES):
        values = train.matrix[:, place]
        edges = np.unique(np.quantile(values, np.linspace(0.1, 0.9, 9)))
        counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
        found[name] = {"edges": edges.tolist(), "shares": (counts / len(values)).tolist()}
    return found


def save(booster: xgb.Booster, groups: segments.Groups, report: dict[str, Any], folder: Path) -> None:
    """Writes the model and what belongs to it: groups, threshold, figures, and the code that serves it."""
    code = folder / "code"
    code.mkdir(parents=True, exist_ok=True)
    for name in SERVING_CODE:
        shutil.copyfile(Path(__file__).with_name(name), code / name)
    booster.save_model(folder / "model.ubj")
    (folder / "groups.json").write_text(json.dumps(groups.written()) + "\n", encoding="utf-8")
    (folder / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Returns the hyperparameters, and the folders that SageMaker names in the environment."""
    parser = argparse.ArgumentParser(description=__doc__)
    for channel in ("train", "validation", "test"):
        default = os.environ.get(f"SM_CHANNEL_{channel.upper()}")
        parser.add_argument(f"--{channel}", type=Path, default=default, required=default is None)
    model_folder = os.environ.get("SM_MODEL_DIR")
    parser.add_argument("--model-dir", type=Path, default=model_folder, required=model_folder is None)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--lift", type=float, default=2.0, help="that is good enough")
    parser.add_argument("--calibration-error", type=float, default=0.06, help="that is good enough")
    parser.add_argument("--at-risk", type=float, default=0.5, help="share of the customers that is called at risk")
    options, _ = parser.parse_known_args(arguments)  # SageMaker adds hyperparameters of its own
    return options


if __name__ == "__main__":
    sys.exit(main())
