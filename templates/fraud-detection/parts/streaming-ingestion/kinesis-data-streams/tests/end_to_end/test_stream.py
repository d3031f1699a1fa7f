"""Transactions that come by the stream: each is found again by its id, whatever happens to the one who reads it."""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta

from disturbance import beside, kill, needs_processes
from pipeline import curation, payments, reconciliation, steps, stream

from .conftest import Deployed

PATIENCE = 90


def fresh(deployed: Deployed, count: int) -> list[dict[str, str]]:
    run = uuid.uuid4().hex[:8]
    return [{**row, "id": f"{row['id']}-{run}"} for row in payments.stretch(deployed.parts.live, count)]


def moment() -> datetime:
    """A moment after everything that earlier tests have sent."""
    time.sleep(1.1)
    return datetime.now(UTC) - timedelta(seconds=1)


def curated(deployed: Deployed, sent: reconciliation.Sent, since: datetime) -> reconciliation.Curated:
    curation.run(deployed.outputs["CurationMachineArn"])
    return reconciliation.curated(deployed.lake, sent, since)


def test_everything_that_was_put_is_scored_or_among_the_dead_letters(deployed: Deployed) -> None:
    since, rows = moment(), fresh(deployed, 100)
    sent = stream.send(deployed.outputs["StreamName"], rows, payments.MALFORMED)
    compared = reconciliation.wait(deployed.lake, sent, since, PATIENCE)
    assert compared.agrees, compared
    assert compared.posted == 100 + len(payments.MALFORMED)
    assert compared.rejected == len(payments.MALFORMED)
    assert compared.repeated == 2
    once = curated(deployed, sent, since)
    assert (once.once, once.removed, once.wrong) == (100, 2, frozenset())


def test_the_stream_and_the_api_give_one_score(deployed: Deployed) -> None:
    since, (row,) = moment(), fresh(deployed, 1)
    answered = deployed.api.score(steps.request(row)).content["score"]
    streamed = {**row, "id": f"{row['id']}-streamed"}
    sent = stream.send(deployed.outputs["StreamName"], [streamed])
    assert reconciliation.wait(deployed.lake, sent, since, PATIENCE).complete
    found = dict(reconciliation.look(deployed.lake, since).scored)
    assert found[streamed["id"]] == answered


@needs_processes
def test_a_reader_that_is_killed_again_and_again_loses_nothing(deployed: Deployed) -> None:
    killed = []
    since, rows = moment(), fresh(deployed, 150)
    with beside(lambda: killed.append(kill(deployed.aws, "stream.py")), 0.4):
        sent = stream.send(deployed.outputs["StreamName"], rows)
        time.sleep(4)
    compared = reconciliation.wait(deployed.lake, sent, since, PATIENCE)
    assert sum(killed) >= 2
    assert compared.complete, compared
    assert not compared.strange
    assert curated(deployed, sent, since).agrees


def test_what_a_throttled_stream_refuses_is_put_again_and_nothing_else(deployed: Deployed) -> None:
    since, (row, *_) = moment(), fresh(deployed, 1)
    # One card, so one shard, which takes 1 MiB a second: these are four.
    many = [{**row, "id": f"{row['id']}-{number}"} for number in range(40)]
    records = [stream.record(one["card"], steps.request(one) | {"note": "x" * 100_000}) for one in many]
    refused = stream.put(deployed.outputs["StreamName"], records)
    assert refused > 0
    sent = reconciliation.Sent(unanswered={one["id"] for one in many})
    compared = reconciliation.wait(deployed.lake, sent, since, PATIENCE)
    assert compared.agrees, compared
    assert compared.repeated == 0


def test_while_nothing_can_be_stored_nothing_is_lost(deployed: Deployed) -> None:
    iam, since, rows = deployed.client("iam"), moment(), fresh(deployed, 10)
    function = deployed.client("lambda").get_function_configuration(
        FunctionName=deployed.outputs["StreamScoreFunction"]
    )
    role = function["Role"].rpartition("/")[2]
    policy = iam.get_role_policy(RoleName=role, PolicyName="score")["PolicyDocument"]
    less = policy | {"Statement": [one for one in policy["Statement"] if one["Sid"] != "KeepScoredTransactions"]}
    iam.put_role_policy(RoleName=role, PolicyName="score", PolicyDocument=json.dumps(less))
    try:
        sent = stream.send(deployed.outputs["StreamName"], rows)
        time.sleep(3)
        assert not reconciliation.look(deployed.lake, since).scored
    finally:
        iam.put_role_policy(RoleName=role, PolicyName="score", PolicyDocument=json.dumps(policy))
    compared = reconciliation.wait(deployed.lake, sent, since, PATIENCE)
    assert compared.complete, compared
    assert curated(deployed, sent, since).agrees


def test_a_transaction_that_no_model_scores_is_kept_with_the_reason(deployed: Deployed) -> None:
    since, rows = moment(), fresh(deployed, 3)
    function, name = deployed.client("lambda"), deployed.outputs["StreamScoreFunction"]
    known = function.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    away = {**known, "ENDPOINTS": "no-such-endpoint"}
    function.update_function_configuration(FunctionName=name, Environment={"Variables": away})
    try:
        stream.send(deployed.outputs["StreamName"], rows)
        sent = reconciliation.Sent(rejected={row["id"] for row in rows})
        compared = reconciliation.wait(deployed.lake, sent, since, PATIENCE)
    finally:
        function.update_function_configuration(FunctionName=name, Environment={"Variables": known})
    assert compared.agrees, compared
    assert {reason for _, reason in reconciliation.look(deployed.lake, since).rejected} == {"not-scored"}
