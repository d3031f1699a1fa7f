"""Who may call: those whose requests are signed and whose policy allows it."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from deploy.deployment import PROJECT
from pipeline import ask, reconciliation, steps
from pipeline.api import ScoringApi

from .conftest import Deployed

PATIENCE = 60


def one(deployed: Deployed) -> dict[str, object]:
    return steps.request(deployed.parts.live[0]) | {"id": f"test-{uuid.uuid4().hex[:12]}"}


def test_an_unsigned_request_and_a_forged_one_never_reach_the_function(deployed: Deployed) -> None:
    since, transaction = datetime.now(UTC) - timedelta(seconds=1), one(deployed)
    assert deployed.api.send(json.dumps(transaction), signed=False).status == 403
    forged = boto3.Session("AKIAFORGEDFORGEDFORG", "not-the-secret", region_name="us-east-1")
    assert ScoringApi(deployed.outputs["ApiUrl"], forged).score(transaction).status == 403
    accepted = deployed.api.score(one(deployed))
    compared = reconciliation.wait(
        deployed.lake, reconciliation.Sent({accepted.content["id"]: accepted.content["score"]}), since, PATIENCE
    )
    assert not compared.missing
    assert not deployed.lake.query(f"SELECT id FROM scored_transactions WHERE id = '{transaction['id']}'")
    assert not deployed.lake.query(f"SELECT id FROM rejected_transactions WHERE id = '{transaction['id']}'")


def test_a_caller_needs_the_policy_of_the_deployment(deployed: Deployed) -> None:
    iam = deployed.client("iam")
    user = f"shop-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    api = ScoringApi(deployed.outputs["ApiUrl"], session)
    assert api.score(one(deployed)).status == 403
    iam.attach_user_policy(UserName=user, PolicyArn=deployed.outputs["CallerPolicyArn"])
    assert api.score(one(deployed)).status == 200
    with pytest.raises(ClientError, match="AccessDenied"):
        session.client("s3", endpoint_url=deployed.aws.url).list_objects_v2(Bucket=deployed.outputs["LakeBucket"])


def test_the_script_needs_no_more_than_the_address_and_the_policy(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    iam, user = deployed.client("iam"), f"shop-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    given = [str(PROJECT / "data" / "examples.jsonl"), "--url", deployed.outputs["ApiUrl"]]
    assert ask.main(given) == 1
    said = capsys.readouterr()
    assert not said.out
    assert said.err.startswith("The API refuses this caller (403). Sign with credentials of a role that has the policy")
    iam.attach_user_policy(UserName=user, PolicyArn=deployed.outputs["CallerPolicyArn"])
    assert ask.main(given) == 0
