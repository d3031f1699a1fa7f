"""The model: what it looks at, how it is judged, and that it is served as it was trained."""

import json
import math
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import evaluation
import features
import inference
import numpy as np
import pytest
import train
from channels import Part
from judgement import judge

from data import split
from data.generate import generate, write
from pipeline.kinds import KINDS

ROW = {
    "id": "t1",
    "time": "2026-03-01T23:30:00Z",
    "card": "c1",
    "merchant": "m1",
    "category": "electronics",
    "channel": "online",
    "country": "FR",
    "card_country": "DE",
    "amount": 250.0,
    "distance_km": 0.0,
    "minutes_since_last": 4.0,
    "count_24h": 6.0,
    "usual_amount": 30.0,
}


@pytest.fixture(scope="module")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("channels")
    parts = split.by_time(generate(24_000, seed=7))
    for name in ("train", "validation", "test"):
        write(getattr(parts, name), folder / name / "part.csv")
    return folder


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def model(channels: Path, kind: str) -> Path:
    folder = channels / f"model-{kind}"
    assert train.main(arguments(channels, folder, kind)) == 0
    return folder


def arguments(channels: Path, model: Path, kind: str = KINDS[0]) -> list[str]:
    named = [part for name in ("train", "validation", "test") for part in (f"--{name}", str(channels / name))]
    return [*named, "--model-dir", str(model), "--kind", kind]


def test_a_csv_row_and_a_request_give_the_same_features() -> None:
    known = ["electronics", "fuel"]
    assert features.features({key: str(value) for key, value in ROW.items()}, known) == features.features(ROW, known)
    assert features.features(ROW, known)[len(features.NUMBERS) :] == [1, 0]


def test_each_feature_is_what_its_name_says() -> None:
    values = dict(zip(features.NUMBERS, features.numbers(ROW), strict=True))
    expected = {
        "amount_log": math.log(251),
        "amount_to_usual": math.log(251 / 31),
        "usual_amount_log": math.log(31),
        "hour": 23,
        "weekday": 6,
        "online": 1,
        "abroad": 1,
        "distance_log": 0,
        "minutes_since_last_log": math.log(5),
        "count_24h": 6,
    }
    assert values == pytest.approx(expected)
    at_home = features.numbers(ROW | {"country": "DE", "channel": "shop", "distance_km": 9.0})
    changed = dict(zip(features.NUMBERS, at_home, strict=True))
    assert changed == pytest.approx(expected | {"online": 0, "abroad": 0, "distance_log": math.log(10)})


def test_an_unknown_category_is_none_of_the_known_ones() -> None:
    assert features.features(ROW | {"category": "submarines"}, ["fuel"])[-1] == 0


def test_the_most_frequent_categories_are_told_apart() -> None:
    rows = [{"category": f"c{number}"} for number in range(50) for _ in range(50 - number)]
    assert features.categories(rows) == sorted(f"c{number}" for number in range(features.MOST_CATEGORIES))


def test_the_model_beats_a_threshold_on_the_amount_on_days_it_has_not_seen(model: Path) -> None:
    report = json.loads((model / "report.json").read_text())
    assert report["model"]["pr_auc"] > 3 * report["amount_rule"]["pr_auc"]
    assert report["model"]["cost"] < report["amount_rule"]["cost"]
    assert report["test"]["frauds"] >= 20
    assert report["threshold_by"] == "cost"


def test_the_report_says_how_scores_were_spread(model: Path) -> None:
    reference = json.loads((model / "report.json").read_text())["reference"]
    assert len(reference["shares"]) == len(reference["edges"]) + 1
    assert sum(reference["shares"]) == pytest.approx(1, abs=1e-4)
    assert max(reference["shares"]) < 0.35


def test_without_known_fraud_the_threshold_is_that_of_the_documentation() -> None:
    class Ramp:
        def scores(self, transactions: Sequence[Mapping[str, object]]) -> evaluation.Numbers:
            return np.arange(len(transactions), dtype=float)

    part = Part([{}] * 100, np.zeros(100), np.ones(100))
    report = judge(Ramp(), part, part, evaluation.Costs(20, 8))
    assert report["threshold"] == pytest.approx(49.5 + 3 * np.arange(100).std(), abs=1e-5)
    assert report["model"] is None


