"""The templates: what no linter sees, and no emulator enforces."""

import json
import re
from pathlib import Path
from typing import Any

import features
import pytest
import transaction
import yaml

from data.generate import COLUMNS

PROJECT = Path(__file__).parents[2]
INFRA = PROJECT / "infra"


class Tagged(yaml.SafeLoader):
    """Reads `!Sub` and its like as the values they stand before."""


Tagged.add_multi_constructor("!", lambda loader, _, node: _plain(loader, node))


def _plain(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_scalar(node)  # type: ignore[arg-type]


def resources(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load((INFRA / name).read_text(), Tagged)["Resources"]
    return found


def allowed(name: str, role: str) -> set[str]:
    statements = [
        statement
        for policy in resources(name)[role]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    return {
        action
        for statement in statements
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }


TEMPLATES = sorted(path.name for path in INFRA.glob("*.yaml"))


def test_the_role_of_the_state_machine_allows_what_its_tasks_do() -> None:
    # What Step Functions needs for each kind of task, by its documentation of service integrations.
    needed = {
        "sagemaker:createTrainingJob.sync": {
            "sagemaker:CreateTrainingJob",
            "sagemaker:DescribeTrainingJob",
            "sagemaker:StopTrainingJob",
            "iam:PassRole",
            "events:PutTargets",
            "events:PutRule",
            "events:DescribeRule",
        }
    }
    states = json.loads((INFRA / "train.asl.json").read_text())["States"]
    tasks = {state["Resource"].rpartition(":::")[2] for state in states.values() if state["Type"] == "Task"}
    assert tasks == needed.keys()
    for task in tasks:
        assert needed[task] <= allowed("training.yaml", "MachineRole")


def test_the_role_of_the_streams_allows_what_firehose_does() -> None:
    needed = {"s3:PutObject", "s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:ListBucket"}
    assert needed | {"kms:GenerateDataKey", "logs:PutLogEvents"} <= allowed("delivery.yaml", "Role")
    prefixes = {
        stream["Properties"]["ExtendedS3DestinationConfiguration"][kind].split("/")[0]
        for stream in resources("delivery.yaml").values()
        if stream["Type"] == "AWS::KinesisFirehose::DeliveryStream"
        for kind in ("Prefix", "ErrorOutputPrefix")
    }
    policy = resources("delivery.yaml")["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]
    assert {resource.removeprefix("${LakeArn}/").removesuffix("/*") for resource in policy["Resource"]} == prefixes


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_statement_allows_everything(name: str) -> None:
    text = (INFRA / name).read_text()
    for match in re.finditer(r'Action: (?:"\*"|\S+:\*)', text):
        before = text[: match.start()]
        deny, allow = before.rfind("Effect: Deny"), before.rfind("Effect: Allow")
        # A key whose own account may not administer it can never be changed again: the one exception.
        assert deny > allow or match.group() == "Action: kms:*", f"{name}: {match.group()}"


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_holds_data_outlives_its_stack_and_is_sealed(name: str) -> None:
    found = resources(name)
    for logical, resource in found.items():
        if resource["Type"] in {"AWS::S3::Bucket", "AWS::KMS::Key"}:
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain", logical
        if resource["Type"] == "AWS::S3::Bucket":
            properties = resource["Properties"]
            assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}, logical
            assert properties["VersioningConfiguration"] == {"Status": "Enabled"}, logical
            assert properties["BucketEncryption"], logical
            policies = [one for one in found.values() if one["Type"] == "AWS::S3::BucketPolicy"]
            assert any(policy["Properties"]["Bucket"] == logical for policy in policies), logical


def test_the_tables_have_a_column_for_everything_that_is_stored() -> None:
    def columns(table: str) -> set[str]:
        descriptor = resources("catalog.yaml")[table]["Properties"]["TableInput"]["StorageDescriptor"]
        return {column["Name"] for column in descriptor["Columns"]}

    fields = {*transaction.TEXTS, "time", *transaction.COUNTRIES, "channel", *transaction.NUMBERS}
    assert columns("ScoredTransactions") == fields | {"score", "threshold", "decision", "scored_at", "request_id"}
    kept = {"id", "reason", "detail", "body", "body_cut", "received_at", "request_id"}
    assert columns("RejectedTransactions") == kept


def test_the_api_takes_what_the_model_looks_at_and_the_data_hold() -> None:
    fields = {*transaction.TEXTS, "time", *transaction.COUNTRIES, "channel", *transaction.NUMBERS}
    assert fields == set(COLUMNS) - {"is_fraud"}

    class Asked(dict[str, object]):
        def __getitem__(self, name: str) -> object:
            asked.add(name)
            return super().__getitem__(name)

    asked: set[str] = set()
    example: dict[str, object] = dict.fromkeys(fields, 1) | {"time": "2026-03-01T00:00:00Z"}
    features.features(Asked(example))
    assert asked <= fields


def test_xgboost_is_the_one_of_the_container() -> None:
    tag = re.search(r"sagemaker-xgboost:(\d+)\.(\d+)-(\d+)", (INFRA / "root.yaml").read_text())
    assert tag
    assert f"xgboost-cpu=={'.'.join(tag.groups())} " in (PROJECT / "requirements" / "project.txt").read_text()


def test_every_nested_stack_is_a_file_that_gets_all_its_parameters() -> None:
    for logical, nested in resources("root.yaml").items():
        template = yaml.load((INFRA / nested["Properties"]["TemplateURL"]).read_text(), Tagged)
        assert nested["Properties"]["Parameters"].keys() == template["Parameters"].keys(), logical


def test_every_step_in_the_readme_is_a_resource_and_a_path_that_exist() -> None:
    readme = (PROJECT / "README.md").read_text()
    rows = re.findall(r"^\| (\S.*?) \| `(\w+)` in `(infra/\S+)` \| (.*?) \|$", readme, re.MULTILINE)
    assert {row[0][0] for row in rows} == {"1", "2", "3", "O"}
    for step, resource, template, paths in rows:
        assert resource in resources(Path(template).name), step
        for path in re.findall(r"`(\S+)`", paths):
            assert (PROJECT / path).exists(), path
