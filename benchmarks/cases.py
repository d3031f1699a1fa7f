"""How often documented architectures come out: `python benchmarks/cases.py CASES.yaml`.

CASES is a list of cases: `id`, `label` (clear or ambiguous), `answers`, and `expect` with `acceptable_patterns` and
`decisions` (the acceptable options of each). A decision is met when a listed option is among the choice; null stands
for "does not apply"; an open decision counts by its leading option. Beside it the same cases with what an interview
presumes from their answers, without their use cases, and a baseline that only counts use cases.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from dataarch.engine.store import open_engine
from dataarch.errors import Place
from dataarch.interview import Interview, next_card, presume
from dataarch.profile import Answer, Given, Profile, profile
from dataarch.recommendation import recommend
from dataarch.relevance import Relevance


def main(path: str) -> None:
    """Prints the shares and the misses."""
    engine = open_engine()
    cases: list[dict[str, Any]] = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    groups = {value: option for option, values in _use_cases(engine).items() for value in values}
    relevance = Relevance(engine)
    for name in ("as documented", "with what is presumed", "without use cases", "only counting use cases"):
        right, met, misses = Counter[str](), Counter[str](), []
        for case in cases:
            answers = {k: v for k, v in case["answers"].items() if k != "use_cases" or name != "without use cases"}
            if name == "only counting use cases":
                counts = Counter(groups[u] for u in case["answers"].get("use_cases", ()) if u in groups)
                choice = max(counts, key=lambda option: counts[option]) if counts else None
            else:
                said = profile(engine.base.questions, [given(k, v) for k, v in answers.items()])
                result = recommend(engine, _presumed(relevance, said) if name == "with what is presumed" else said)
                choice = None if result.none_fits else result.pattern.choice
                for id, options in case["expect"]["decisions"].items():
                    if id in result.decisions:
                        found = result.decisions[id].choice
                        hit = any(o in (found if isinstance(found, list) else [found]) for o in options)
                        met["decisions"] += hit
                        met["of"] += 1
                        if not hit:
                            misses.append(f"{case['id']}: {id} {found}, documented {options}")
            for label in {"all", case["label"]}:
                right[label] += choice in case["expect"]["acceptable_patterns"]
                right[f"of {label}"] += 1
            if choice not in case["expect"]["acceptable_patterns"]:
                misses.append(f"{case['id']} ({case['label']}): pattern {choice}, documented "
                              f"{case['expect']['acceptable_patterns']}")  # fmt: skip
        print(f"{name}: clear {right['clear']} of {right['of clear']}, all {right['all']} of {right['of all']}"
              + (f", decisions {met['decisions']} of {met['of']}" if met else ""))  # fmt: skip
        if name in ("as documented", "with what is presumed"):
            print("\n".join(f"  missed {miss}" for miss in misses))


def _presumed(relevance: Relevance, said: Profile) -> Profile:
    """A profile with what an interview presumes where nothing else is known and nothing presumed is changed."""
    interview = Interview()
    while (card := next_card(relevance, interview, optional=False)) is not None:
        interview = interview.answered(card.question.id, said.known.get(card.question.id))
    presumed, _ = presume(relevance, interview)
    return Profile({**{id: Answer(one.answer, Place("presumed")) for id, one in presumed.items()}, **said.answers})


def _use_cases(engine: Any) -> dict[str, list[str]]:
    """Per pattern, the use cases that its strongest criterion names."""
    found: dict[str, list[str]] = {}
    for criterion in engine.base.decisions["pattern"].criteria:
        if criterion.strength == "strong" and criterion.when[0] == "is" and criterion.when[1] == "use_cases":
            found.setdefault(criterion.option, []).extend(criterion.when[2])
    return found


def given(key: str, value: Any) -> Given:
    """An answer of a case, as the texts in which a file would give it."""

    def word(one: Any) -> str:
        return ("yes" if one else "no") if isinstance(one, bool) else str(one)

    return Given(key, [word(item) for item in value] if isinstance(value, list) else word(value), Place("case"))


if __name__ == "__main__":
    main(sys.argv[1])
