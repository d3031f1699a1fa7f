"""The measure of drift."""

import importlib
import random

import pytest


@pytest.fixture(autouse=True)
def _region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


def test_scores_that_are_spread_as_before_have_not_drifted() -> None:
    drift = importlib.import_module("drift")
    assert drift.stability([0.25, 0.75], [500, 1500]) == pytest.approx(0)
    chance = random.Random(7)
    counts = [0] * 10
    for _ in range(drift.LEAST):
        counts[chance.randrange(10)] += 1
    assert drift.stability([0.1] * 10, counts) < 0.15  # far from the alarm


def test_scores_that_have_moved_have() -> None:
    stability = importlib.import_module("drift").stability
    assert stability([0.1] * 10, [0, 0, 0, 0, 100, 100, 100, 200, 200, 300]) > 0.25
    assert stability([0.5, 0.5], [1000, 0]) == pytest.approx(stability([0.5, 0.5], [0, 1000]))
    assert stability([0.5, 0.5], [1000, 0]) > stability([0.5, 0.5], [900, 100]) > stability([0.5, 0.5], [600, 400])
