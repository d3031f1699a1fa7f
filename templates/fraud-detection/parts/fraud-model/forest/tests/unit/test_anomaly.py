"""The forest: that it needs no label, and that it is the same in the container."""

import argparse

import anomaly
import numpy as np
from channels import Part

from data.generate import generate
from templates import PROJECT

OPTIONS = argparse.Namespace(seed=7)
ROWS = generate(3_000, seed=5)


def part(rows: list[dict[str, str]], label: float) -> Part:
    return Part(rows, np.full(len(rows), label), np.array([float(row["amount"]) for row in rows]))


def test_labels_change_nothing() -> None:
    one, other = (anomaly.fit(part(ROWS, label), part(ROWS[:10], label), OPTIONS) for label in (0.0, 1.0))
    assert one.scores(ROWS[:50]).tolist() == other.scores(ROWS[:50]).tolist()


def test_what_nobody_does_is_more_unusual_than_what_everybody_does() -> None:
    model = anomaly.fit(part(ROWS, 0), part(ROWS[:10], 0), OPTIONS)
    odd = ROWS[100] | {"amount": "1500", "usual_amount": "3", "count_24h": "40", "minutes_since_last": "0.1"}
    assert model.scores([odd])[0] > 2 * np.median(model.scores(ROWS))


def test_of_nothing_there_is_no_score() -> None:
    assert anomaly.fit(part(ROWS, 0), part(ROWS[:10], 0), OPTIONS).scores([]).tolist() == []


def test_the_container_installs_what_is_installed_here() -> None:
    wanted = (PROJECT / "model" / "requirements.txt").read_text().split("\n", 1)[1]
    assert wanted in (PROJECT / "requirements" / "project.txt").read_text()
