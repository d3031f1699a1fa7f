"""The classifier: that its score is a probability, and that it has the version of its container."""

import argparse
import re
from pathlib import Path

import evaluation
import fraud
import numpy as np
import pytest
import train
from channels import Part, TrainingError

from data import split
from data.generate import generate, write
from templates import INFRA, PROJECT

OPTIONS = argparse.Namespace(eta=0.08, max_depth=5, rounds=400, seed=7)


def part(rows: list[dict[str, str]]) -> Part:
    labels = np.array([float(row["is_fraud"]) for row in rows])
    return Part(rows, labels, np.array([float(row["amount"]) for row in rows]))


def test_its_score_is_the_probability_of_fraud() -> None:
    parts = split.by_time(generate(24_000, seed=7))
    model = fraud.fit(part(parts.train), part(parts.validation), OPTIONS)
    later = part([*parts.test, *parts.live])
    scores = model.scores(later.rows)
    assert 0.6 < scores.sum() / later.labels.sum() < 1.7  # as many frauds as are expected of the scores
    rows = evaluation.calibration(later.labels, scores)
    assert [row["fraud_share"] for row in rows] == sorted(row["fraud_share"] for row in rows)


def test_without_known_fraud_it_is_not_trained() -> None:
    honest = part([row | {"is_fraud": "0"} for row in generate(500, seed=1)])
    with pytest.raises(TrainingError, match="The channel train needs both frauds and honest transactions"):
        fraud.fit(honest, honest, OPTIONS)


def test_xgboost_is_the_one_of_the_container() -> None:
    tag = re.search(r"sagemaker-xgboost:(\d+)\.(\d+)-(\d+)", (INFRA / "root.yaml").read_text())
    assert tag
    assert f"xgboost-cpu=={'.'.join(tag.groups())} " in (PROJECT / "requirements" / "project.txt").read_text()


def test_a_model_without_any_signal_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    rows = [row | {"is_fraud": str(int(number % 97 == 0))} for number, row in enumerate(generate(4000, seed=1))]
    # A rule that knows the answer stands in for one that cannot be beaten.
    rows = [row | {"amount": "1500.00" if row["is_fraud"] == "1" else "5.00", "usual_amount": "5"} for row in rows]
    noise = [row | {"amount": "5.00"} for row in rows]
    write(noise, tmp_path / "train" / "part.csv")
    write(rows, tmp_path / "validation" / "part.csv")
    write(rows, tmp_path / "test" / "part.csv")
    named = [part for name in ("train", "validation", "test") for part in (f"--{name}", str(tmp_path / name))]
    assert train.main([*named, "--model-dir", str(tmp_path / "model"), "--kind", "fraud"]) == 1
    assert "is no better than a threshold on the amount (1.000)" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()
