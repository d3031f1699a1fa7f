"""From a request to Athena: nothing is taken on trust, every transaction is found again by its id."""

import gzip
import io
import json
import tarfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import inference
import pytest

from deploy.errors import DeployError
from pipeline import access, curation, models, payments, query, reconciliation, steps
from pipeline.kinds import KINDS

from .conftest import Deployed

PATIENCE = 60


def alone() -> datetime:
    """A moment after everything that earlier tests have sent."""
    time.sleep(1.1)
    return datetime.now(UTC) - timedelta(seconds=1)


def one(deployed: Deployed, **change: object) -> dict[str, object]:
    return steps.request(deployed.parts.live[0]) | {"id": f"test-{uuid.uuid4().hex[:12]}"} | change


def dead_letter(deployed: Deployed, id: str) -> dict[str, str | None]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = deployed.lake.query(f"SELECT * FROM rejected_transactions WHERE id = '{id}'")
        if found:
            assert len(found) == 1
            return found[0]
        time.sleep(0.5)
    raise AssertionError(f"{id} is not among the dead letters")


def test_every_transaction_is_found_again_with_the_score_that_was_answered(deployed: Deployed) -> None:
    since = alone()
    rows = payments.stretch(deployed.parts.live, 60)
    sent = payments.send(deployed.api, rows, payments.MALFORMED)
    assert sent.unsigned == access.REFUSED
    assert {answer.status for answer in sent.refused} == {400}
    assert len(sent.told.scores) == 60

    compared = reconciliation.wait(deployed.lake, sent.told, since, PATIENCE)

    assert compared.agrees, compared
    assert compared.posted == 60 + len(payments.MALFORMED)
    assert compared.rejected == len(payments.MALFORMED)
    assert len(set(sent.told.scores.values())) > 20


def test_what_was_sent_twice_is_curated_once_however_often(deployed: Deployed) -> None:
    since = alone()
    rows = payments.of_this_run(payments.stretch(deployed.parts.live, 100), since)
    sent = payments.send(deployed.api, rows, ())
    assert sent.told.again == 2
    compared = reconciliation.wait(deployed.lake, sent.told, since, PATIENCE)
    assert compared.agrees
    assert compared.repeated == 2
    for _ in range(2):
        curation.run(deployed.outputs["CurationMachineArn"])
        found = reconciliation.curated(deployed.lake, sent.told, since)
        assert (found.once, found.removed, found.wrong) == (100, 2, frozenset())


def test_a_late_copy_is_not_curated_again(deployed: Deployed) -> None:
    since, transaction = alone(), one(deployed)
    answer = deployed.api.score(transaction)
    sent = reconciliation.Sent({str(transaction["id"]): answer.content["score"]})
    assert reconciliation.wait(deployed.lake, sent, since, PATIENCE).complete
    curation.run(deployed.outputs["CurationMachineArn"])
    deployed.api.score(transaction)
    sent.again = 1
    assert reconciliation.wait(deployed.lake, sent, since, PATIENCE).complete
    curation.run(deployed.outputs["CurationMachineArn"])
    assert reconciliation.curated(deployed.lake, sent, since).agrees


