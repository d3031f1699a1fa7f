"""What `make preflight` says of an account; the account is made up, since none can be had at will."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deploy import preflight


class Account:
    """Answers as an account would: quotas by name, and images by the account that holds them."""

    def __init__(self, region: str = "eu-central-1") -> None:
        self.region_name = region
        self.quotas: dict[str, float] = {}
        self.images = {"492215442770"}
        self.stack = ""

    def client(self, _: str) -> "Account":
        return self

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/anna"}

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        if not self.stack:
            error = {"Error": {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}}
            raise ClientError(error, "DescribeStacks")  # type: ignore[arg-type]
        return {"Stacks": [{"StackStatus": self.stack}]}

    def get_paginator(self, _: str) -> "Account":
        return self

    def paginate(self, ServiceCode: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        assert ServiceCode == "sagemaker"
        yield {"Quotas": [{"QuotaName": name, "Value": value} for name, value in self.quotas.items()]}

    def describe_images(self, registryId: str, repositoryName: str, imageIds: list[dict[str, str]]) -> None:  # noqa: N803
        assert (repositoryName, imageIds) == ("sagemaker-xgboost", [{"imageTag": "3.2-0"}])
        if registryId not in self.images:
            error = {"Error": {"Code": "ImageNotFoundException", "Message": "no such image"}}
            raise ClientError(error, "DescribeImages")  # type: ignore[arg-type]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    account = Account()
    monkeypatch.setattr(preflight.boto3, "Session", lambda: account)
    monkeypatch.setattr(preflight, "jars", lambda _: iter(()))
    return account


def said(stage: str = "dev") -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"ok": [], "missing": [], "unknown": []}
    for finding in preflight.look("card-fraud-dev", stage):
        found[finding.status].append(finding.text)
        assert finding.status != "missing" or finding.link.startswith("https://")
    return found


def test_a_quota_of_a_new_account_is_missing(account: Account) -> None:
    account.quotas = {
        "ml.m5.large for training job usage": 0,
        "ml.m5.large for spot training job usage": 5,
    }
    assert said()["missing"] == [
        "SageMaker quota 'ml.m5.large for training job usage' is 0, and 1 is needed; ask for more."
    ]


def test_each_stage_asks_for_its_own_machines(account: Account) -> None:
    account.quotas = {"ml.m5.large for training job usage": 1, "ml.m5.2xlarge for training job usage": 0}
    assert said("dev")["missing"] == []
    assert len(said("prod")["missing"]) == 1


def test_a_quota_that_the_account_does_not_name_is_unknown(account: Account) -> None:
    assert any("'ml.m5.large for training job usage'" in text for text in said()["unknown"])


def test_the_image_is_asked_for_in_the_account_of_the_region(account: Account) -> None:
    assert "Image sagemaker-xgboost:3.2-0 is in account 492215442770." in said()["ok"]
    account.images = set()
    assert "Could not ask for container images: ImageNotFoundException: no such image" in said()["unknown"]


def test_a_region_without_the_image_is_named(account: Account) -> None:
    account.region_name = "moon-north-1"
    assert "infra/root.yaml names no account with sagemaker-xgboost in this Region." in said()["missing"]


@pytest.mark.parametrize(
    ("state", "status"),
    [("", "ok"), ("UPDATE_COMPLETE", "ok"), ("UPDATE_IN_PROGRESS", "missing"), ("UPDATE_ROLLBACK_FAILED", "missing")],
)
def test_a_stack_that_cannot_be_updated_is_named(account: Account, state: str, status: str) -> None:
    account.stack = state
    assert any("card-fraud-dev" in text for text in said()[status])


def test_the_report_fails_where_something_is_missing(account: Account, capsys: pytest.CaptureFixture) -> None:
    account.quotas = {"ml.m5.large for training job usage": 0}
    assert preflight.report("card-fraud-dev", "dev") == 1
    printed = capsys.readouterr()
    assert "MISSING  SageMaker quota" in printed.out
    assert printed.err == "1 missing; nothing was changed.\n"
    account.quotas = {}
    assert preflight.report("card-fraud-dev", "dev") == 0
