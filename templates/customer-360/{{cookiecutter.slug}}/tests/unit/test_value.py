"""Segments and predictions, on people of whom the generator knows everything."""

from datetime import date, timedelta

import segments
import value

from data.people import LAST_DAY, Person, people

TODAY = LAST_DAY + timedelta(days=1)


def history(person: Person, day: date) -> value.History | None:
    bought = [(on, amount) for on, _, amount in person.purchases]
    past = [(on, amount) for on, amount in bought if on < day]
    if not past:
        return None
    later = sum(amount for on, amount in bought if day <= on < day + timedelta(days=90))
    lately = sum(amount for on, amount in past if on >= day - timedelta(days=90))
    first, last = min(past)[0], max(past)[0]
    spent = sum(amount for _, amount in past)
    return value.History(f"{person.number}", len(past), spent, (day - last).days, (day - first).days, lately, later)


def histories(back: int) -> list[value.History]:
    found = (history(person, TODAY - timedelta(days=back)) for person in people(1500, seed=3))
    return [one for one in found if one is not None]


def test_the_models_beat_the_trivial_rules_on_what_came_later() -> None:
    found = value.judge(value.learn(histories(180)), histories(90))
    assert found["auc"] > found["auc_rule"] > 0.6
    assert found["error"] < found["error_rule"]
    assert 0.6 < found["expected"] / found["spent"] < 1.6


def test_what_comes_later_is_no_feature() -> None:
    row = histories(90)[0]
    assert (value.features([row]) == value.features([row._replace(later=1e6)])).all()


def test_segments_are_named_by_what_they_have_in_common() -> None:
    rows = histories(0)
    found = dict(zip((row.customer_id for row in rows), segments.segments(rows), strict=True))
    recency: dict[str, list[int]] = {}
    for row in rows:
        recency.setdefault(found[row.customer_id], []).append(row.recency)
    middle = {name: sum(days) / len(days) for name, days in recency.items()}
    assert set(middle) == set(segments.NAMES)
    assert min(middle, key=lambda name: middle[name]) == "regular"
    assert max(middle, key=lambda name: middle[name]) == "drifted away"
    assert segments.segments(rows) == [found[row.customer_id] for row in rows]
