"""What is done for a customer, and above all what is not."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from decide import decide

PROFILE: dict[str, Any] = {
    "attributes": {"email": {"value": "a@b.example", "from": "crm:1"}},
    "consent": {"marketing": True, "profiling": True},
    "bought": "tent",
    "segment": "regular",
    "returns": 0.8,
    "value": 50.0,
}


def test_a_customer_who_returns_gets_a_recommendation_without_a_discount() -> None:
    assert decide(PROFILE)[:3] == ("recommend", "e-mail", "stove")


def test_a_valuable_customer_who_may_be_lost_is_won_back() -> None:
    assert decide(PROFILE | {"returns": 0.2, "value": 80.0}).action == "win back"
    assert decide(PROFILE | {"returns": 0.2, "value": 10.0}).action == "none"


@pytest.mark.parametrize("returns", [0.1, 0.5, 0.9, None])
def test_nobody_is_written_to_or_judged_who_did_not_consent(returns: float | None) -> None:
    quiet = PROFILE | {"returns": returns, "consent": {"marketing": False, "profiling": True}}
    assert decide(quiet).channel == "web shop"
    hidden = PROFILE | {"returns": returns, "consent": {"marketing": True, "profiling": False}}
    assert decide(hidden) == ("none", None, None, "may not be profiled")


def test_who_cannot_be_reached_waits_for_the_next_visit() -> None:
    assert decide(PROFILE | {"attributes": {}}).channel == "web shop"
    assert decide(PROFILE | {"attributes": {"street": {}}}).channel == "letter"


def test_the_function_answers_for_what_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    import handler
    import profiles

    monkeypatch.setattr(profiles, "find", lambda id: PROFILE if id == "c0123456789ab" else None)
    context = SimpleNamespace(aws_request_id="r")

    def ask(id: str) -> tuple[int, dict[str, Any]]:
        answer = handler.handler({"pathParameters": {"id": id}}, context)
        return answer["statusCode"], json.loads(answer["body"])

    assert ask("nobody")[0] == 400
    assert ask("c999999999999")[0] == 404
    assert ask("c0123456789ab") == (
        200,
        {"customer_id": "c0123456789ab", "action": "recommend", "channel": "e-mail", "about": "stove",
         "reason": "returns by itself (80%), so without a discount"},
    )  # fmt: skip
