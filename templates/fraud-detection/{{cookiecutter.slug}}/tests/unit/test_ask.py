"""The command that asks the API: what it reads, and when it sends again."""

from collections.abc import Mapping

import pytest

from deploy.errors import DeployError
from pipeline import ask
from pipeline.api import ScoringApi
from pipeline.signed import Answer


class Api(ScoringApi):
    """Answers with these statuses, one after the other."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)

    def score(self, transaction: Mapping[str, object]) -> Answer:
        return Answer(self.statuses.pop(0), dict(transaction), 0.0, {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"id": "t1"}\n{"id"\n', "it, line 2 is no JSON: "),
        ('{"id": "t1"}\n\n[1]\n', "it, line 3 is no JSON object. Nothing was sent."),
        ("\n", "it holds no transaction."),
    ],
)
def test_what_cannot_be_sent_is_named_before_anything_is(text: str, said: str) -> None:
    with pytest.raises(DeployError, match=said):
        list(ask.lines("it", text))


@pytest.mark.parametrize(
    ("statuses", "due"), [([503, 503, 200], 200), ([429, 400], 400), ([503, 503, 503], 503), ([200], 200)]
)
def test_what_cannot_be_scored_now_is_sent_again_twice(
    statuses: list[int], due: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask, "PAUSES", (0.0, 0.0))
    api = Api(*statuses)
    assert ask.score(api, {"id": "t1"}).status == due
    assert not api.statuses


@pytest.mark.parametrize("status", [401, 403])
def test_a_caller_who_is_refused_does_not_go_on(status: int) -> None:
    with pytest.raises(DeployError, match=f"The API refuses this caller \\({status}\\)"):
        ask.score(Api(status), {"id": "t1"})
