"""Trains the fraud model: the same file on SageMaker (script mode) and on a laptop.

Three stretches of time come in as channels. The model learns from `train`; `validation`, which is later, stops it in
time and gives the threshold; `test`, later still, is only looked at for the figures that are reported.
"""

import argparse
import csv
import json
import os
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xgboost as xgb
from evaluation import DECIMALS, Costs, Numbers, cheapest_threshold, cost, figures
from features import NAMES, features

# Served by the very code it was trained with: a later change of the features cannot meet an older model.
SERVING_CODE = ("inference.py", "features.py")

# Tens of thousands of rows take a second; on shared cores more threads spin against each other and take longer.
THREADS = 1


class TrainingError(Exception):
    """Training that cannot give a useful model; the message says why."""


@dataclass(frozen=True)
class Part:
    """The transactions of one channel as numbers."""

    matrix: Numbers
    labels: Numbers
    amounts: Numbers


def load(folder: Path) -> Part:
    """Returns the transactions of all CSV files of a channel."""
    rows: list[dict[str, str]] = []
    for path in sorted(folder.rglob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            rows.extend(csv.DictReader(file))
    if not rows:
        raise TrainingError(f"{folder} has no transactions; the channel must hold CSV files.")
    labels = np.array([float(row["is_fraud"]) for row in rows])
    if not 0 < labels.sum() < len(labels):
        raise TrainingError(f"{folder} needs both frauds and honest transactions.")
    return Part(np.array([features(row) for row in rows]), labels, np.array([float(row["amount"]) for row in rows]))


def fit(train: Part, validation: Part, options: argparse.Namespace) -> xgb.Booster:
    """Returns a classifier that stopped learning when the later stretch got no better."""
    imbalance = (len(train.labels) - train.labels.sum()) / train.labels.sum()
    parameters = {
        "objective": "binary:logistic",
        "eval_metric": "aucpr",
        "eta": options.eta,
        "max_depth": options.max_depth,
        "min_child_weight": 4,
        "subsample": 0.8,
        "colsample_bytree": 0.8,
        # The square root: the full ratio makes the few frauds of training so heavy that their noise is learned too.
        "scale_pos_weight": float(np.sqrt(imbalance)),
        "tree_method": "hist",
        "nthread": THREADS,
        "seed": options.seed,
    }
    return xgb.train(
        parameters,
        _matrix(train),
        num_boost_round=options.rounds,
        evals=[(_matrix(validation), "validation")],
        early_stopping_rounds=30,
        verbose_eval=False,
    )


def scores(booster: xgb.Booster, part: Part) -> Numbers:
    """Returns the score of each transaction, between 0 and 1."""
    found = booster.predict(_matrix(part), iteration_range=(0, booster.best_iteration + 1)).astype(np.float64)
    return np.round(found, DECIMALS)


def _matrix(part: Part) -> xgb.DMatrix:
    return xgb.DMatrix(part.matrix, part.labels, feature_names=list(NAMES), nthread=THREADS)


def evaluate(booster: xgb.Booster, validation: Part, test: Part, costs: Costs) -> dict[str, object]:
    """Returns the figures of the model and of the trivial rule, both with a threshold chosen on `validation`."""
    model_threshold = cheapest_threshold(validation.labels, validation.amounts, scores(booster, validation), costs)
    rule_threshold = cheapest_threshold(validation.labels, validation.amounts, validation.amounts, costs)
    nothing = np.zeros(len(test.labels), dtype=bool)
    return {
        "threshold": model_threshold,
        "model": figures(test.labels, test.amounts, scores(booster, test), model_threshold, costs),
        "amount_rule": figures(test.labels, test.amounts, test.amounts, rule_threshold, costs),
        "cost_without_any_check": cost(test.labels, test.amounts, nothing, costs),
        "costs": asdict(costs),
        "test": {"transactions": len(test.labels), "frauds": int(test.labels.sum())},
        "trees": booster.best_iteration + 1,
        "xgboost": xgb.__version__,
    }


def save(booster: xgb.Booster, report: dict[str, object], folder: Path) -> None:
    """Writes the model and what belongs to it: threshold, figures, and the code that serves it."""
    code = folder / "code"
    code.mkdir(parents=True, exist_ok=True)
    for name in SERVING_CODE:
        shutil.copyfile(Path(__file__).with_name(name), code / name)
    booster[: booster.best_iteration + 1].save_model(folder / "model.ubj")
    (folder / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Returns the hyperparameters, and the folders that SageMaker names in the environment."""
    parser = argparse.ArgumentParser(description=__doc__)
    for channel in ("train", "validation", "test"):
        default = os.environ.get(f"SM_CHANNEL_{channel.upper()}")
        parser.add_argument(f"--{channel}", type=Path, default=default, required=default is None)
    model_folder = os.environ.get("SM_MODEL_DIR")
    parser.add_argument("--model-dir", type=Path, default=model_folder, required=model_folder is None)
    parser.add_argument("--eta", type=float, default=0.08)
    parser.add_argument("--max-depth", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--dispute-fee", type=float, default=20.0, help="of a missed fraud, on top of its amount")
    parser.add_argument("--review-cost", type=float, default=8.0, help="of a false alarm")
    options, _ = parser.parse_known_args(arguments)  # SageMaker adds hyperparameters of its own
    return options


def main(arguments: list[str] | None = None) -> int:
    """Trains, judges and saves; refuses to save a model that the trivial rule beats."""
    options = parse(arguments)
    costs = Costs(dispute_fee=options.dispute_fee, review=options.review_cost)
    try:
        train, validation, test = load(options.train), load(options.validation), load(options.test)
        booster = fit(train, validation, options)
        report = evaluate(booster, validation, test, costs)
        model, rule = report["model"], report["amount_rule"]
        assert isinstance(model, dict)
        assert isinstance(rule, dict)
        # SageMaker reads its metrics from these lines; infra/train.asl.json has the patterns.
        print(f"model_pr_auc={model['pr_auc']:.4f}; model_cost={model['cost']:.2f};")
        print(f"amount_rule_pr_auc={rule['pr_auc']:.4f}; amount_rule_cost={rule['cost']:.2f};")
        if model["pr_auc"] <= rule["pr_auc"]:
            raise TrainingError(
                f"The model ({model['pr_auc']:.3f}) is no better than a threshold on the amount ({rule['pr_auc']:.3f})."
            )
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    save(booster, report, options.model_dir)
    return 0


if __name__ == "__main__":
    sys.exit(main())
