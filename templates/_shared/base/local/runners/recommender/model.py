"""What is learned from interactions: factors of users and items, similar items, popularity. Needs `implicit` to learn.

The contract is that of Amazon Personalize, the quality is not claimed to be: its recipes are other algorithms.
"""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FACTORS, ROUNDS, SEED = 48, 15, 1
CONFIDENCE, REGULARISATION = 8.0, 0.1
MOST_ALIKE = 5  # repetitions of one event that still make a difference
NEW_ITEM = 0.6  # how much of the average of its kind an item is given that nobody has touched yet

Numbers: TypeAlias = NDArray[np.float32]
Row = dict[str, str]


@dataclass
class Model:
    """Everything that is needed to recommend.

    Attributes:
        recipe: the last part of the recipe's ARN.
        items: ids, in the order of `factors`.
        factors: one row for each item.
        users: one row for each known user.
        popular: events of each item, those of the last weeks more than older ones.
        history: the types of events that each user has had with items, the last ones.
        item_fields: what is known of each item.
        user_fields: what is known of each user.
    """

    recipe: str
    items: list[str]
    factors: Numbers
    users: dict[str, Numbers]
    popular: Numbers
    history: dict[str, dict[str, set[str]]]
    item_fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    user_fields: dict[str, dict[str, Any]] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Writes it into a folder."""
        names = list(self.users)
        rows = np.array([self.users[name] for name in names], dtype=np.float32).reshape(len(names), -1)
        np.savez(folder / "model.npz", factors=self.factors, users=rows, popular=self.popular)
        history = {user: {item: sorted(had) for item, had in items.items()} for user, items in self.history.items()}
        rest = {"recipe": self.recipe, "items": self.items, "users": names, "history": history}
        rest |= {"item_fields": self.item_fields, "user_fields": self.user_fields}
        (folder / "model.json").write_text(json.dumps(rest), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Model":
        """Reads it back."""
        rest = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        with np.load(folder / "model.npz") as arrays:
            users = dict(zip(rest["users"], arrays["users"], strict=True))
            factors, popular = arrays["factors"], arrays["popular"]
        history = {user: {item: set(had) for item, had in items.items()} for user, items in rest["history"].items()}
        return cls(
            rest["recipe"], rest["items"], factors, users, popular, history, rest["item_fields"], rest["user_fields"]
        )


def learn(recipe: str, interactions: Iterable[Row], items: Iterable[Row], users: Iterable[Row]) -> Model:
    """Learns from rows with the columns of the three data sets."""
    rows = sorted(interactions, key=lambda row: int(row["TIMESTAMP"]))
    item_fields = {row["ITEM_ID"]: _known(row, "ITEM_ID") for row in items}
    user_fields = {row["USER_ID"]: _known(row, "USER_ID") for row in users}
    # New items take part as soon as they are known: an item without any event is of its kind's average.
    names = sorted({row["ITEM_ID"] for row in rows} | set(item_fields))
    place = {name: number for number, name in enumerate(names)}
    history: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    counted: Counter[tuple[str, int]] = Counter()
    popular = np.zeros(len(names), dtype=np.float32)
    last = int(rows[-1]["TIMESTAMP"]) if rows else 0
    for row in rows:
        history[row["USER_ID"]][row["ITEM_ID"]].add(row.get("EVENT_TYPE") or "*")
        counted[row["USER_ID"], place[row["ITEM_ID"]]] += 1
        popular[place[row["ITEM_ID"]]] += 0.5 ** ((last - int(row["TIMESTAMP"])) / (28 * 86_400))
    user_rows, factors = _factors(counted, len(names))
    _give_new_items_their_kind(factors, names, item_fields, {item for _, item in counted})
    plain = {user: dict(had) for user, had in history.items()}
    return Model(recipe, names, factors, user_rows, popular, plain, item_fields, user_fields)


def _factors(counted: Mapping[tuple[str, int], int], items: int) -> tuple[dict[str, Numbers], Numbers]:
    from implicit.cpu.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix

    users = sorted({user for user, _ in counted})
    number = {user: place for place, user in enumerate(users)}
    pairs = list(counted)
    weights = np.array([min(counted[pair], MOST_ALIKE) for pair in pairs], dtype=np.float32)
    where = ([number[user] for user, _ in pairs], [item for _, item in pairs])
    matrix = csr_matrix((weights * CONFIDENCE, where), shape=(len(users), items))
    learner = AlternatingLeastSquares(
        factors=min(FACTORS, max(2, items // 4)),
        regularization=REGULARISATION,
        iterations=ROUNDS,
        random_state=SEED,
        num_threads=1,
    )
    learner.fit(matrix, show_progress=False)
    return dict(zip(users, learner.user_factors, strict=True)), np.array(learner.item_factors)


def _give_new_items_their_kind(
    factors: Numbers, names: list[str], fields: Mapping[str, Mapping[str, Any]], touched: set[int]
) -> None:
    """Gives items that nobody has touched the average of those of their first text field (a category, a genre)."""
    kinds: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        kinds[_kind(fields.get(name, {}))].append(place)
    for places in kinds.values():
        old = [place for place in places if place in touched]
        for place in set(places) - touched:
            factors[place] = factors[old].mean(axis=0) * NEW_ITEM if old else 0


def _kind(fields: Mapping[str, Any]) -> str:
    return next((str(value) for value in fields.values() if isinstance(value, str)), "")


def _known(row: Mapping[str, str], key: str) -> dict[str, Any]:
    """Returns the fields of a row that have a value, numbers as numbers."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name == key or value in {"", None}:
            continue
        try:
            found[name] = float(value)
        except ValueError:
            found[name] = value
    return found


def read(path: Path) -> list[Row]:
    """Returns the rows of a CSV file, none if there is no file."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [dict(row) for row in csv.DictReader(file)]
