"""MovieLens 100k, read where it lies in the wheel of recbole; fetched when it is asked for, and never copied out.

The data are GroupLens': for research, not to be handed on (https://grouplens.org/datasets/movielens/100k/). A rating of
three or more is a film that was seen and liked; it stands as a purchase, so that it is not recommended again.
"""

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from data.generate import Row, Shop

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = PROJECT / ".local" / "movielens"
LIKED = 3.0


class NotThere(Exception):
    """The wheel could not be fetched."""


def read(told: Callable[[str], None]) -> Shop:
    """Returns the films, the people and what they liked."""
    place = FOLDER / "recbole" / "dataset_example" / "ml-100k"
    if not (place / "ml-100k.inter").is_file():
        told("  fetching MovieLens 100k in the wheel of recbole (2 MB, once)")
        _fetch()
    films = {row["item_id"]: row for row in _lines(place / "ml-100k.item")}
    people = {row["user_id"]: row for row in _lines(place / "ml-100k.user")}
    interactions = [_interaction(number, row) for number, row in enumerate(_lines(place / "ml-100k.inter"))
                    if float(row["rating"]) >= LIKED]  # fmt: skip
    items = [_item(id, films.get(id, {})) for id in sorted({row["item_id"] for row in interactions})]
    users = [{"user_id": id, "age": people.get(id, {}).get("age", "0")} for id in sorted(people)]
    return Shop(interactions, items, users)


def _interaction(number: int, row: Row) -> Row:
    moment = datetime.fromtimestamp(float(row["timestamp"]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = {"event_id": f"m{number:06}", "user_id": row["user_id"], "item_id": row["item_id"]}
    return found | {"event_type": "purchase", "event_time": moment}


def _item(id: str, film: Row) -> Row:
    genre = (film.get("class", "").split() or [""])[0]
    year = film.get("release_year", "")  # some films have none, or a word in its place
    added = f"{year if re.fullmatch('[0-9]{4}', year) else '1900'}-01-01"
    return {"item_id": id, "category": genre, "price": "0", "min_age": "0", "available": "yes", "added_on": added}


def _lines(path: Path) -> Iterator[Row]:
    """Yields the rows of a file whose header names columns and their types: `user_id:token`."""
    with path.open(encoding="utf-8") as file:
        names = [name.partition(":")[0] for name in next(file).rstrip("\n").split("\t")]
        for line in file:
            yield dict(zip(names, line.rstrip("\n").split("\t"), strict=False))


def _fetch() -> None:
    wanted = ["--no-deps", "--require-hashes", "-r", str(PROJECT / "requirements" / "movielens.txt")]
    if importlib.util.find_spec("pip"):
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    elif found := shutil.which("uv"):
        command = [found, "pip", "install", "--quiet", "--python", sys.executable]
    else:
        raise NotThere("MovieLens is fetched by pip or uv, and neither is here.")
    done = subprocess.run([*command, "--target", str(FOLDER), *wanted], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotThere(f"MovieLens could not be fetched: {done.stderr.strip().splitlines()[-1]}")
