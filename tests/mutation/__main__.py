"""Tries every mutant and writes what became of them: `python -m tests.mutation [FILE [N]]`, `make mutation`.

With N only each Nth one is tried, which the file then says.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path

from .trial import SURVIVED, Court


def main(path: str, step: int) -> None:
    """Tries them, one line of progress in a hundred."""
    court, begun = Court(), time.process_time()
    tried = court.mutants[::step]
    became: dict[str, Counter[str]] = {}
    survivors: list[str] = []
    for number, mutant in enumerate(tried, 1):
        verdict = court.verdict(mutant)
        became.setdefault(mutant.kind, Counter())[verdict] += 1
        survivors += [mutant.name] if verdict == SURVIVED else []
        if number % 100 == 0:
            said = f"{number} of {len(tried)}, {len(survivors)} survived, {time.process_time() - begun:.0f} s"
            print(said, file=sys.stderr, flush=True)
    killed = len(tried) - len(survivors)
    result = {
        "digest": court.engine.base.digest,
        "of": len(court.mutants),
        "every": step,
        "mutants": len(tried),
        "killed": killed,
        "score": round(100 * killed / len(tried), 1),
        "kinds": {kind: dict(sorted(found.items())) for kind, found in sorted(became.items())},
        "survivors": survivors,
    }
    Path(path).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"{result['score']} % of {len(tried)} mutants killed in {time.process_time() - begun:.0f} s of CPU.")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "docs/mutation.json", int(sys.argv[2]) if len(sys.argv) > 2 else 1)
