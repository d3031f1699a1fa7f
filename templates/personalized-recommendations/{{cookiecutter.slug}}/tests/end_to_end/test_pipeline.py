"""From an event to the next answer and to Athena: nothing is taken on trust, everything is found again by its id."""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from data.split import purchases
from pipeline import load, query, reconciliation, sessions
from pipeline.sessions import Told

from .conftest import Deployed, without

PATIENCE = 60
EVERYTHING = {"limit": 100}


def now() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1)


def stranger() -> str:
    return f"new-{uuid.uuid4().hex[:10]}"


def buyer(deployed: Deployed) -> tuple[str, set[str]]:
    """Somebody of age who has bought something that can still be bought."""
    offered = {row["item_id"] for row in deployed.parts.history.items if row["available"] == "yes"}
    grown = {row["user_id"] for row in deployed.parts.history.users if int(row["age"]) >= 18}
    bought = purchases(deployed.parts.history.interactions)
    return next((user, items) for user, items in bought.items() if user in grown and len(items & offered) > 2)


def everything(deployed: Deployed, user: str) -> list[str]:
    first, second = (deployed.api.for_you(user, limit=100, page=page) for page in (0, 1))
    assert first.content["source"] == second.content["source"] == "model", first.content
    return [*first.items, *second.items]


def test_every_event_and_every_answer_is_found_again(deployed: Deployed) -> None:
    since, told = now(), Told()
    visits = sessions.run(deployed.api, deployed.parts, 12, told)
    answers = sessions.poison(deployed.api, deployed.parts.history.interactions[0], told)
    assert [answer.status for answer in answers] == [202] * len(sessions.POISONED) + [400]
    assert not told.failed
    compared = reconciliation.wait(deployed.lake, told, since, PATIENCE)
    assert compared.agrees, compared
    assert compared.events == len(told.accepted) > 40
    assert compared.rejected == len(sessions.POISONED) + 1
    assert compared.untracked == 0
    assert sum(visit.changed for visit in visits) > 0


def test_an_unsigned_request_never_reaches_a_function(deployed: Deployed) -> None:
    assert deployed.api.send("GET", "/popular", signed=False).status == 403
    assert deployed.api.send("POST", "/events", "{}", signed=False).status == 403


def test_a_stranger_gets_popular_items_and_after_an_event_what_follows_from_it(deployed: Deployed) -> None:
    user = stranger()
    before = deployed.api.for_you(user)
    assert before.content["source"] == "popular"
    assert before.items == deployed.api.popular().items
    category = {row["item_id"]: row["category"] for row in deployed.parts.history.items}
    wanted = category[before.items[-1]]
    rows = [row for row in deployed.parts.history.interactions if category.get(row["item_id"]) == wanted][:6]
    deployed.api.events(user, "s1", [sessions.event(row, type="view") for row in rows])
    after = deployed.api.for_you(user)
    assert after.content["source"] == "model"
    assert sum(category[item] == wanted for item in after.items) > sum(
        category[item] == wanted for item in before.items
    )


def test_what_was_bought_is_not_offered_again_also_when_it_was_bought_a_moment_ago(deployed: Deployed) -> None:
    user, bought = buyer(deployed)
    offered = everything(deployed, user)
    assert not set(offered) & bought
    row = {"item_id": offered[0], "event_type": "purchase"}
    assert deployed.api.events(user, "s1", [sessions.event(row)]).status == 202
    assert offered[0] not in everything(deployed, user)


def test_what_is_sold_out_or_for_older_people_is_not_offered(deployed: Deployed) -> None:
    items = {row["item_id"]: row for row in deployed.parts.history.items}
    young = next(row["user_id"] for row in deployed.parts.history.users if int(row["age"]) < 16)
    seen = {row["user_id"] for row in deployed.parts.history.interactions}
    assert young in seen
    offered = everything(deployed, young)
    assert offered
    assert all(items[item]["available"] == "yes" and items[item]["min_age"] == "0" for item in offered)
    assert set(deployed.api.similar(offered[0], age=40, limit=100).items) - set(
        deployed.api.similar(offered[0], limit=100).items
    )

    gone = items[offered[1]]
    change = {"category": gone["category"], "price": float(gone["price"]), "min_age": 0, "available": "no"}
    assert deployed.api.item(offered[1], change).status == 202
    assert offered[1] not in everything(deployed, young)


def test_pages_hold_each_item_once(deployed: Deployed) -> None:
    user, _ = buyer(deployed)
    pages = [deployed.api.for_you(user, limit=10, page=page) for page in range(3)]
    found = [item for page in pages for item in page.items]
    assert len(found) == len(set(found)) == 30
    assert pages[0].content["next_page"] == 1


def test_similar_items_are_kept_for_everyone_and_personal_ones_for_nobody(deployed: Deployed) -> None:
    item = deployed.parts.history.items[7]["item_id"]
    asked = [deployed.api.similar(item, age=40) for _ in range(6)]
    assert {answer.cache for answer in asked} <= {"miss", "hit"}
    assert asked[-1].cache == "hit"
    assert len({tuple(answer.items) for answer in asked}) == 1
    user, _ = buyer(deployed)
    assert {deployed.api.for_you(user).cache for _ in range(3)} == {"none"}


