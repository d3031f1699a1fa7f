"""Serves a fraud model: the four functions that the SageMaker model server and the local one call.

The answer to each transaction carries the threshold that was chosen with the model, so that a new model brings its own
and no caller has to be told.
"""

import importlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

JSON = "application/json"


@dataclass(frozen=True)
class Served:
    """A model, what kind it is, and the score from which on a transaction is held back."""

    kind: str
    model: Any
    threshold: float


def model_fn(model_dir: str) -> Served:
    """Returns the model that train.py has saved in the folder."""
    report = json.loads(Path(model_dir, "report.json").read_text(encoding="utf-8"))
    kind = str(report["kind"])
    return Served(kind, importlib.import_module(kind).load(Path(model_dir)), float(report["threshold"]))


def input_fn(body: bytes | str, content_type: str) -> list[dict[str, object]]:
    """Returns the transactions of a request: `{"transactions": [{...}, ...]}`."""
    if content_type.split(";", maxsplit=1)[0].strip() != JSON:
        raise ValueError(f"The model takes {JSON}, not {content_type}.")
    transactions = json.loads(body)["transactions"]
    if not isinstance(transactions, list):
        raise TypeError("transactions must be a list.")
    return transactions


def predict_fn(transactions: list[dict[str, object]], served: Served) -> list[dict[str, Any]]:
    """Returns for each transaction its score, the threshold, and the kind of the model."""
    found = served.model.scores(transactions)
    return [{"kind": served.kind, "score": float(score), "threshold": served.threshold} for score in found]


def output_fn(predictions: list[dict[str, Any]], accept: str) -> tuple[str, str]:  # noqa: ARG001, whatever is asked for
    """Returns the predictions as JSON and says so."""
    return json.dumps({"predictions": predictions}), JSON
