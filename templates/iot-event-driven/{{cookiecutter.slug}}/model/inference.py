"""Serves the model: the four functions that the SageMaker model server and the local one call.

A request holds many readings. The answer to each says how far it is from what was expected, which sensor is farthest,
and whether that is an anomaly by the threshold that came with the model.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xgboost as xgb
from features import GIVEN, SENSORS, row
from numpy.typing import NDArray

JSON = "application/json"
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """A regression for each sensor, its usual error, what is peculiar to each machine, and the threshold."""

    boosters: dict[str, xgb.Booster]
    errors: dict[str, float]
    offsets: dict[str, dict[str, float]]
    threshold: float
    given: tuple[str, ...] = GIVEN
    sensors: tuple[str, ...] = SENSORS


def model_fn(model_dir: str) -> Model:
    """Returns the model that train.py has saved in the folder."""
    report = json.loads(Path(model_dir, "report.json").read_text(encoding="utf-8"))
    given, sensors = tuple(report["learned_from"]["inputs"]), tuple(report["learned_from"]["sensors"])
    boosters = {}
    for sensor in sensors:
        boosters[sensor] = xgb.Booster({"nthread": 1})
        boosters[sensor].load_model(Path(model_dir, f"{sensor}.ubj"))
    return Model(boosters, report["errors"], report["offsets"], float(report["threshold"]), given, sensors)


def input_fn(body: bytes | str, content_type: str) -> list[dict[str, object]]:
    """Returns the readings of a request: `{"readings": [{...}, ...]}`."""
    if content_type.split(";", maxsplit=1)[0].strip() != JSON:
        raise ValueError(f"The model takes {JSON}, not {content_type}.")
    readings = json.loads(body)["readings"]
    if not isinstance(readings, list):
        raise TypeError("readings must be a list.")
    return readings


def predict_fn(readings: list[dict[str, object]], model: Model) -> list[dict[str, object]]:
    """Returns for each reading its score, the threshold, whether it is an anomaly, and the sensor that says so."""
    if not readings:
        return []
    apart = deviations(readings, model)
    scores = np.round(np.sqrt((apart**2).sum(axis=1)), 4)
    causes = np.argmax(np.abs(apart), axis=1)
    return [
        {
            "score": float(score),
            "threshold": model.threshold,
            "anomaly": bool(score >= model.threshold),
            "cause": model.sensors[int(cause)],
        }
        for score, cause in zip(scores, causes, strict=True)
    ]


def deviations(readings: list[dict[str, object]], model: Model) -> Numbers:
    """Returns how many usual errors each sensor (columns) is away from what is expected, for each reading (rows)."""
    given = np.array([row(reading, model.given) for reading in readings])
    matrix = xgb.DMatrix(given, feature_names=list(model.given), nthread=1)
    columns = []
    for sensor in model.sensors:
        expected = model.boosters[sensor].predict(matrix)
        usual = model.offsets[sensor]
        own = np.array([usual.get(str(reading.get("device")), 0.0) for reading in readings])
        measured = np.array([row(reading, (sensor,))[0] for reading in readings])
        columns.append((measured - expected - own) / model.errors[sensor])
    return np.column_stack(columns)


def output_fn(predictions: list[dict[str, object]], accept: str) -> tuple[str, str]:  # noqa: ARG001, whatever is asked for
    """Returns the predictions as JSON and says so."""
    return json.dumps({"predictions": predictions}), JSON