def test_a_poisoned_event_is_kept_with_reason_and_body(deployed: Deployed) -> None:
    bad = sessions.event(deployed.parts.history.interactions[0]) | {"type": "stare"}
    assert deployed.api.events("u", "s", [bad]).status == 400
    deadline = time.monotonic() + PATIENCE
    while not (kept := deployed.lake.query(f"SELECT * FROM rejected_events WHERE event_id = '{bad['id']}'")):
        assert time.monotonic() < deadline, "it is not among the dead letters"
        time.sleep(0.5)
    assert kept[0]["reason"] == "type must be one of view, cart, purchase"
    assert json.loads(str(kept[0]["body"])) == bad


def test_cleaning_takes_out_each_kind_of_fault(deployed: Deployed) -> None:
    found = {row["outcome"]: int(str(row["interactions"])) for row in deployed.lake.query("SELECT * FROM cleaning")}
    assert {"kept", "duplicate", "robot", "item is gone"} <= found.keys()
    assert found["no time"] == 1, "a time that cannot be read spoils nothing else"
    ids = deployed.lake.query("SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM clean_interactions")
    assert ids[0]["n"] == ids[0]["ids"]
    known = {row["item_id"] for row in deployed.parts.history.items}
    clean = [
        row["event_id"]
        for row in deployed.parts.history.interactions
        if row["item_id"] in known and not row["user_id"].startswith("robot") and row["event_time"] < "2090"
    ]
    history = deployed.lake.query("SELECT count(*) AS n FROM clean_interactions WHERE event_id NOT LIKE 'live-%'")
    assert int(str(history[0]["n"])) == len(set(clean))


@contextmanager
def environment(deployed: Deployed, function: str, **change: str) -> Iterator[None]:
    """Changes the variables of a function for a while."""
    client, name = deployed.client("lambda"), deployed.outputs[function]
    known = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    client.update_function_configuration(FunctionName=name, Environment={"Variables": known | change})
    try:
        yield
    finally:
        client.update_function_configuration(FunctionName=name, Environment={"Variables": known})


def test_when_the_model_is_away_popular_items_are_offered_and_the_filters_hold(deployed: Deployed) -> None:
    user, bought = buyer(deployed)
    nowhere = f"{deployed.outputs['ForYouCampaignArn']}-gone"
    with environment(deployed, "RecommendFunction", FOR_YOU_CAMPAIGN=nowhere):
        answer = deployed.api.for_you(user, **EVERYTHING)
    assert (answer.status, answer.content["source"]) == (200, "fallback")
    assert answer.items
    assert not set(answer.items) & bought


@pytest.mark.parametrize(
    ("statement", "source"), [("AskTheModel", "fallback"), ("KnowUsers", "popular"), ("KeepAnswers", "model")]
)
def test_the_function_that_recommends_can_do_no_more_than_its_role_allows(
    deployed: Deployed, statement: str, source: str
) -> None:
    user, _ = buyer(deployed)
    with without(deployed, deployed.outputs["RecommendFunction"], "recommend", statement):
        answer = deployed.api.for_you(user)
    assert (answer.status, answer.content["source"]) == (200, source)
    assert deployed.api.for_you(user).content["source"] == "model"


@pytest.mark.parametrize(
    ("statement", "status", "tracked"),
    [
        ("TellTheModel", 202, False),
        ("KeepEvents", 503, None),
        ("KeepDeadLetters", 503, None),
        ("RememberUsers", 202, True),
    ],
)
def test_the_function_that_tracks_can_do_no_more_than_its_role_allows(
    deployed: Deployed, statement: str, status: int, tracked: bool | None
) -> None:
    row = deployed.parts.history.interactions[0]
    with without(deployed, deployed.outputs["TrackFunction"], "track", statement):
        answer = deployed.api.events(stranger(), "s", [sessions.event(row), {}])
    assert (answer.status, answer.content.get("tracked")) == (status, tracked)


def test_an_item_that_nobody_knows_is_not_found(deployed: Deployed) -> None:
    assert deployed.api.similar("nobody-knows-it").status == 404


def test_a_load_is_answered_without_a_failure(deployed: Deployed) -> None:
    people = [row["user_id"] for row in deployed.parts.history.users]
    items = [row["item_id"] for row in deployed.parts.history.items][:10]
    loaded = load.run(deployed.api, people, items, Told(), rate=10, seconds=2)
    assert (loaded.requests, loaded.failed) == (20, 0)
    assert {kind.kind.split(",")[0] for kind in loaded.kinds} == {"personal", "similar", "popular"}


def test_an_analyst_sees_the_tables(deployed: Deployed, capsys: pytest.CaptureFixture) -> None:
    assert query.main(["--stage", "local", "SELECT users FROM training_size"]) == 0
    users = {row["user_id"] for row in deployed.parts.history.interactions if not row["user_id"].startswith("robot")}
    assert int(capsys.readouterr().out.splitlines()[1]) >= len(users)
