"""The function that recommends: what it answers, what it keeps, and what it does when the model is away."""

import importlib
import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

SETTINGS = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "USERS_TABLE": "users",
    "LAKE": "lake",
    "POPULAR_KEY": "serving/popular.csv",
    "ANSWERS_STREAM": "answers",
    "EXPERIMENT": "x",
    "MODEL_SHARE": "100",
    "METRICS_NAMESPACE": "shop",
}
POPULAR = (
    "item_id,score,category,min_age,available\ni1,9,books,0,yes\ni2,8,wine,18,yes\ni3,7,books,0,no\ni4,6,toys,0,yes\n"
)
ERROR: Any = {"Error": {"Code": "ServiceUnavailable", "Message": "slow down"}}


class Aws:
    """Stands where S3, DynamoDB and Firehose are."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.answers: list[dict[str, Any]] = []
        self.closed: set[str] = set()

    def get_object(self, **_: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(POPULAR.encode())}

    def get_item(self, TableName: str, Key: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        if "users" in self.closed:
            raise ClientError(ERROR, TableName)
        found = self.users.get(Key["user_id"]["S"])
        return {"Item": found} if found else {}

    def put_record(self, DeliveryStreamName: str, Record: dict[str, bytes]) -> None:  # noqa: N803
        if "answers" in self.closed:
            raise ClientError(ERROR, DeliveryStreamName)
        self.answers.append(json.loads(Record["Data"]))


class Model:
    """A model that can be away."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.asked: list[tuple[str, int, int]] = []
        self.away = False

    def __call__(self, name: str, age: int, count: int) -> tuple[list[tuple[str, float]], str]:
        self.asked.append((name, age, count))
        if self.away:
            raise self.module.Unavailable("away")
        if name == "nobody-knows":
            raise self.module.Unknown(name)
        return [(f"m{number}", 1 - number / 1000) for number in range(count)], "RID-1"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    aws = Aws()
    answer, popular = importlib.import_module("answer"), importlib.import_module("popular")
    monkeypatch.setattr(answer, "firehose", aws)
    monkeypatch.setattr(answer, "cache", importlib.import_module("cache").Cache(60, 100))
    monkeypatch.setattr(popular, "s3", aws)
    monkeypatch.setattr(popular, "_read", (0.0, []))
    monkeypatch.setattr(importlib.import_module("visitor"), "dynamodb", aws)
    return aws