def test_the_views_find_a_ring_a_fast_card_and_why_something_was_rejected(deployed: Deployed) -> None:
    since, merchant, run = alone(), f"ring-{uuid.uuid4().hex[:8]}", uuid.uuid4().hex[:8]
    odd = {"amount": 1499.0, "usual_amount": 2.0, "count_24h": 30, "minutes_since_last": 0.2, "channel": "online"}
    told = reconciliation.Sent()
    for number in range(6):
        time_of_day = f"2026-08-20T03:{number:02}:00Z"
        sent = one(deployed, merchant=merchant, card=f"{run}-{number % 3}", time=time_of_day, **odd)
        answer = deployed.api.score(sent)
        assert answer.content["decision"] == "review"
        told.scores[str(sent["id"])] = answer.content["score"]
    told.rejected.add(str(one(deployed)["id"]))
    wrong = one(deployed, id=next(iter(told.rejected)), channel=run)
    deployed.api.score(wrong)
    assert reconciliation.wait(deployed.lake, told, since, PATIENCE).agrees
    curation.run(deployed.outputs["CurationMachineArn"])

    def asked(sql: str) -> list[str | None]:
        (row,) = deployed.lake.query(sql)
        return list(row.values())

    assert asked(f"SELECT cards, payments FROM rings WHERE merchant = '{merchant}'") == ["3", "6"]
    assert asked(f"SELECT payments_in_an_hour, held_back FROM card_velocity WHERE card = '{run}-0'") == ["2", "2"]
    held = asked(
        f"SELECT payments, held_back, cards_held_back FROM held_back_by_merchant WHERE merchant = '{merchant}'"
    )
    assert held == ["6", "6", "3"]
    day = asked("SELECT payments, held_back FROM decisions_by_day WHERE day = '2026-08-20'")
    assert int(str(day[1])) >= 6
    rejected = asked("SELECT sum(requests) FROM rejected_by_reason WHERE detail LIKE 'channel must be%'")
    assert int(str(rejected[0])) >= 1


def test_the_scores_are_those_of_the_models_that_were_trained(deployed: Deployed, tmp_path: Path) -> None:
    transaction = one(deployed)
    predictions = []
    for kind in KINDS:
        bucket, _, key = deployed.trained.urls[kind].removeprefix("s3://").partition("/")
        archive = deployed.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(archive)) as members:
            members.extractall(tmp_path / kind, filter="data")
        predictions += inference.predict_fn([transaction], inference.model_fn(str(tmp_path / kind)))
    answer = deployed.api.score(transaction).content
    said = [(answer["score"], answer["threshold"]), (answer.get("anomaly_score"), answer.get("anomaly_threshold"))]
    assert said[: len(KINDS)] == [(found["score"], found["threshold"]) for found in predictions]
    held = [found["kind"] for found in predictions if found["score"] >= found["threshold"]]
    assert (answer["decision"], answer["held_by"]) == ("review" if held else "approve", ",".join(held) or None)


def test_the_state_machine_hands_over_models_that_beat_the_trivial_rule(deployed: Deployed) -> None:
    reports = deployed.trained.reports()
    assert list(reports) == list(KINDS)
    for report in reports.values():
        assert report["model"]["pr_auc"] > report["amount_rule"]["pr_auc"]
        assert report["test"]["transactions"] == len(deployed.parts.test)


def test_a_malformed_transaction_is_kept_with_reason_body_and_time(deployed: Deployed) -> None:
    transaction = one(deployed, amount="twelve")
    answer = deployed.api.score(transaction)
    assert (answer.status, answer.content) == (400, {"error": "amount must be a number"})
    kept = dead_letter(deployed, str(transaction["id"]))
    assert kept["reason"] == "malformed"
    assert kept["detail"] == "amount must be a number"
    assert json.loads(str(kept["body"])) == transaction
    assert str(kept["received_at"]).startswith(str(kept["dt"]))


def test_a_transaction_that_is_sent_twice_is_scored_alike_and_stored_twice(deployed: Deployed) -> None:
    since, transaction = alone(), one(deployed)
    first, second = deployed.api.score(transaction), deployed.api.score(transaction)
    assert first.content == second.content
    sent = reconciliation.Sent({str(transaction["id"]): first.content["score"]})
    deadline = time.monotonic() + PATIENCE
    while reconciliation.compare(sent, reconciliation.look(deployed.lake, since)).repeated < 1:
        assert time.monotonic() < deadline, "the second one has not arrived"
        time.sleep(0.5)


def test_deliveries_are_few_gzipped_objects_by_day(deployed: Deployed) -> None:
    since, rows = alone(), payments.stretch(deployed.parts.live, 40)
    sent = payments.send(deployed.api, rows, payments.MALFORMED)
    assert reconciliation.wait(deployed.lake, sent.told, since, PATIENCE).complete
    s3, bucket = deployed.client("s3"), deployed.outputs["LakeBucket"]
    # The dead letters of a slow machine are seconds apart, and each may be an object of its own.
    for prefix, count, most in (("scored", 40, 20), ("dead-letter", len(payments.MALFORMED), len(payments.MALFORMED))):
        found = s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/dt={datetime.now(UTC):%Y-}")["Contents"]
        new = [item for item in found if item["LastModified"] >= since]
        assert 0 < len(new) <= most
        objects = [s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in new]
        lines = [json.loads(line) for content in objects for line in gzip.decompress(content).splitlines()]
        assert len(lines) >= count


