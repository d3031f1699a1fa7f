"""The forest: a Random Cut Forest that says how unusual a transaction is, and needs no label for it.

It is the open-source forest in Rust (krcf). The built-in algorithm of SageMaker is another model of the same
family; here the same file trains on SageMaker and on a laptop.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import krcf
import numpy as np
from channels import Part
from evaluation import DECIMALS, Numbers
from features import NUMBERS, numbers

FILES = ("anomaly.msgpack", "anomaly.json")
# It is there for the fraud that nobody has seen yet, and has never seen the labels by which the rule was chosen.
MUST_BEAT_THE_RULE = False
TREES, SAMPLE = 50, 256
# A tree keeps 256 transactions whatever it is shown; more than these add seconds and nothing else.
MOST_SHOWN = 20_000


@dataclass(frozen=True)
class Model:
    """The forest, and what makes a number of each kind as wide as the others."""

    forest: krcf.RandomCutForest
    mean: Numbers
    deviation: Numbers

    def scores(self, transactions: Sequence[Mapping[str, object]]) -> Numbers:
        """Returns for each transaction how unusual it is; around 1 is usual, there is no highest."""
        if not transactions:
            return np.empty(0)
        rows = (_rows(transactions) - self.mean) / self.deviation
        return np.round(np.array([self.forest.score(row) for row in rows]), DECIMALS)

    def save(self, folder: Path) -> None:
        """Writes FILES."""
        (folder / FILES[0]).write_bytes(bytes(self.forest.to_msgpack()))
        known = {"mean": self.mean.tolist(), "deviation": self.deviation.tolist()}
        (folder / FILES[1]).write_text(json.dumps(known) + "\n", encoding="utf-8")

    def about(self) -> dict[str, Any]:
        """Returns what a report says of it."""
        return {"trees": TREES, "sample": SAMPLE, "krcf": krcf.__version__}


def fit(train: Part, validation: Part, options: argparse.Namespace) -> Model:  # noqa: ARG001, as the other one
    """Returns a forest that was shown transactions of `train` in the order of time, without their labels."""
    rows = _rows(train.rows)
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    forest = krcf.RandomCutForest(
        {
            "dimensions": len(NUMBERS),
            "shingle_size": 1,
            "num_trees": TREES,
            "sample_size": SAMPLE,
            "output_after": 1,
            "random_seed": options.seed,
        }
    )
    chosen = np.random.default_rng(options.seed).choice(len(rows), min(len(rows), MOST_SHOWN), replace=False)
    for place in np.sort(chosen):
        forest.update((rows[place] - mean) / deviation)
    return Model(forest, mean, deviation)


def load(folder: Path) -> Model:
    """Returns the model that was saved in a folder."""
    forest = krcf.RandomCutForest.from_msgpack((folder / FILES[0]).read_bytes())
    known = json.loads((folder / FILES[1]).read_text(encoding="utf-8"))
    return Model(forest, np.array(known["mean"]), np.array(known["deviation"]))


def _rows(transactions: Sequence[Mapping[str, object]]) -> Numbers:
    return np.array([numbers(one) for one in transactions])
