"""Trains a fraud model: the same file on SageMaker (script mode) and on a laptop.

Three stretches of time come in as channels. The model learns from `train`; `validation`, which is later, gives the
threshold; `test`, later still, is only looked at for the figures that are reported.
"""

import argparse
import importlib
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from channels import TrainingError, load
from evaluation import Costs
from judgement import judge

HERE = Path(__file__).parent


def main(arguments: list[str] | None = None) -> int:
    """Trains, judges and saves; refuses to save a classifier that the trivial rule beats."""
    options = parse(arguments)
    costs = Costs(dispute_fee=options.dispute_fee, review=options.review_cost)
    learner = importlib.import_module(options.kind)
    try:
        train, validation, test = load(options.train), load(options.validation), load(options.test)
        model = learner.fit(train, validation, options)
        report = {"kind": options.kind, **judge(model, validation, test, costs), "about": model.about()}
        _tell(report, must_win=learner.MUST_BEAT_THE_RULE)
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    save(model, learner.FILES, options.kind, report, options.model_dir)
    return 0


def _tell(report: dict[str, Any], *, must_win: bool) -> None:
    """Prints what SageMaker reads as metrics; infra/train.asl.json has the patterns."""
    model, rule = report["model"], report["amount_rule"]
    if model is None:
        return
    print(f"model_pr_auc={model['pr_auc']:.4f}; model_cost={model['cost']:.2f};")
    print(f"amount_rule_pr_auc={rule['pr_auc']:.4f}; amount_rule_cost={rule['cost']:.2f};")
    if must_win and model["pr_auc"] <= rule["pr_auc"]:
        raise TrainingError(
            f"The model ({model['pr_auc']:.3f}) is no better than a threshold on the amount ({rule['pr_auc']:.3f})."
        )


def save(model: Any, files: tuple[str, ...], kind: str, report: dict[str, Any], folder: Path) -> None:
    """Writes the model and what belongs to it: threshold, figures, and the code that serves it.

    Served by the very code it was trained with: a later change of the features cannot meet an older model.
    """
    code = folder / "code"
    code.mkdir(parents=True, exist_ok=True)
    needed = ["inference.py", "features.py", "channels.py", "evaluation.py", f"{kind}.py"]
    for name in [*needed, *(path.name for path in HERE.glob("requirements.txt"))]:
        shutil.copyfile(HERE / name, code / name)
    model.save(folder)
    missing = [name for name in files if not (folder / name).is_file()]
    assert not missing, missing
    (folder / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Returns the hyperparameters, and the folders that SageMaker names in the environment."""
    parser = argparse.ArgumentParser(description=__doc__)
    for channel in ("train", "validation", "test"):
        default = os.environ.get(f"SM_CHANNEL_{channel.upper()}")
        parser.add_argument(f"--{channel}", type=Path, default=default, required=default is None)
    model_folder = os.environ.get("SM_MODEL_DIR")
    parser.add_argument("--model-dir", type=Path, default=model_folder, required=model_folder is None)
    kinds = [kind for kind in ("fraud", "anomaly") if (HERE / f"{kind}.py").is_file()]
    parser.add_argument("--kind", choices=kinds, default=kinds[0])
    parser.add_argument("--eta", type=float, default=0.08)
    parser.add_argument("--max-depth", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--dispute-fee", type=float, default=20.0, help="of a missed fraud, on top of its amount")
    parser.add_argument("--review-cost", type=float, default=8.0, help="of a false alarm")
    options, _ = parser.parse_known_args(arguments)  # SageMaker adds hyperparameters of its own
    return options


if __name__ == "__main__":
    sys.exit(main())
