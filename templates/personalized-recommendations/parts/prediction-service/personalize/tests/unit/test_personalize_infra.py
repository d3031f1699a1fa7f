"""What Personalize is given: schemas, filters, the workflow and its role."""

import json
import re
from typing import Any

from templates import INFRA, PROJECT, allowed, resources

# The columns that Personalize asks for, by its documentation of data sets.
NEEDED = {
    "Interactions": {"USER_ID", "ITEM_ID", "TIMESTAMP"},
    "Items": {"ITEM_ID"},
    "Users": {"USER_ID"},
}


def fields(kind: str) -> dict[str, Any]:
    schema = json.loads(resources("personalize.yaml")[f"{kind}Schema"]["Properties"]["Schema"])
    return {field["name"]: field["type"] for field in schema["fields"]}


def tasks(states: dict[str, Any]) -> dict[str, Any]:
    """The tasks of a state machine by their names, those of branches too."""
    found = {}
    for name, state in states.items():
        if state["Type"] == "Task":
            found[name] = state
        for branch in state.get("Branches", ()):
            found |= tasks(branch["States"])
    return found


TASKS = tasks(json.loads((INFRA / "train.asl.json").read_text())["States"])


def test_each_schema_has_the_columns_that_personalize_asks_for() -> None:
    for kind, needed in NEEDED.items():
        assert needed <= fields(kind).keys(), kind
        assert resources("personalize.yaml")[kind]["Properties"]["DatasetType"] == kind


def test_filters_look_at_fields_that_there_are() -> None:
    for name in ("ForYouFilter", "SimilarFilter"):
        expression = resources("personalize.yaml")[name]["Properties"]["Expression"]
        for data, field in re.findall(r"(Items|Interactions)\.(\w+)", expression):
            assert field in fields(data), expression
        assert set(re.findall(r"\$(\w+)", expression)) == {"AGE"}


def test_what_the_tracker_says_of_an_item_has_the_names_of_the_schema() -> None:
    said = (PROJECT / "src/track/tracker.py").read_text()
    names = set(re.findall(r'"(category|price|minAge|available|creationTimestamp)"', said))
    assert {re.sub(r"([A-Z])", r"_\1", name).upper() for name in names} == fields("Items").keys() - {"ITEM_ID"}


def test_the_role_of_the_state_machine_allows_what_its_tasks_do() -> None:
    # What Step Functions needs for each kind of task, by its documentation of service integrations.
    needed = {
        "states:startExecution.sync:2": {
            "states:StartExecution",
            "states:DescribeExecution",
            "states:StopExecution",
            "events:PutTargets",
            "events:PutRule",
            "events:DescribeRule",
        },
        "lambda:invoke": {"lambda:InvokeFunction"},
    }
    used = {task["Resource"].rpartition(":::")[2] for task in TASKS.values()}
    assert used == needed.keys()
    for kind in used:
        assert needed[kind] <= allowed("training.yaml", "MachineRole")


def test_every_step_that_takes_its_time_is_tried_again() -> None:
    for name, task in TASKS.items():
        if task["Resource"].endswith("lambda:invoke"):
            assert task["Retry"][0]["ErrorEquals"] == ["NotYet"], name
            assert task["Retry"][0]["MaxAttempts"] >= 100, name
