"""Serves the fraud model: the four functions that the SageMaker model server and the local one call.

The answer to each transaction carries the threshold that was chosen with the model, so that a new model brings its own
and no caller has to be told.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xgboost as xgb
from features import NAMES, features

JSON = "application/json"


@dataclass(frozen=True)
class Model:
    """A classifier and the score from which on a transaction is held back."""

    booster: xgb.Booster
    threshold: float


def model_fn(model_dir: str) -> Model:
    """Returns the model that train.py has saved in the folder."""
    booster = xgb.Booster({"nthread": 1})
    booster.load_model(Path(model_dir, "model.ubj"))
    report = json.loads(Path(model_dir, "report.json").read_text(encoding="utf-8"))
    return Model(booster, float(report["threshold"]))


def input_fn(body: bytes | str, content_type: str) -> list[dict[str, object]]:
    """Returns the transactions of a request: `{"transactions": [{...}, ...]}`."""
    if content_type.split(";", maxsplit=1)[0].strip() != JSON:
        raise ValueError(f"The model takes {JSON}, not {content_type}.")
    transactions = json.loads(body)["transactions"]
    if not isinstance(transactions, list):
        raise TypeError("transactions must be a list.")
    return transactions


def predict_fn(transactions: list[dict[str, object]], model: Model) -> list[dict[str, float]]:
    """Returns for each transaction its score, between 0 and 1, and the threshold."""
    rows = np.array([features(transaction) for transaction in transactions]).reshape(len(transactions), len(NAMES))
    found = model.booster.predict(xgb.DMatrix(rows, feature_names=list(NAMES), nthread=1))
    return [{"score": round(float(score), 6), "threshold": model.threshold} for score in found]


def output_fn(predictions: list[dict[str, float]], accept: str) -> tuple[str, str]:  # noqa: ARG001, whatever is asked for
    """Returns the predictions as JSON and says so."""
    return json.dumps({"predictions": predictions}), JSON
