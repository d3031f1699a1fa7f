"""Random answers as a user would write them, and what is recommended for them, without a process."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from dataarch.engine.engine import Engine
from dataarch.profile import profile, read
from dataarch.recommendation import Recommendation, recommend

UNITS = {"size": " GB", "duration": " s", "rate": "/s", "percentage": "%", "whole-number": ""}
AMOUNTS = (0, 1, 3, 20, 99, 1500, 40_000, 3_000_000)


def random_answers(engine: Engine, random: Random, share: float) -> dict[str, Any]:
    """Answers to a random share of the questions, as they stand in a file."""
    answers: dict[str, Any] = {}
    for id, question in engine.base.questions.items():
        if random.random() > share or question.type == "text":
            continue
        if question.type == "any-of":
            chosen = random.sample(list(question.values), random.choice((0, 1, 1, 2, 3)))
            answers[id] = ["none"] if "none" in chosen else chosen
        elif question.type == "one-of":
            answers[id] = random.choice(list(question.values))
        elif question.type == "yes-no":
            answers[id] = random.choice((True, False))
        else:
            answers[id] = f"{random.choice(AMOUNTS)}{UNITS[question.type]}"
    return answers


def answered(engine: Engine, folder: Path, answers: dict[str, Any], basis: str = "all") -> Recommendation:
    """The recommendation for a file of answers. Raises UserError where they exclude each other."""
    file = folder / "answers.json"
    file.write_text(json.dumps(answers), encoding="utf-8")
    return recommend(engine, profile(engine.base.questions, read(str(file))), basis)
