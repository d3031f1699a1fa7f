"""Ids stay: whatever comes and goes, only what has to change does, and it is written down."""

import random

import identity


def test_the_same_records_get_the_same_ids_in_any_order() -> None:
    people = [["crm:1", "web:2"], ["sap:3"], ["shop:4", "shop:5"]]
    ids, changes = identity.keep_ids(people, {})
    again, _ = identity.keep_ids([list(reversed(group)) for group in reversed(people)], {})
    assert ids == again
    assert len(set(ids.values())) == 3
    assert changes == []


def test_one_per_cent_more_records_change_no_id_but_of_merged_customers() -> None:
    draw = random.Random(1)
    people = [[f"r{number}-{one}" for one in range(draw.randrange(1, 5))] for number in range(500)]
    ids, _ = identity.keep_ids(people, {})
    for number in range(12):  # a record more for twelve people, the last of which turns out to be two
        people[number].append(f"new-{number}")
    people[11] += people.pop(300)
    now, changes = identity.keep_ids(people, ids)
    moved = {record for record in ids if ids[record] != now[record]}
    assert [change.kind for change in changes] == ["merged"]
    assert {ids[record] for record in moved} == {changes[0].customer_id}
    assert {now[record] for record in moved} == {changes[0].survivor}


def test_the_part_with_most_records_keeps_the_id() -> None:
    before = dict.fromkeys(["a", "b", "c"], "c1")
    now, changes = identity.keep_ids([["a"], ["b", "c"]], before)
    assert now["b"] == now["c"] == "c1"
    assert changes == [identity.Change("split", now["a"], "c1")]


def test_an_id_is_never_given_again() -> None:
    first, _ = identity.keep_ids([["a"]], {})
    gone, changes = identity.keep_ids([], first)
    assert (gone, changes[0].kind) == ({}, "gone")
    again, _ = identity.keep_ids([["a"]], {}, retired=first.values())
    assert again["a"] != first["a"]


def test_a_link_that_chains_two_people_together_costs_precision() -> None:
    person = {"a": "1", "b": "1", "c": "2", "d": "2"}
    pairs = [("a", "b", 0.9), ("c", "d", 0.9), ("b", "c", 0.6)]
    loose, strict = identity.quality(pairs, person, [0.5, 0.8])
    assert (strict["precision"], strict["recall"]) == (1, 1)
    assert (loose["precision"], loose["recall"]) == (2 / 6, 1)


def test_a_pair_that_was_never_looked_at_counts_as_not_found() -> None:
    found = identity.quality([("a", "b", 0.9)], {"a": "1", "b": "1", "c": "1"}, [0.5])[0]
    assert found["recall"] == 1 / 3
