"""The templates: what no linter sees, and no emulator enforces."""

import re
from pathlib import Path

import pytest

from templates import INFRA, PROJECT, resources, template

TEMPLATES = sorted(path.name for path in INFRA.glob("*.yaml"))


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


def test_every_nested_stack_is_a_file_that_gets_all_parameters_without_a_default() -> None:
    for logical, nested in resources("root.yaml").items():
        taken, given = template(nested["Properties"]["TemplateURL"])["Parameters"], nested["Properties"]["Parameters"]
        needed = {name for name, parameter in taken.items() if "Default" not in parameter}
        assert needed <= given.keys() <= taken.keys(), logical


def test_every_step_in_the_readme_is_a_resource_and_a_path_that_exist() -> None:
    readme = (PROJECT / "README.md").read_text()
    rows = re.findall(r"^\| (\S.*?) \| `(\w+)` in `(infra/\S+)` \| (.*?) \|$", readme, re.MULTILINE)
    assert rows
    for step, resource, file, paths in rows:
        assert resource in resources(Path(file).name), step
        for path in re.findall(r"`(\S+)`", paths):
            assert (PROJECT / path).exists(), path
