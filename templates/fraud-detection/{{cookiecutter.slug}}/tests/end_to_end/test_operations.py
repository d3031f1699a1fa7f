"""What keeps the project going: a new model under load, and the measure of drift with its alarm."""

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from pipeline import curation, models, payments, steps

from .conftest import Deployed
from .load import under_load

LEAST = 200  # scores, of which drift is measured


def test_a_new_model_takes_over_while_every_request_is_answered(deployed: Deployed) -> None:
    again = models.train(deployed.outputs["TrainingMachineArn"], print)
    assert not set(again.urls.values()) & set(deployed.trained.urls.values())
    assert steps.served(deployed.outputs) == again.parameters
    with under_load(deployed) as statuses:
        outputs = deployed.deployment.deploy(again.parameters)
    assert outputs == deployed.outputs
    assert set(statuses) == {200}, {status: statuses.count(status) for status in set(statuses)}
    assert len(statuses) > 25
    assert deployed.served == again.urls


def test_scores_that_have_moved_are_measured_and_raise_the_alarm(deployed: Deployed) -> None:
    client, alarm = deployed.client("lambda"), deployed.outputs["DriftAlarm"]

    def measured() -> dict[str, dict[str, float]]:
        curation.run(deployed.outputs["CurationMachineArn"])
        answer = client.invoke(FunctionName=deployed.outputs["DriftFunction"], Payload=b"{}")
        content = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, content
        return content

    def state() -> str:
        found = deployed.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
        return str(found[0]["StateValue"])

    # As a caller would that has lost what is known of cards: every payment looks like one of a stolen number.
    odd = {"minutes_since_last": 0.1, "count_24h": 40, "usual_amount": 1.0}
    rows = [row | {"id": f"odd-{uuid.uuid4().hex[:12]}"} for row in payments.stretch(deployed.parts.live, LEAST + 20)]
    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = list(pool.map(lambda row: deployed.api.score(steps.request(row) | odd), rows))
    assert {answer.status for answer in answers} == {200}
    deadline = time.monotonic() + 60
    while (found := measured())["score"]["scores"] < len(rows) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert all(one["drift"] > 0.25 for one in found.values()), found
    while state() != "ALARM" and time.monotonic() < deadline:
        time.sleep(0.5)
    assert state() == "ALARM"
