"""The channels of a training job: stretches of time, each later than the one before."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from evaluation import Numbers

Row = dict[str, str]


class TrainingError(Exception):
    """Training that cannot give a useful model; the message says why."""


@dataclass(frozen=True)
class Part:
    """The transactions of one channel; a label is 1 for a known fraud, else 0."""

    rows: list[Row]
    labels: Numbers
    amounts: Numbers

    @property
    def frauds(self) -> int:
        """How many frauds are known."""
        return int(self.labels.sum())


def load(folder: Path) -> Part:
    """Returns the transactions of all CSV files of a channel."""
    rows: list[Row] = []
    for path in sorted(folder.rglob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            rows.extend(csv.DictReader(file))
    if not rows:
        raise TrainingError(f"{folder} has no transactions; the channel must hold CSV files.")
    labels = np.array([float(row["is_fraud"]) for row in rows])
    return Part(rows, labels, np.array([float(row["amount"]) for row in rows]))
