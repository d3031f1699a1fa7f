"""Labelled card transactions that lie inside a published wheel: `--data real`.

The wheel is installed beside the project when it is first asked for, without what it depends on and held by its hash.
It stays in `.local/`; its data never become a part of the project.
"""

import csv
import gzip
import io
import shutil
import subprocess
import sys
from pathlib import Path

from data import mapping

NAME = "real"
PROJECT = Path(__file__).resolve().parent.parent
REQUIREMENTS = PROJECT / "requirements" / "real.txt"
CARRIER = PROJECT / ".local" / "carrier"
_FILE = CARRIER / "evalml" / "demos" / "data" / "fraud_transactions.csv.gz"


class CarrierError(Exception):
    """The wheel could not be had; the message says why."""


def rows() -> list[dict[str, str]]:
    """Returns the transactions with the generator's columns, in the order of time.

    Raises:
        CarrierError: the wheel could not be installed.
    """
    if not _FILE.is_file():
        _install()
    with gzip.open(_FILE, "rb") as packed:
        read = csv.DictReader(io.TextIOWrapper(packed, encoding="utf-8", newline=""))
        return mapping.apply(mapping.read(Path(__file__).with_name("real.toml")), read)


def _install() -> None:
    where = ["--quiet", "--target", str(CARRIER), "--no-deps", "--require-hashes", "-r", str(REQUIREMENTS)]
    uv = shutil.which("uv")
    command = [uv, "pip", "install", *where] if uv else [sys.executable, "-m", "pip", "install", *where]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not _FILE.is_file():
        said = done.stderr.strip().splitlines()
        raise CarrierError(f"The data could not be installed: {said[-1] if said else 'the wheel does not hold them'}")