def test_an_analyst_sees_the_tables(deployed: Deployed, capsys: pytest.CaptureFixture) -> None:
    since, sent = alone(), payments.send(deployed.api, payments.stretch(deployed.parts.live, 5), ())
    assert reconciliation.wait(deployed.lake, sent.told, since, PATIENCE).complete
    ids = ", ".join(f"'{id}'" for id in sent.told.scores)
    sql = f"SELECT count(DISTINCT id) AS transactions, max(dt) AS day FROM scored_transactions WHERE id IN ({ids})"
    assert query.main(["--stage", "local", sql]) == 0
    assert capsys.readouterr().out.splitlines() == ["transactions  day", f"5             {datetime.now(UTC):%Y-%m-%d}"]
    assert query.main(["--stage", "local", "SELECT nothing FROM nowhere"]) == 1
    assert "nowhere" in capsys.readouterr().err


@pytest.fixture
def model_that_does_not_answer(deployed: Deployed) -> Iterator[None]:
    function, name = deployed.client("lambda"), deployed.outputs["ScoreFunction"]
    known = function.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    function.update_function_configuration(
        FunctionName=name, Environment={"Variables": {**known, "ENDPOINTS": "no-such-endpoint"}}
    )
    yield
    function.update_function_configuration(FunctionName=name, Environment={"Variables": known})


@pytest.mark.usefixtures("model_that_does_not_answer")
def test_a_transaction_that_the_model_does_not_score_is_kept(deployed: Deployed) -> None:
    transaction = one(deployed)
    answer = deployed.api.score(transaction)
    assert answer.status == 503
    assert answer.content["id"] == transaction["id"]
    kept = dead_letter(deployed, str(transaction["id"]))
    assert kept["reason"] == "not-scored"
    assert json.loads(str(kept["body"])) == transaction


@pytest.mark.parametrize(
    ("statement", "body", "status"),
    [
        ("AskTheModels", "good", 503),
        ("KeepScoredTransactions", "good", 503),
        ("KeepDeadLetters", "malformed", 503),
    ],
)
def test_the_function_can_do_no_more_than_its_role_allows(
    deployed: Deployed, statement: str, body: str, status: int
) -> None:
    iam = deployed.client("iam")
    arn = deployed.client("lambda").get_function_configuration(FunctionName=deployed.outputs["ScoreFunction"])["Role"]
    role = arn.rpartition("/")[2]
    policy = iam.get_role_policy(RoleName=role, PolicyName="score")["PolicyDocument"]
    less = policy | {"Statement": [one for one in policy["Statement"] if one["Sid"] != statement]}
    assert len(less["Statement"]) == len(policy["Statement"]) - 1
    sent = one(deployed) if body == "good" else one(deployed, amount=None)
    iam.put_role_policy(RoleName=role, PolicyName="score", PolicyDocument=json.dumps(less))
    try:
        refused = deployed.api.score(sent)
    finally:
        iam.put_role_policy(RoleName=role, PolicyName="score", PolicyDocument=json.dumps(policy))
    assert refused.status == status
    assert deployed.api.score(sent).status == (200 if body == "good" else 400)


def test_a_training_without_data_fails_with_its_reason(deployed: Deployed) -> None:
    s3, bucket = deployed.client("s3"), deployed.outputs["LakeBucket"]
    key = "training/train/data.csv"
    content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=content.splitlines()[0])
    try:
        with pytest.raises(DeployError, match="has failed: AlgorithmError"):
            models.train(deployed.outputs["TrainingMachineArn"], print)
    finally:
        s3.put_object(Bucket=bucket, Key=key, Body=content)


def test_deploying_again_changes_nothing(deployed: Deployed) -> None:
    assert deployed.deployment.deploy({}) == deployed.outputs
