"""What a deployment refuses before it asks AWS for anything."""

import pytest

from deploy import __main__ as command
from deploy.deployment import Deployment


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")


@pytest.mark.parametrize("step", ["foundation", "all", "destroy"])
def test_without_a_region_nothing_is_asked_of_aws(step: str, capsys: pytest.CaptureFixture) -> None:
    assert command.main([step, "--stage", "dev", "--yes"]) == 1
    assert capsys.readouterr() == ("", "No Region is set; export AWS_DEFAULT_REGION=<region>.\n")


def test_the_stage_of_the_local_aws_is_refused_for_an_account(capsys: pytest.CaptureFixture) -> None:
    assert command.main(["foundation", "--stage", "local"]) == 1
    assert capsys.readouterr().err == "The stage local is for the local AWS alone; use `make run`, or --stage dev.\n"


def test_a_deployment_is_named_after_the_project_and_the_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    deployment = Deployment.of_this_project("dev")
    assert deployment.name == f"{deployment.project}-dev"
    assert deployment.tags == {"project": deployment.project, "stage": "dev"}
