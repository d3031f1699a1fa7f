"""Tries every mutant and writes what became of them: `python -m tests.mutation [FILE [N]]`, `make mutation`.

With N only each Nth one is tried, which the file then says.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from multiprocessing import Pool
from pathlib import Path

from .trial import EQUIVALENT, SURVIVED, Court

_COURT: list[Court] = []
"""The court of each process."""


def main(path: str, step: int) -> None:
    """Tries them on all processors, one line of progress in a hundred."""
    begun, court = time.monotonic(), Court()
    tried = range(0, len(court.mutants), step)
    became: dict[str, Counter[str]] = {}
    survivors: list[str] = []
    with Pool(os.cpu_count(), _begin) as pool:
        for number, (index, verdict) in enumerate(pool.imap(_try, tried, chunksize=10), 1):
            mutant = court.mutants[index]
            became.setdefault(mutant.kind, Counter())[verdict] += 1
            survivors += [mutant.name] if verdict == SURVIVED else []
            if number % 100 == 0:
                said = f"{number} of {len(tried)}, {len(survivors)} survived, {time.monotonic() - begun:.0f} s"
                print(said, file=sys.stderr, flush=True)
    equivalent = sum(found[EQUIVALENT] for found in became.values())
    killed = len(tried) - len(survivors) - equivalent
    result = {
        "digest": court.engine.base.digest,
        "of": len(court.mutants),
        "every": step,
        "mutants": len(tried),
        "killed": killed,
        "equivalent": equivalent,
        "score": round(100 * killed / (killed + len(survivors)), 1),
        "kinds": {kind: dict(sorted(found.items())) for kind, found in sorted(became.items())},
        "survivors": survivors,
    }
    Path(path).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"{result['score']} % of {killed + len(survivors)} mutants killed, and {equivalent} change no choice;"
          f" {time.monotonic() - begun:.0f} s.")  # fmt: skip


def _begin() -> None:
    _COURT.append(Court())


def _try(index: int) -> tuple[int, str]:
    return index, _COURT[0].verdict(_COURT[0].mutants[index])


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "docs/mutation.json", int(sys.argv[2]) if len(sys.argv) > 2 else 1)
