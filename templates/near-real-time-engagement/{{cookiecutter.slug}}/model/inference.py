"""Serves the churn model in a transform job: a line for each customer, with the score and the segment."""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import segments
import xgboost as xgb
from columns import COLUMNS, FEATURES

CSV = "text/csv"


@dataclass(frozen=True)
class Model:
    """What gives a customer a score and a segment."""

    booster: xgb.Booster
    groups: segments.Groups
    threshold: float


def model_fn(model_dir: str) -> Model:
    """Returns the model that train.py has saved in the folder."""
    booster = xgb.Booster({"nthread": 1})
    booster.load_model(Path(model_dir, "model.ubj"))
    groups = segments.read(json.loads(Path(model_dir, "groups.json").read_text(encoding="utf-8")))
    report = json.loads(Path(model_dir, "report.json").read_text(encoding="utf-8"))
    return Model(booster, groups, float(report["threshold"]))


def input_fn(body: bytes | str, content_type: str) -> list[list[str]]:
    """Returns the rows of a request, which have the COLUMNS and no header."""
    if content_type.split(";", maxsplit=1)[0].strip() != CSV:
        raise ValueError(f"The model takes {CSV}, not {content_type}.")
    text = body.decode() if isinstance(body, bytes) else body
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    if any(len(row) != len(COLUMNS) for row in rows):
        raise ValueError(f"A row must have the columns {', '.join(COLUMNS)}.")
    return rows


def predict_fn(rows: list[list[str]], model: Model) -> list[tuple[str, float, str]]:
    """Returns for each customer the score, from 0 to 1, and the segment."""
    matrix = np.array([[float(value) for value in row[2:]] for row in rows]).reshape(len(rows), len(FEATURES))
    found = model.booster.predict(xgb.DMatrix(matrix, feature_names=list(FEATURES), nthread=1))
    named = zip(rows, found, model.groups.of(matrix), strict=True)
    return [
        (row[0], round(float(score), 6), f"{'at-risk' if score >= model.threshold else 'steady'}-{group}")
        for row, score, group in named
    ]


def output_fn(predictions: list[tuple[str, float, str]], accept: str) -> tuple[str, str]:  # noqa: ARG001, whatever is asked for
    """Returns the predictions as lines of CSV and says so."""
    return "".join(f"{customer},{score:.6f},{segment}\n" for customer, score, segment in predictions), CSV
