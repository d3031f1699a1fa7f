"""Templates are packaged by content, deployed with a waiter of their own, and failures are sentences."""

import io
import json
import os
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import boto3
import pytest

from deploy import package, stack
from deploy.errors import DeployError
from local import LocalAws
from tests.local_aws.services import until

pytestmark = pytest.mark.local_aws

ROOT = """
Parameters:
  Greeting: {Type: String, Default: hello}
Resources:
  Serving:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: serving.yaml   # the function
      Parameters: {Greeting: !Ref Greeting}
Outputs:
  Function: {Value: !GetAtt Serving.Outputs.Function}
  Machine: {Value: !GetAtt Serving.Outputs.Machine}
"""

SERVING = """
Parameters:
  Greeting: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: [lambda.amazonaws.com, states.amazonaws.com]}, Action: sts:AssumeRole}
      Policies:
        - PolicyName: call
          PolicyDocument:
            Version: "2012-10-17"
            Statement: [{Effect: Allow, Action: lambda:InvokeFunction, Resource: "*"}]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: handler.handler
      Role: !GetAtt Role.Arn
      Code: ../src/greet
      Environment: {Variables: {GREETING: !Ref Greeting}}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
      DefinitionS3Location: greet.asl.json
      DefinitionSubstitutions: {Function: !GetAtt Function.Arn}
Outputs:
  Function: {Value: !Ref Function}
  Machine: {Value: !Ref Machine}
"""

MACHINE = {"StartAt": "Greet", "States": {"Greet": {"Type": "Task", "Resource": "${Function}", "End": True}}}
HANDLER = """
import os
from words import name
def handler(event, context):
    return f"{os.environ['GREETING']} {name}"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "infra/root.yaml": ROOT,
        "infra/serving.yaml": SERVING,
        "infra/greet.asl.json": json.dumps(MACHINE),
        "src/greet/handler.py": HANDLER,
        "src/greet/words/__init__.py": "name = 'world'\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def bucket(aws: LocalAws, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A new bucket; the deployer finds the local AWS as every program does, by its environment."""
    for name, value in aws.variables.items():
        monkeypatch.setenv(name, value)
    name = f"artifacts-{os.urandom(4).hex()}"
    aws.client("s3").create_bucket(Bucket=name)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return name


def deployed(name: str, project: Path, bucket: str, **parameters: str) -> dict[str, str]:
    return stack.deploy(name, package.package(project / "infra/root.yaml", bucket), parameters, {"stage": "local"})


def greeting(aws: LocalAws, outputs: dict[str, str]) -> Any:
    return json.load(aws.client("lambda").invoke(FunctionName=outputs["Function"])["Payload"])


def test_a_project_is_packaged_deployed_and_works(aws: LocalAws, project: Path, bucket: str) -> None:
    outputs = deployed("greeting", project, bucket)
    assert greeting(aws, outputs) == "hello world"
    states = aws.client("stepfunctions")
    execution = states.start_execution(stateMachineArn=outputs["Machine"], input="{}")["executionArn"]
    ended = until(lambda: states.describe_execution(executionArn=execution), lambda found: found["status"] != "RUNNING")
    assert json.loads(ended["output"]) == "hello world"


