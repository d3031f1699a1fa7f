"""How recommendations are judged."""

import numpy as np

from data.generate import Shop
from data.split import by_time
from pipeline import evaluation

PEOPLE, ITEMS = [f"u{number}" for number in range(30)], [f"i{number}" for number in range(40)]


def row(user: str, item: str, kind: str, day: int) -> dict[str, str]:
    return {"event_id": f"{user}{item}{day}", "user_id": user, "item_id": item, "event_type": kind,
            "event_time": f"2026-01-{day:02}T00:00:00Z"}  # fmt: skip


def parts() -> evaluation.Parts:
    """Everybody has bought i0, which is popular, and takes up one item of their own later."""
    early = [row(user, "i0", "purchase", 1) for user in PEOPLE] + [row(user, "i1", "view", 2) for user in PEOPLE]
    late = [row(user, ITEMS[10 + number], "view", 20) for number, user in enumerate(PEOPLE)]
    items = [{"item_id": item, "min_age": "18" if item == "i2" else "0", "available": "yes"} for item in ITEMS]
    return by_time(Shop(early + late, items, [{"user_id": user, "age": "17"} for user in PEOPLE]), 0.67)


def test_a_way_that_knows_everything_is_better_than_popularity() -> None:
    judged = evaluation.evaluate(parts(), lambda user: [ITEMS[10 + int(user[1:])]])
    assert judged.model.ndcg == judged.model.recall == 1
    assert judged.popular.ndcg == 0
    assert judged.better
    assert judged.model.coverage == 30 / 40
    assert judged.model.novelty > judged.popular.novelty


def test_a_way_that_knows_nothing_is_not() -> None:
    judged = evaluation.evaluate(parts(), lambda _: ["i3"])
    assert judged.model.ndcg == 0
    assert not judged.better


def test_popularity_offers_neither_what_was_bought_nor_what_is_for_older_people() -> None:
    assert evaluation.by_popularity(parts())("u0") == ["i1"]


def test_kinds_of_users_are_shown_also_where_the_model_loses() -> None:
    judged = evaluation.evaluate(parts(), lambda _: [])
    names = {segment.name for segment in judged.segments}
    assert names == {"1 to 10 events", "took up an item nobody had touched"}


def test_an_interval_holds_the_mean() -> None:
    low, high = evaluation.interval(np.random.default_rng(3).normal(0.1, 0.2, 400), np.random.default_rng(0))
    assert low < 0.1 < high
