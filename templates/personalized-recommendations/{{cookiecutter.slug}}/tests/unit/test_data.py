"""The generated shop, the cut by time, and one's own files."""

from pathlib import Path

import pytest

from data import movielens, sources, split
from data.generate import generate

SHOP = generate(users=300, items=200, sessions=2_000, seed=7)


def test_a_seed_gives_the_same_shop() -> None:
    small = generate(users=20, items=20, sessions=40, seed=3)
    assert small == generate(users=20, items=20, sessions=40, seed=3)
    assert small != generate(users=20, items=20, sessions=40, seed=4)


def test_the_log_holds_what_cleaning_has_to_take_out() -> None:
    ids = [row["event_id"] for row in SHOP.interactions]
    known = {row["item_id"] for row in SHOP.items}
    assert len(set(ids)) < len(ids)
    assert any(row["item_id"] not in known for row in SHOP.interactions)
    assert any(row["user_id"].startswith("robot") for row in SHOP.interactions)
    assert any(row["event_time"] > "2090" for row in SHOP.interactions)


def test_some_items_are_new_some_sold_out_and_some_for_older_people() -> None:
    assert any(row["added_on"] > "2026-07-01" for row in SHOP.items)
    assert {row["available"] for row in SHOP.items} == {"yes", "no"}
    assert {row["min_age"] for row in SHOP.items} == {"0", "16", "18"}


def test_nothing_that_happened_before_the_moment_comes_later() -> None:
    parts = split.by_time(SHOP)
    assert max(row["event_time"] for row in parts.history.interactions) < parts.moment
    assert min(row["event_time"] for row in parts.later) >= parts.moment
    assert len(parts.history.interactions) + len(parts.later) == len(SHOP.interactions)


def test_what_was_bought_before_is_not_wanted_later() -> None:
    parts = split.by_time(SHOP)
    bought = split.purchases(parts.history.interactions)
    goals = split.wanted(parts)
    assert goals
    assert all(not goals[user] & bought.get(user, set()) for user in goals)


def test_a_folder_of_ones_own_needs_interactions_alone(tmp_path: Path) -> None:
    (tmp_path / "interactions.csv").write_text(
        "event_id,user_id,item_id,event_type,event_time\ne1,u1,i1,view,2026-01-31T12:00:00Z\n"
    )
    shop = sources.load(tmp_path)
    assert shop.items[0] == {**sources.ITEMS, "item_id": "i1"}
    assert shop.users == [{"user_id": "u1", "age": "0"}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("event_id,user_id\n", "these columns are missing: item_id, event_type, event_time."),
        ("event_id,user_id,item_id,event_type,event_time\ne,u,i,stare,2026-01-31T12:00:00Z\n", ":2: event_type is"),
        ("event_id,user_id,item_id,event_type,event_time\ne,u,i,view,yesterday\n", ":2: event_time is 'yesterday'"),
        ("event_id,user_id,item_id,event_type,event_time\ne,,i,view,2026-01-31T12:00:00Z\n", ":2: user_id is empty"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_line(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "interactions.csv").write_text(content)
    with pytest.raises(sources.DataError, match=said):
        sources.load(tmp_path)


def test_an_item_that_cannot_be_used_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "interactions.csv").write_text(
        "event_id,user_id,item_id,event_type,event_time\ne1,u1,i1,view,2026-01-31T12:00:00Z\n"
    )
    (tmp_path / "items.csv").write_text("item_id,price\ni1,9.5\ni2,dear\n")
    with pytest.raises(sources.DataError, match=r"items.csv:3: price is 'dear', not like"):
        sources.load(tmp_path)


def test_films_that_were_liked_are_read_where_they_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "recbole" / "dataset_example" / "ml-100k"
    place.mkdir(parents=True)
    (place / "ml-100k.inter").write_text(
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t5\t4\t881250949\n1\t6\t2\t881250950\n"
    )
    (place / "ml-100k.item").write_text(
        "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n5\tA\t1995\tDrama War\n"
    )
    (place / "ml-100k.user").write_text("user_id:token\tage:token\n1\t24\n")
    monkeypatch.setattr(movielens, "FOLDER", tmp_path)
    shop = movielens.read(print)
    assert [row["item_id"] for row in shop.interactions] == ["5"]
    assert shop.interactions[0]["event_time"] == "1997-12-04T15:55:49Z"
    assert (shop.items[0]["category"], shop.items[0]["added_on"]) == ("Drama", "1995-01-01")
    assert shop.users == [{"user_id": "1", "age": "24"}]
