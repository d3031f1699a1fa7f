"""The training workflow: again, with too little, after a failure, and while the API answers."""

import json
import time
from typing import Any

import pytest

from data.generate import Shop
from deploy.errors import DeployError
from pipeline import sessions, training

from .conftest import Deployed, without


def imported(deployed: Deployed) -> int:
    """How many rows of interactions the last import has left in Personalize."""
    group = f"{deployed.deployment.project}-local"
    bulk = deployed.aws.folders.root / "personalize" / "dataset" / group / "INTERACTIONS" / "bulk.csv"
    return len(bulk.read_text().splitlines()) - 1


def jobs(deployed: Deployed) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = deployed.client("personalize").list_dataset_import_jobs()["datasetImportJobs"]
    return found


def versions(deployed: Deployed) -> int:
    return len(deployed.client("personalize").list_solution_versions()["solutionVersions"])


def steps_function(deployed: Deployed) -> str:
    return f"{deployed.deployment.name}-train"


def test_what_was_learned_from_is_what_the_views_call_clean(deployed: Deployed) -> None:
    history = "SELECT count(*) AS n FROM clean_interactions WHERE event_id NOT LIKE 'live-%'"
    assert imported(deployed) == int(str(deployed.lake.query(history)[0]["n"]))


def test_what_the_tracker_has_is_not_imported_again(deployed: Deployed) -> None:
    before = imported(deployed)
    item = deployed.parts.history.items[3]["item_id"]
    event = sessions.event({"item_id": item, "event_type": "view"})
    assert deployed.api.events("import-again", "s", [event]).content["tracked"]
    sent = f"SELECT event_id FROM clean_interactions WHERE event_id = '{event['id']}'"
    deadline = time.monotonic() + 60
    while not deployed.lake.query(sent):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    training.upload(deployed.outputs["LakeBucket"], deployed.parts.history)
    untracked = deployed.lake.query("SELECT count(*) AS n FROM events WHERE NOT tracked")
    trained = training.train(deployed.outputs["TrainingMachineArn"], print)
    assert imported(deployed) <= before + int(str(untracked[0]["n"]))
    assert trained.for_you != deployed.trained.for_you


def test_too_little_is_refused_with_the_counts_before_anything_is_imported(deployed: Deployed) -> None:
    history, known, trained = deployed.parts.history, jobs(deployed), versions(deployed)
    few = [row for row in history.interactions if not row["user_id"].startswith("robot")][:60]
    try:
        training.upload(deployed.outputs["LakeBucket"], Shop(few, history.items, history.users))
        with pytest.raises(DeployError, match=r"needs 1000 interactions and 25 users .* there are \d+ interactions"):
            training.train(deployed.outputs["TrainingMachineArn"], print)
    finally:
        training.upload(deployed.outputs["LakeBucket"], history)
    assert (len(jobs(deployed)), versions(deployed)) == (len(known), trained)


def test_a_run_that_failed_goes_on_where_it_stopped(deployed: Deployed) -> None:
    with (
        without(deployed, steps_function(deployed), "train", "Train"),
        pytest.raises(DeployError, match="not authorized to perform: personalize:DescribeSolution") as failure,
    ):
        training.train(deployed.outputs["TrainingMachineArn"], print)
    run = str(failure.value).split()[3]
    assert len([job for job in jobs(deployed) if run in job["jobName"]]) == 3
    training.train(deployed.outputs["TrainingMachineArn"], print)
    assert len([job for job in jobs(deployed) if run in job["jobName"]]) == 3, "nothing was imported twice in the run"


def test_the_age_of_the_model_that_answers_is_measured(deployed: Deployed) -> None:
    event = {"step": "age", "campaign": deployed.outputs["ForYouCampaignArn"]}
    answer = deployed.client("lambda").invoke(FunctionName=steps_function(deployed), Payload=json.dumps(event))
    assert 0 <= json.load(answer["Payload"])["hours"] < 1


def test_automatic_training_is_switched_off(deployed: Deployed) -> None:
    api = deployed.client("personalize")
    for name in ("ForYouArn", "SimilarArn"):
        assert not api.describe_solution(solutionArn=deployed.outputs[name])["solution"]["performAutoTraining"]


def test_the_api_answers_during_a_training_and_a_switch(deployed: Deployed, asking: list[tuple[int, str]]) -> None:
    trained = training.train(deployed.outputs["TrainingMachineArn"], print)
    deployed.deployment.deploy(trained.parameters)
    campaign = deployed.client("personalize").describe_campaign(campaignArn=deployed.outputs["ForYouCampaignArn"])
    assert campaign["campaign"]["solutionVersionArn"] == trained.for_you
    assert training.newest(deployed.outputs) == trained
    assert len(asking) > 20
    assert {status for status, _ in asking} == {200}
    assert {source for _, source in asking} == {"model"}
