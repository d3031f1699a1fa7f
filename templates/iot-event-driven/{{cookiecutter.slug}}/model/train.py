"""Trains what is normal of the machines: the same file on SageMaker (script mode) and on a laptop.

Three stretches of time come in as channels. The model learns from all of `train`, faults or not, without being told
which: what is normal is what is frequent. `validation`, which is later, gives the threshold by the faults that
maintenance has confirmed; `test`, later still, is only looked at for the figures that are reported.
"""

import argparse
import csv
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xgboost as xgb
from evaluation import Labels, Numbers, best_threshold, figures, pr_auc
from features import names, row
from inference import Model, deviations

# Served by the very code it was trained with: a later change cannot meet an older model.
SERVING_CODE = ("inference.py", "features.py")
THREADS = 1  # on shared cores more threads spin against each other and take longer


class TrainingError(Exception):
    """Training that cannot give a useful model; the message says why."""


@dataclass(frozen=True)
class Part:
    """The readings of one channel."""

    readings: list[dict[str, object]]
    faulty: Labels
    given: tuple[str, ...]
    sensors: tuple[str, ...]

    def column(self, name: str) -> Numbers:
        """Returns the values of one field."""
        return np.array([row(reading, (name,))[0] for reading in self.readings])


def load(folder: Path) -> Part:
    """Returns the readings of all CSV files of a channel."""
    rows: list[dict[str, object]] = []
    for path in sorted(folder.rglob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            rows.extend(csv.DictReader(file))
    if not rows:
        raise TrainingError(f"{folder} has no readings; the channel must hold CSV files.")
    faulty = np.array([bool(one["fault"]) for one in rows])
    if not 0 < faulty.sum() < len(faulty):
        raise TrainingError(f"{folder} needs both healthy and faulty readings.")
    return Part(rows, faulty, *names(rows[0]))


def fit(train: Part, options: argparse.Namespace) -> Model:
    """Returns what is normal, without a threshold yet."""
    boosters, errors, offsets = {}, {}, {}
    devices = np.array([str(reading["device"]) for reading in train.readings])
    given = np.array([row(reading, train.given) for reading in train.readings])
    for sensor in train.sensors:
        measured = train.column(sensor)
        # The absolute error: a fault pulls at a mean, and hardly at a median.
        parameters = {
            "objective": "reg:pseudohubererror",
            "base_score": float(np.median(measured)),
            "eta": options.eta,
            "max_depth": options.max_depth,
            "min_child_weight": 20,
            "subsample": 0.8,
            "tree_method": "hist",
            "nthread": THREADS,
            "seed": options.seed,
        }
        data = xgb.DMatrix(given, measured, feature_names=list(train.given), nthread=THREADS)
        boosters[sensor] = xgb.train(parameters, data, num_boost_round=options.rounds)
        apart = measured - boosters[sensor].predict(data).astype(np.float64)
        offsets[sensor] = {name: float(np.median(apart[devices == name])) for name in sorted(set(devices))}
        apart -= np.array([offsets[sensor][name] for name in devices])
        # The usual error by the median too (of a normal distribution 1.4826 of it are the standard deviation).
        errors[sensor] = float(1.4826 * np.median(np.abs(apart)))
    return Model(boosters, errors, offsets, float("inf"), train.given, train.sensors)


def scores(model: Model, part: Part) -> Numbers:
    """Returns the score of each reading."""
    return np.asarray(np.round(np.sqrt((deviations(part.readings, model) ** 2).sum(axis=1)), 4), np.float64)


def rule_scores(train: Part, part: Part, *, both_sides: bool) -> Numbers:
    """Returns the score of the rule that everyone can write: a limit for each sensor, whatever the load.

    Of values that may be too low as well as too high, that is a limit on both sides.
    """
    found = []
    for sensor in train.sensors:
        apart = (part.column(sensor) - np.mean(train.column(sensor))) / np.std(train.column(sensor))
        found.append(np.abs(apart) if both_sides else apart)
    return np.asarray(np.round(np.max(found, axis=0), 4), np.float64)


def evaluate(model: Model, train: Part, validation: Part, test: Part) -> dict[str, object]:
    """Returns the figures of the model and of the trivial rule, both with a threshold chosen on `validation`.

    There it is chosen, too, whether the rule has limits on both sides: the better one is the one to beat.
    """
    threshold = best_threshold(validation.faulty, scores(model, validation))
    sides = {both: rule_scores(train, validation, both_sides=both) for both in (False, True)}
    both = max(sides, key=lambda one: pr_auc(validation.faulty, sides[one]))
    rule_threshold = best_threshold(validation.faulty, sides[both])
    flagged = scores(model, test) >= threshold
    kinds = np.array([str(reading["fault"]) for reading in test.readings])
    return {
        "threshold": threshold,
        "errors": model.errors,
        "offsets": model.offsets,
        "model": figures(test.faulty, scores(model, test), threshold),
        "limit_rule": figures(test.faulty, rule_scores(train, test, both_sides=both), rule_threshold),
        "found_by_fault": {str(kind): float(flagged[kinds == kind].mean()) for kind in sorted(set(kinds) - {""})},
        "test": {"readings": len(test.faulty), "faulty": int(test.faulty.sum())},
        "learned_from": {"readings": len(train.faulty), "inputs": list(model.given), "sensors": list(model.sensors)},
        "xgboost": xgb.__version__,
    }


def save(model: Model, report: dict[str, object], folder: Path) -> None:
    """Writes the model and what belongs to it: threshold, figures, and the code that serves it."""
    code = folder / "code"
    code.mkdir(parents=True, exist_ok=True)
    for name in SERVING_CODE:
        shutil.copyfile(Path(__file__).with_name(name), code / name)
    for sensor, booster in model.boosters.items():
        booster.save_model(folder / f"{sensor}.ubj")
    (folder / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Returns the hyperparameters, and the folders that SageMaker names in the environment."""
    parser = argparse.ArgumentParser(description=__doc__)
    for channel in ("train", "validation", "test"):
        default = os.environ.get(f"SM_CHANNEL_{channel.upper()}")
        parser.add_argument(f"--{channel}", type=Path, default=default, required=default is None)
    model_folder = os.environ.get("SM_MODEL_DIR")
    parser.add_argument("--model-dir", type=Path, default=model_folder, required=model_folder is None)
    parser.add_argument("--eta", type=float, default=0.15)
    parser.add_argument("--max-depth", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=80)
    parser.add_argument("--seed", type=int, default=7)
    options, _ = parser.parse_known_args(arguments)  # SageMaker adds hyperparameters of its own
    return options


def main(arguments: list[str] | None = None) -> int:
    """Trains, judges and saves; refuses to save a model that the trivial rule beats."""
    options = parse(arguments)
    try:
        train, validation, test = load(options.train), load(options.validation), load(options.test)
        model = fit(train, options)
        report = evaluate(model, train, validation, test)
        figure, rule = report["model"], report["limit_rule"]
        assert isinstance(figure, dict)
        assert isinstance(rule, dict)
        # SageMaker reads its metrics from these lines; infra/train.asl.json has the patterns.
        print(f"model_pr_auc={figure['pr_auc']:.4f}; model_recall={figure['recall']:.4f};")
        print(f"limit_rule_pr_auc={rule['pr_auc']:.4f}; limit_rule_recall={rule['recall']:.4f};")
        if figure["pr_auc"] <= rule["pr_auc"]:
            raise TrainingError(
                f"The model ({figure['pr_auc']:.3f}) is no better than a limit for each sensor ({rule['pr_auc']:.3f})."
            )
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    save(model, report, options.model_dir)
    return 0


if __name__ == "__main__":
    sys.exit(main())
