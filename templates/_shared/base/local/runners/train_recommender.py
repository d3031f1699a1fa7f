"""Learns a recommender from the data sets of a dataset group.

usage: python train_recommender.py FOLDER RECIPE

    FOLDER/interactions.csv, items.csv, users.csv    what was imported and recorded; the last two may be missing
    FOLDER/model.npz, model.json                     written here
"""

import os
import sys
from pathlib import Path

# OpenBLAS threads that wait for each other cost more than they give; said before it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path[0] = str(Path(__file__).resolve().parents[2])

from local import lifeline  # noqa: E402


def main(folder: Path, recipe: str) -> int:
    """Learns and writes the model."""
    from local.runners.recommender.model import learn, read

    rows = read(folder / "interactions.csv")
    model = learn(recipe, rows, read(folder / "items.csv"), read(folder / "users.csv"))
    model.save(folder)
    print(f"{recipe}: {len(rows)} interactions, {len(model.users)} users, {len(model.items)} items", flush=True)
    return 0


if __name__ == "__main__":
    lifeline.hold()
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2]))
