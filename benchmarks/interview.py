"""How many questions an interview asks: `python benchmarks/interview.py CASES.yaml`.

CASES is a list of mappings with `answers`; what a case does not say is answered at random (fixed seed), with "not
known", or by either. What the interview presumes is confirmed, or corrected where the case says something else, which
counts as a question. Beside the counts: the questions until only the layers are asked for, the screens (a section is
one), what was presumed, and the milliseconds from an answer to the next question.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from cases import given

from dataarch.engine.store import open_engine
from dataarch.interview import Interview, next_card, presume
from dataarch.profile import profile
from dataarch.relevance import ON_PATTERN, Relevance
from dataarch.rulebase.model import Question

SEED = 7
UNKNOWN = {"completed at random": 0.0, "40 % not known": 0.4, "all not known": 1.0}
"""The share of the missing answers that are "not known"."""


class Asked(NamedTuple):
    """One interview: the questions in order, how many of them were for the pattern, what was presumed and confirmed,
    and seconds per step."""

    questions: list[str]
    for_pattern: int
    screens: int
    presumed: list[str]
    seconds: list[float]


def main(path: str) -> None:
    """Prints the figures."""
    engine = open_engine()
    questions = engine.base.questions
    cases: list[dict[str, Any]] = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    known = [profile(questions, [given(k, v) for k, v in case["answers"].items()]).known for case in cases]
    relevance = Relevance(engine)
    start = time.perf_counter()
    relevance.standing({})
    first = (time.perf_counter() - start) * 1000
    print(f"{len(known)} cases, {len(questions)} questions; {first:.0f} ms to the first one")
    for name, unknown in UNKNOWN.items():
        chance = random.Random(SEED)
        asked = [_interview(relevance, case, unknown, chance) for case in known]
        counts = [len(one.questions) for one in asked]
        seconds = sorted(second for one in asked for second in one.seconds[1:])  # the first is no answer's
        print(
            f"{name}: {statistics.median(counts):g} questions in the median ({min(counts)} to {max(counts)})"
            f" on {statistics.median(one.screens for one in asked):g} screens,"
            f" {statistics.median(len(one.presumed) for one in asked):g} more presumed and confirmed,"
            f" {statistics.median(one.for_pattern for one in asked):g} of them for the pattern"
            f" (at most {max(one.for_pattern for one in asked)});"
            f" p95 {seconds[int(0.95 * len(seconds))] * 1000:.1f} ms to the next"
        )
        for what, keys in (("asked", [one.questions for one in asked]), ("presumed", [one.presumed for one in asked])):
            often = Counter(key for found in keys for key in found)
            print(f"  {what}: " + ", ".join(f"{key} {count}" for key, count in often.most_common()))


def _interview(relevance: Relevance, case: dict[str, Any], unknown: float, chance: random.Random) -> Asked:
    questions = relevance.engine.base.questions
    interview = Interview()
    order: list[str] = []
    seconds: list[float] = []
    for_pattern = 0
    while True:
        start = time.perf_counter()
        card = next_card(relevance, interview, optional=False)
        seconds.append(time.perf_counter() - start)
        if card is not None:
            key = card.question.id
            for_pattern += card.standing.phase == ON_PATTERN
        else:
            presumed, _ = presume(relevance, interview)
            key = next((id for id, one in presumed.items() if case.get(id, one.answer) != one.answer), "")
            if not key:
                break
        order.append(key)
        if key in case:
            interview = interview.answered(key, case[key])
        elif chance.random() < unknown:
            interview = interview.answered(key, None)
        else:
            interview = interview.answered(key, _any_answer(relevance, questions[key], chance))
    sections = [questions[key].section for key in order]
    screens = sum(here != before for here, before in zip(sections, ["", *sections], strict=False))
    return Asked(order, for_pattern, screens, list(presumed), seconds)


def _any_answer(relevance: Relevance, question: Question, chance: random.Random) -> Any:
    """An answer at random: any value, up to three of a list, any interval between the thresholds of a quantity."""
    if question.type == "any-of":
        values = [value for value in question.values if value != "none"]
        if len(values) < len(question.values) and chance.random() < 0.3:
            return ["none"]
        chosen = chance.sample(values, min(chance.choice((1, 1, 2, 2, 3)), len(values)))
        return [value for value in values if value in chosen]
    if question.told_apart:
        return chance.choice(question.told_apart)
    indexes = relevance.graph.of_question.get(question.id)
    cuts = relevance.graph.variables[indexes[0]].cuts if indexes else [1]
    return chance.choice([cuts[0] // 2, *cuts])


if __name__ == "__main__":
    main(sys.argv[1])
