"""The Flink application: one SQL for both sides, and a role that may do what the SQL does."""

import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from statements import HERE, statements

from deploy import preflight
from templates import allowed, resources

VALUES = {"stream_arn": "arn:stream", "region": "eu-central-1", "lake": "s3://lake", "input": "file:///in"}
SIDES = ("aws", "local")


def without_options(side: str) -> list[str]:
    return [re.sub(r"WITH \(.*\)", "WITH ()", one) for one in statements(side, VALUES)]


def test_nothing_but_the_options_of_tables_differs_between_aws_and_here() -> None:
    assert without_options("aws") == without_options("local")
    assert statements("aws", VALUES) != statements("local", VALUES)


def test_the_two_sides_differ_in_the_stream_and_in_how_soon_a_file_is_closed() -> None:
    aws, here = (json.loads((HERE / "connectors" / f"{side}.json").read_text()) for side in SIDES)
    assert aws.keys() == here.keys()
    for table in aws.keys() - {"telemetry"}:
        differing = {name for name in aws[table] if aws[table][name] != here[table][name]}
        assert differing <= {"sink.rolling-policy.rollover-interval", "sink.rolling-policy.check-interval"}
    assert aws["telemetry"]["connector"] == "kinesis"


@pytest.mark.parametrize("side", SIDES)
def test_every_place_is_filled_and_every_table_has_its_options(side: str) -> None:
    whole = statements(side, VALUES)
    assert not any(re.search(r"\$\{|\{\w+\}(?!\))", one.replace("{3}", "").replace("{5}", "")) for one in whole)
    tables = [one for one in whole if one.startswith("CREATE TEMPORARY TABLE")]
    assert len(tables) == 5
    assert all("'connector' = '" in one for one in tables)
    assert [one.split()[2] for one in whole if one.startswith("INSERT")] == ["windows", "alerts", "late"]


def test_a_quote_in_an_address_stays_inside_it() -> None:
    (assets,) = [one for one in statements("aws", VALUES | {"lake": "s3://o'lake"}) if "TABLE assets" in one]
    assert "'s3://o''lake/reference/assets/'" in assets


def test_the_role_may_read_and_write_what_the_sql_does_and_no_other_place() -> None:
    actions = allowed("processing.yaml", "FlinkRole")
    assert {"s3:GetObject", "s3:PutObject", "s3:ListBucket", "kms:Decrypt", "kms:GenerateDataKey"} <= actions
    assert resources("processing.yaml")["FlinkRole"]["Properties"]["ManagedPolicyArns"] == ["ReaderPolicyArn"]
    (policy,) = resources("processing.yaml")["FlinkRole"]["Properties"]["Policies"]
    written = {
        place
        for statement in policy["PolicyDocument"]["Statement"]
        if "s3:PutObject" in statement["Action"]
        for place in statement["Resource"]
    }
    sinks = json.loads((HERE / "connectors" / "aws.json").read_text())
    paths = {table["path"] for name, table in sinks.items() if name in {"windows", "alerts", "late"}}
    assert written == {path.replace("{lake}", "${LakeArn}") + "*" for path in paths}


def test_the_application_is_told_what_its_code_asks_for() -> None:
    configuration = resources("processing.yaml")["Application"]["Properties"]["ApplicationConfiguration"]
    groups = configuration["EnvironmentProperties"]["PropertyGroups"]
    plant = next(group["PropertyMap"] for group in groups if group["PropertyGroupId"] == "plant")
    wanted = set(re.findall(r"\{(\w+)\}", (HERE / "connectors" / "aws.json").read_text()))
    assert wanted <= plant.keys()
    assert plant["connectors"] == "aws"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(preflight.INFRA, tmp_path / "infra")
    shutil.copytree(HERE, tmp_path / "flink", ignore=shutil.ignore_patterns("lib"))
    return tmp_path


def _with(*factories: str) -> Callable[[Path], None]:
    def made(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as jar:
            jar.writestr("META-INF/services/org.apache.flink.table.factories.Factory", "\n".join(factories))

    return made


@pytest.mark.parametrize(
    ("make", "status", "said"),
    [
        (lambda _: None, "missing", "flink/lib/connectors.jar is not there; it holds Flink's connector for kinesis."),
        (lambda path: path.write_text("not found"), "missing", "is no jar with connectors"),
        (_with(), "missing", "has no connector for kinesis"),
        (_with("org.apache.flink.table.KafkaDynamicTableFactory"), "missing", "has no connector for kinesis"),
        (_with("org.apache.flink.table.Kinesis…TableFactory"), "ok", "has Flink's connector for kinesis."),
    ],
)
def test_preflight_tells_whether_the_connector_is_there(
    project: Path, make: Callable[[Path], None], status: str, said: str
) -> None:
    (project / "flink" / "lib").mkdir()
    make(project / "flink" / "lib" / "connectors.jar")
    (found,) = preflight.jars(project / "infra")
    assert found.status == status
    assert said in found.text
    assert found.link.startswith("https://") or status == "ok"