@pytest.fixture
def model(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Model:
    module = importlib.import_module("model")
    model = Model(module)
    for name in ("for_you", "similar"):
        monkeypatch.setattr(module, name, model)
    return model


def call(route: str, name: str = "", **query: str) -> tuple[int, dict[str, Any], str]:
    event = {
        "routeKey": route,
        "pathParameters": {"name": name} if name else None,
        "queryStringParameters": query or None,
    }
    answer = importlib.import_module("answer").handler(event, None)
    headers = answer["headers"]
    assert headers["cache-control"] == ("no-store" if headers["x-cache"] == "none" else "public, max-age=60")
    return answer["statusCode"], json.loads(answer["body"]), headers["x-cache"]


def ids(content: dict[str, Any]) -> list[str]:
    return [one["id"] for one in content["items"]]


FOR_YOU, SIMILAR, POPULAR_ROUTE = "GET /recommendations/{name}", "GET /similar/{name}", "GET /popular"


def test_who_is_known_gets_what_the_model_says_and_nothing_of_it_is_kept(aws: Aws, model: Model) -> None:
    aws.users["u1"] = {"age": {"N": "17"}}
    for _ in range(2):
        status, content, kept = call(FOR_YOU, "u1", limit="3")
        assert (status, content["source"], kept) == (200, "model", "none")
        assert ids(content) == ["m0", "m1", "m2"]
    assert model.asked == [("u1", 17, 3), ("u1", 17, 3)]
    assert [one["recommendation_id"] for one in aws.answers] == ["RID-1", "RID-1"]
    assert aws.answers[0]["items"] == "m0 m1 m2"


def test_who_is_not_known_gets_what_is_popular_and_fits_everyone(aws: Aws, model: Model) -> None:
    _, content, kept = call(FOR_YOU, "stranger")
    assert (content["source"], ids(content), kept) == ("popular", ["i1", "i4"], "none")
    assert not model.asked


def test_when_the_model_is_away_popular_items_keep_to_the_filters(aws: Aws, model: Model) -> None:
    model.away = True
    aws.users["u1"] = {"age": {"N": "40"}, "bought": {"SS": ["i1"]}}
    status, content, _ = call(FOR_YOU, "u1")
    assert (status, content["source"], ids(content)) == (200, "fallback", ["i2", "i4"])


def test_when_the_table_is_away_everyone_is_a_stranger(aws: Aws, model: Model) -> None:
    aws.closed = {"users"}
    assert call(FOR_YOU, "u1")[1]["source"] == "popular"


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(aws: Aws, model: Model) -> None:
    aws.closed = {"answers"}
    assert call(POPULAR_ROUTE)[0] == 200


def test_similar_and_popular_items_are_kept_for_everyone_of_an_age(aws: Aws, model: Model) -> None:
    assert [call(SIMILAR, "i1")[2], call(SIMILAR, "i1")[2], call(SIMILAR, "i1", age="16")[2]] == ["miss", "hit", "miss"]
    assert [call(POPULAR_ROUTE)[2], call("GET /recommendations")[2]] == ["miss", "hit"]
    assert len({one["recommendation_id"] for one in aws.answers}) == 5 - 1, "the two of the model have its one id"
    assert len(model.asked) == 2


def test_a_fallback_is_not_kept(aws: Aws, model: Model) -> None:
    model.away = True
    assert call(SIMILAR, "i1")[1]["source"] == "fallback"
    model.away = False
    assert call(SIMILAR, "i1")[1]["source"] == "model"


def test_pages_follow_each_other_and_end(aws: Aws, model: Model) -> None:
    aws.users["u1"] = {"age": {"N": "30"}}
    _, first, _ = call(FOR_YOU, "u1", limit="100")
    _, last, _ = call(FOR_YOU, "u1", limit="100", page="4")
    assert (ids(first)[-1], first["next_page"]) == ("m99", 1)
    assert (ids(last)[0], last["next_page"]) == ("m400", None)
    assert call(FOR_YOU, "u1", limit="100", page="5")[0] == 400


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"limit": "ten"}, {"page": "-1"}, {"age": "1e3"}])
def test_an_impossible_request_is_refused(aws: Aws, model: Model, query: dict[str, str]) -> None:
    status, content, _ = call(POPULAR_ROUTE, **query)
    assert status == 400
    assert next(iter(query)) in content["error"]


def test_an_item_that_nobody_knows_is_not_found(aws: Aws, model: Model) -> None:
    assert call(SIMILAR, "nobody-knows")[0] == 404


def test_the_split_is_stable_and_has_its_share(aws: Aws, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_SHARE", "70")
    variant_of = importlib.import_module("visitor").variant_of
    found = [variant_of(f"u{number}") for number in range(2000)]
    assert found == [variant_of(f"u{number}") for number in range(2000)]
    assert 0.65 < found.count("model") / 2000 < 0.75
    monkeypatch.setenv("EXPERIMENT", "another")
    assert found != [variant_of(f"u{number}") for number in range(2000)]


def test_the_control_group_gets_popular_items_from_the_same_api(
    aws: Aws, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_SHARE", "0")
    aws.users["u1"] = {"age": {"N": "30"}}
    _, content, _ = call(FOR_YOU, "u1")
    assert (content["variant"], content["source"]) == ("popular", "popular")
    assert aws.answers[0]["variant"] == "popular"


def test_what_is_kept_goes_after_a_while_and_when_there_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("cache")
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    cache = module.Cache(60, 2)
    for name in "abc":
        cache.put((name,), name)
    assert [cache.get((name,)) for name in "abc"] == [None, "b", "c"]
    now[0] = 61
    assert cache.get(("c",)) is None