def test_deploying_again_changes_what_has_changed(
    aws: LocalAws, project: Path, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = deployed("again", project, bucket, Greeting="servus")
    assert greeting(aws, outputs) == "servus world"
    uploaded = len(aws.client("s3").list_objects_v2(Bucket=bucket)["Contents"])
    assert deployed("again", project, bucket) == outputs
    assert capsys.readouterr().out == "again: nothing has changed\n"
    assert len(aws.client("s3").list_objects_v2(Bucket=bucket)["Contents"]) == uploaded
    (project / "src/greet/words/__init__.py").write_text("name = 'Graz'\n")
    assert deployed("again", project, bucket) == outputs
    # The parameter that was not given again has kept its value.
    assert greeting(aws, outputs) == "servus Graz"
    assert capsys.readouterr().out == ""


def test_archives_depend_on_nothing_but_their_content(project: Path, tmp_path: Path) -> None:
    source = project / "src/greet"
    other = tmp_path / "other" / "greet"
    shutil.copytree(source, other)
    os.utime(other / "handler.py", (1, 1))
    (other / "__pycache__").mkdir()
    (other / "__pycache__/handler.cpython-311.pyc").write_bytes(b"x")
    first, second = list(package._files(source)), list(package._files(other))
    assert package.zipped(first) == package.zipped(second)
    assert package.tar(first) == package.tar(second)
    with zipfile.ZipFile(io.BytesIO(package.zipped(first))) as archive:
        assert archive.namelist() == ["handler.py", "words/__init__.py"]
    (other / "words/__init__.py").write_text("name = 'moon'\n")
    assert package._hash(list(package._files(other))) != package._hash(first)


def test_the_code_of_a_model_is_archived(aws: LocalAws, project: Path, bucket: str) -> None:
    address = package.archive(project / "src/greet", bucket)
    assert address.startswith(f"s3://{bucket}/")
    assert address.endswith("/sourcedir.tar.gz")
    assert package.archive(project / "src/greet", bucket) == address
    aws.client("s3").head_object(Bucket=bucket, Key=address.removeprefix(f"s3://{bucket}/"))


def test_what_a_job_imports_is_uploaded_with_it(aws: LocalAws, project: Path, bucket: str) -> None:
    (project / "infra/job.yaml").write_text(
        "Resources:\n"
        "  Job:\n"
        "    Type: AWS::Glue::Job\n"
        "    Properties:\n"
        "      Name: greet\n"
        "      Role: any\n"
        "      Command: {Name: pythonshell}\n"
        "      DefaultArguments:\n"
        '        "--extra-py-files": ../src/greet # beside the script\n'
    )
    address = package.package(project / "infra/job.yaml", bucket)
    s3 = aws.client("s3")
    template = s3.get_object(Bucket=bucket, Key=address.partition(f"{bucket}/")[2])["Body"].read().decode()
    line = next(line for line in template.splitlines() if "extra-py-files" in line)
    found = re.fullmatch(rf' +"--extra-py-files": "s3://{bucket}/(\S+/greet\.zip)" # beside the script', line)
    assert found, line
    content = s3.get_object(Bucket=bucket, Key=found[1])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["handler.py", "words/__init__.py"]


def test_a_path_that_leads_nowhere_is_named_with_its_line(project: Path, bucket: str) -> None:
    shutil.rmtree(project / "src")
    with pytest.raises(DeployError, match=r"serving.yaml:\d+: Code names ../src/greet, and there is no such path"):
        package.package(project / "infra/root.yaml", bucket)


def test_templates_in_a_circle_are_refused(project: Path, bucket: str) -> None:
    (project / "infra/serving.yaml").write_text(SERVING + "  Again:\n    TemplateURL: root.yaml\n")
    with pytest.raises(DeployError, match=r"root.yaml → serving.yaml → root.yaml"):
        package.package(project / "infra/root.yaml", bucket)


def test_a_failure_names_the_resource_and_can_be_put_right(aws: LocalAws, project: Path, bucket: str) -> None:
    model = """
  Endpoint:
    Type: AWS::SageMaker::Endpoint
    Properties: {EndpointConfigName: no-such-config}
Outputs:"""
    (project / "infra/serving.yaml").write_text(SERVING.replace("\nOutputs:", model))
    with pytest.raises(DeployError) as raised:
        deployed("failing", project, bucket)
    said = str(raised.value)
    assert "failing was not deployed" in said
    assert "- Endpoint (AWS::SageMaker::Endpoint) in failing-Serving-" in said
    assert "Could not find endpoint configuration" in said
    # Again after the failed creation, then a failed update, then again.
    (project / "infra/serving.yaml").write_text(SERVING)
    outputs = deployed("failing", project, bucket)
    assert greeting(aws, outputs) == "hello world"
    (project / "infra/serving.yaml").write_text(SERVING.replace("\nOutputs:", model))
    with pytest.raises(DeployError, match=r"Endpoint \(AWS::SageMaker::Endpoint\)"):
        deployed("failing", project, bucket, Greeting="grüezi")
    assert greeting(aws, outputs) == "hello world"
    (project / "infra/serving.yaml").write_text(SERVING)
    deployed("failing", project, bucket, Greeting="grüezi")
    assert greeting(aws, outputs) == "grüezi world"


def test_parameters_are_checked_before_anything_is_made(aws: LocalAws, project: Path, bucket: str) -> None:
    with pytest.raises(DeployError, match="no parameter Greting"):
        deployed("misspelt", project, bucket, Greting="hi")
    (project / "infra/root.yaml").write_text(ROOT.replace(", Default: hello", ""))
    with pytest.raises(DeployError, match="Greeting"):
        deployed("misspelt", project, bucket)
    names = [found["StackName"] for found in aws.client("cloudformation").describe_stacks()["Stacks"]]
    assert not [name for name in names if name.startswith("misspelt")]
