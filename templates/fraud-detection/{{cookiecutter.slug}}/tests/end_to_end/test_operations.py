"""What keeps the project going: a new model under load, and the measure of drift with its alarm."""

import json
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from pipeline import curation, models, payments, steps

from .conftest import Deployed

LEAST = 200  # scores, of which drift is measured


def test_a_new_model_takes_over_while_every_request_is_answered(deployed: Deployed) -> None:
    again = models.train(deployed.outputs["TrainingMachineArn"], print)
    assert not set(again.urls.values()) & set(deployed.trained.urls.values())
    assert steps.served(deployed.outputs) == again.parameters
    statuses: list[int] = []
    over = threading.Event()

    def load() -> None:
        while not over.is_set():
            transaction = steps.request(deployed.parts.live[0]) | {"id": f"load-{uuid.uuid4().hex}"}
            statuses.append(deployed.api.score(transaction).status)

    callers = [threading.Thread(target=load) for _ in range(2)]
    for caller in callers:
        caller.start()
    try:
        outputs = deployed.deployment.deploy(again.parameters)
        before = len(statuses)
        deadline = time.monotonic() + 30
        while len(statuses) < before + 20 and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        over.set()
        for caller in callers:
            caller.join()
    assert outputs == deployed.outputs
    assert set(statuses) == {200}, {status: statuses.count(status) for status in set(statuses)}
    assert len(statuses) > 25
    endpoint = deployed.client("sagemaker").describe_endpoint(EndpointName=outputs["EndpointName"])
    config = deployed.client("sagemaker").describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    name = config["ProductionVariants"][0]["ModelName"]
    served = deployed.client("sagemaker").describe_model(ModelName=name)["PrimaryContainer"]["ModelDataUrl"]
    assert served == again.parameters["ModelDataUrl"]


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
