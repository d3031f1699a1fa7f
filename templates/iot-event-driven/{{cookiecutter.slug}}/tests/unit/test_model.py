"""The model: what is normal, what is not, and that it is the same in training and in service."""

import json
from pathlib import Path

import inference
import numpy as np
import pytest
import train
from features import SENSORS

from data import history

DEVICES = [f"m{number:02}" for number in range(8)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place: Path = tmp_path_factory.mktemp("model")
    words = []
    for channel, content in history.generate(DEVICES, 16_000, 7).channels.items():
        (place / channel).mkdir()
        (place / channel / "data.csv").write_text(content)
        words += [f"--{channel}", str(place / channel)]
    assert train.main([*words, "--model-dir", str(place / "out")]) == 0
    return place / "out"


def reading(**change: object) -> dict[str, object]:
    return {
        "device": "m01",
        "load": 50.0,
        "ambient": 22.0,
        "temperature": 59.0,
        "vibration": 2.0,
        "current": 11.5,
    } | change


def test_it_beats_a_limit_for_each_sensor_and_says_what_it_is_worth(folder: Path) -> None:
    report = json.loads((folder / "report.json").read_text())
    assert report["model"]["pr_auc"] > 1.2 * report["limit_rule"]["pr_auc"]
    assert set(report["found_by_fault"]) == {"drift", "spike", "stuck"}
    assert report["test"]["readings"] == 3200


def test_what_is_normal_depends_on_the_load(folder: Path) -> None:
    model = inference.model_fn(str(folder))
    rest, full = reading(load=20.0, temperature=75.0), reading(load=88.0, temperature=75.0, vibration=2.7, current=17.6)
    at_rest, at_full = inference.predict_fn([rest, full], model)
    assert at_rest["anomaly"]
    assert at_rest["score"] > 3 * float(str(at_full["score"]))  # type: ignore[operator]


@pytest.mark.parametrize("sensor", SENSORS)
def test_the_sensor_that_is_wrong_is_named(folder: Path, sensor: str) -> None:
    wrong = reading(**{sensor: float(str(reading()[sensor])) * 1.6})
    (found,) = inference.predict_fn([wrong], inference.model_fn(str(folder)))
    assert (found["anomaly"], found["cause"]) == (True, sensor)


def test_readings_are_scored_alike_alone_and_together_and_for_unknown_machines(folder: Path) -> None:
    model = inference.model_fn(str(folder))
    many = [reading(load=20.0 + n, device="new") for n in range(50)]
    together = inference.predict_fn(many, model)
    assert together == [inference.predict_fn([one], model)[0] for one in many]
    assert inference.predict_fn([], model) == []


def test_a_request_is_json_with_a_list_of_readings(folder: Path) -> None:
    readings = inference.input_fn(json.dumps({"readings": [reading()]}), "application/json; charset=utf-8")
    answer, kind = inference.output_fn(inference.predict_fn(readings, inference.model_fn(str(folder))), "*/*")
    assert kind == "application/json"
    assert json.loads(answer)["predictions"][0].keys() == {"score", "threshold", "anomaly", "cause"}
    with pytest.raises(ValueError, match="takes application/json"):
        inference.input_fn("a,b", "text/csv")
    with pytest.raises(TypeError, match="must be a list"):
        inference.input_fn('{"readings": 3}', "application/json")


def test_the_archive_holds_the_code_that_serves_it(folder: Path) -> None:
    assert {path.name for path in (folder / "code").iterdir()} == {"inference.py", "features.py"}


def test_a_channel_without_faults_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    healthy = ",".join(history.COLUMNS) + "\nm1,2026-09-01T00:00:00Z,50,20,60,2,11,\n"
    (tmp_path / "data.csv").write_text(healthy)
    words = [word for name in ("train", "validation", "test") for word in (f"--{name}", str(tmp_path))]
    assert train.main([*words, "--model-dir", str(tmp_path / "out")]) == 1
    assert "needs both healthy and faulty readings" in capsys.readouterr().err


def test_the_best_threshold_is_right_most_often() -> None:
    faulty = np.array([False, False, True, True, False])
    assert train.best_threshold(faulty, np.array([0.1, 0.2, 0.9, 0.8, 0.3])) == 0.8


def test_other_sensors_are_learned_by_what_their_columns_say(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    words = []
    for channel in ("train", "validation", "test"):
        lines = ["device,given_speed,sensor_heat,fault"]
        for number in range(2000):
            speed, wrong = chance.uniform(0, 4), number % 20 == 0
            # Too cold for its speed, or too hot, and never beyond what is usual at another speed.
            heat = (speed + chance.uniform(1, 3)) % 4 if wrong else speed + chance.normal(0, 0.1)
            lines.append(f"one,{speed},{heat},{'faulty' if wrong else ''}")
        (tmp_path / channel).mkdir()
        (tmp_path / channel / "data.csv").write_text("\n".join(lines) + "\n")
        words += [f"--{channel}", str(tmp_path / channel)]
    assert train.main([*words, "--model-dir", str(tmp_path / "out")]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["model"]["pr_auc"] > 0.9
    model = inference.model_fn(str(tmp_path / "out"))
    given = [{"device": "one", "given_speed": 1, "sensor_heat": heat} for heat in (1, 3)]
    assert [one["anomaly"] for one in inference.predict_fn(given, model)] == [False, True]
    assert inference.predict_fn(given, model)[1]["cause"] == "sensor_heat"


def test_the_rule_has_a_limit_on_both_sides_where_that_finds_more(tmp_path: Path) -> None:
    low = train.Part([{"heat": 50 + n % 5} for n in range(95)] + [{"heat": 1}] * 5, np.arange(100) >= 95, (), ("heat",))
    one, both = (train.rule_scores(low, low, both_sides=sides) for sides in (False, True))
    assert train.pr_auc(low.faulty, both) > 0.9 > train.pr_auc(low.faulty, one)