def test_fraud_stays_hard_to_tell_apart(model: Path) -> None:
    assert json.loads((model / "report.json").read_text())["model"]["pr_auc"] < 0.9


def test_the_threshold_is_the_cheapest_one_on_the_validation_part() -> None:
    labels, amounts = np.array([0.0, 1, 0, 1, 0]), np.array([10.0, 100, 10, 5, 10])
    scores = np.array([0.1, 0.9, 0.6, 0.4, 0.7])
    costs = evaluation.Costs(dispute_fee=0, review=4)
    found = evaluation.cheapest_threshold(labels, amounts, scores, costs)
    tried = {
        float(threshold): evaluation.cost(labels, amounts, scores >= threshold, costs) for threshold in [*scores, 1.0]
    }
    assert tried[found] == min(tried.values())
    assert found == 0.9  # the second fraud, of 5, is not worth two false alarms of 4 each


def test_flagging_nothing_is_cheapest_where_no_fraud_is_worth_a_review() -> None:
    labels, amounts, scores = np.array([0.0, 1]), np.array([1.0, 1]), np.array([0.8, 0.2])
    threshold = evaluation.cheapest_threshold(labels, amounts, scores, evaluation.Costs(dispute_fee=0, review=50))
    assert threshold > scores.max()


def test_an_empty_channel_is_named(channels: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "train").mkdir()
    assert train.main([*arguments(channels, tmp_path / "model"), "--train", str(tmp_path / "train")]) == 1
    assert "has no transactions; the channel must hold CSV files" in capsys.readouterr().err


def test_metrics_are_printed_as_the_state_machine_reads_them(
    channels: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    import re

    train.main(arguments(channels, tmp_path / "model"))
    printed = capsys.readouterr().out
    infra = Path(__file__).parents[2] / "infra" / "train.asl.json"
    states = json.loads(infra.read_text())["States"]["Models"]["ItemProcessor"]["States"]
    for metric in states["Train"]["Parameters"]["AlgorithmSpecification"]["MetricDefinitions"]:
        assert len(re.findall(metric["Regex"], printed)) == 1, metric["Name"]


def test_a_request_gets_the_score_of_the_trained_model_and_its_threshold(
    model: Path, channels: Path, kind: str
) -> None:
    loaded = inference.model_fn(str(model))
    rows = split.read(channels / "test" / "part.csv")[:200]
    transactions = inference.input_fn(json.dumps({"transactions": rows}).encode(), "application/json")
    content, content_type = inference.output_fn(inference.predict_fn(transactions, loaded), "application/json")
    answers = json.loads(content)["predictions"]
    report = json.loads((model / "report.json").read_text())
    assert content_type == "application/json"
    assert {answer["kind"] for answer in answers} == {kind}
    assert len(answers) == len(rows)
    assert {answer["threshold"] for answer in answers} == {report["threshold"]}
    assert len({answer["score"] for answer in answers}) > 100
    single = inference.predict_fn([rows[17]], loaded)
    assert single == [answers[17]]


def test_another_content_type_is_refused() -> None:
    with pytest.raises(ValueError, match="takes application/json, not text/csv"):
        inference.input_fn(b"1,2", "text/csv")


def test_the_archive_serves_itself_without_the_project(model: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(model, ".")
    with tarfile.open(tmp_path / "model.tar.gz") as archive:
        archive.extractall(tmp_path / "opt", filter="data")
    code = (
        "import json, sys; sys.path.insert(0, sys.argv[1] + '/code'); import inference\n"
        "print(inference.predict_fn([json.loads(sys.argv[2])], inference.model_fn(sys.argv[1])))"
    )
    command = [sys.executable, "-I", "-c", code, str(tmp_path / "opt"), json.dumps(ROW)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "score" in done.stdout
