"""The model: learns from rows of the views, says how good it is, and serves itself."""

import csv
import json
from pathlib import Path

import columns
import inference
import numpy as np
import pytest
import segments
import train


def rows(seed: int, count: int, noise: bool = False) -> list[list[str]]:
    random = np.random.default_rng(seed)
    found = []
    for number in range(count):
        fading = random.random() < 0.3
        opens = int(random.integers(0, 3) if fading else random.integers(4, 10))
        leaves = random.random() < (0.5 if noise else 0.75 if fading else 0.1)
        days = int(random.integers(1, 80))
        values = [400, days, int(random.integers(1, 9)), 1, round(float(random.lognormal(4, 0.7)), 2)]
        values += [opens / 12, opens, min(opens, 3), 0, 40 if fading else 4]
        found.append([f"c{number}", str(int(leaves)), *map(str, values)])
    return found


@pytest.fixture
def channels(tmp_path: Path) -> Path:
    for number, channel in enumerate(("train", "validation", "test")):
        write(tmp_path / channel, rows(number, 900))
    return tmp_path


def write(folder: Path, content: list[list[str]]) -> None:
    folder.mkdir(exist_ok=True)
    with (folder / "part.txt").open("w", newline="") as file:
        csv.writer(file).writerows(content)


def arguments(channels: Path, *more: str) -> list[str]:
    named = [word for name in ("train", "validation", "test") for word in (f"--{name}", str(channels / name))]
    return [*named, "--model-dir", str(channels / "model"), *more]


def report(channels: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((channels / "model" / "report.json").read_text())
    return found


def test_tries_end_with_the_first_that_is_good_enough(channels: Path) -> None:
    assert train.main(arguments(channels, "--lift", "1.2", "--calibration-error", "0.5")) == 0
    assert report(channels)["good_enough"] is True
    assert len(report(channels)["tries"]) == 1  # type: ignore[arg-type]
    assert train.main(arguments(channels, "--lift", "99")) == 0
    assert report(channels)["good_enough"] is False
    assert len(report(channels)["tries"]) == len(train.TRIES)  # type: ignore[arg-type]


def test_a_model_that_the_rule_beats_is_not_saved(channels: Path, capsys: pytest.CaptureFixture) -> None:
    content = rows(5, 600, noise=True)
    place = columns.COLUMNS.index("days_since_order")
    for row in content:
        row[1] = str(int(int(row[place]) > 60))
    write(channels / "train", rows(6, 600, noise=True))
    write(channels / "test", content)
    assert train.main(arguments(channels)) == 1
    assert "is no better than the days since the last order" in capsys.readouterr().err
    assert not (channels / "model").exists()


def test_an_empty_channel_is_named(channels: Path, capsys: pytest.CaptureFixture) -> None:
    write(channels / "train", [])
    assert train.main(arguments(channels)) == 1
    assert "has no customers" in capsys.readouterr().err


def test_metrics_are_printed_as_the_state_machine_reads_them(channels: Path, capsys: pytest.CaptureFixture) -> None:
    import re

    train.main(arguments(channels))
    printed = capsys.readouterr().out
    infra = Path(__file__).parents[2] / "infra" / "train.asl.json"
    definitions = json.loads(infra.read_text())["States"]["Train"]["Parameters"]["AlgorithmSpecification"]
    for metric in definitions["MetricDefinitions"]:
        assert len(re.findall(rf"(?:^|\s){metric['Regex']}", printed)) == 1, metric["Name"]


def test_what_was_trained_gives_scores_and_segments(channels: Path) -> None:
    assert train.main(arguments(channels)) == 0
    model = inference.model_fn(str(channels / "model"))
    asked = (channels / "test" / "part.txt").read_text()
    found, kind = inference.output_fn(inference.predict_fn(inference.input_fn(asked, "text/csv"), model), "text/csv")
    lines = [line.split(",") for line in found.splitlines()]
    assert kind == "text/csv"
    assert [line[0] for line in lines] == [row[0] for row in rows(2, 900)]
    at_risk = [line for line in lines if line[2].startswith("at-risk-")]
    assert 0.2 < len(at_risk) / len(lines) < 0.7
    assert all((float(line[1]) >= round(model.threshold, 6) - 1e-6) == (line in at_risk) for line in lines[:100])
    with pytest.raises(ValueError, match="takes text/csv"):
        inference.input_fn("{}", "application/json")


def test_the_customers_of_the_training_have_not_drifted(channels: Path) -> None:
    import drift

    assert train.main(arguments(channels)) == 0
    bins: dict[str, dict[str, list[float]]] = report(channels)["reference"]  # type: ignore[assignment]
    learned = train.load(channels / "train").matrix
    for place, name in enumerate(columns.FEATURES):
        assert drift.stability(bins[name]["edges"], bins[name]["shares"], learned[:, place].tolist()) < 1e-9, name
    moved = learned[:, columns.FEATURES.index("opens_90")] + 4
    assert drift.stability(bins["opens_90"]["edges"], bins["opens_90"]["shares"], moved.tolist()) > 0.25


def test_groups_are_found_again_from_what_is_written() -> None:
    random = np.random.default_rng(3)
    matrix = np.abs(random.normal(5, 2, (300, len(columns.FEATURES))))
    matrix[:150, columns.FEATURES.index("spend_90")] *= 40
    groups = segments.find(matrix, 1)
    assert segments.read(json.loads(json.dumps(groups.written()))).of(matrix) == groups.of(matrix)
    spend = matrix[:, columns.FEATURES.index("spend_90")]
    valuable = np.array([name.startswith("valuable") for name in groups.of(matrix)])
    assert spend[valuable].mean() > spend[~valuable].mean()
