"""State machines wait for the real end of their jobs."""

import json
import time
from typing import Any

import pytest

from local import LocalAws
from tests.local_aws.conftest import Start
from tests.local_aws.services import processes, role, until
from tests.local_aws.test_sagemaker import in_service, job, prepare, score, trained

pytestmark = pytest.mark.local_aws


def machine(aws: LocalAws, name: str, actions: list[str], states: dict[str, Any], start: str) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = aws.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    allowed = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    )
    iam.put_role_policy(RoleName=name, PolicyName="work", PolicyDocument=allowed)
    definition = json.dumps({"StartAt": start, "States": states})
    arn: str = aws.client("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=role)[
        "stateMachineArn"
    ]
    return arn


def run(aws: LocalAws, arn: str, **given: str) -> dict[str, Any]:
    states = aws.client("stepfunctions")
    execution = states.start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"]
    found: dict[str, Any] = until(
        lambda: states.describe_execution(executionArn=execution), lambda found: found["status"] != "RUNNING", 60
    )
    return found


TRAINING = ["sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob", "iam:PassRole"]


def scenario(aws: LocalAws) -> None:
    """A query and a training job run one after the other."""
    model = prepare(aws, "steps")
    aws.client("s3").put_object(Bucket="steps", Key="glue/rows.json", Body='{"amount": 7}')
    glue = aws.client("glue")
    glue.create_database(DatabaseInput={"Name": "steps"})
    glue.create_table(
        DatabaseName="steps",
        TableInput={
            "Name": "rows",
            "StorageDescriptor": {
                "Columns": [{"Name": "amount", "Type": "bigint"}],
                "Location": "s3://steps/glue/",
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
            },
        },
    )
    states = {
        "Query": {
            "Type": "Task",
            "Resource": "arn:aws:states:::athena:startQueryExecution.sync",
            "Parameters": {
                "QueryString": "SELECT sum(amount) AS total FROM steps.rows",
                "ResultConfiguration": {"OutputLocation": "s3://steps/results/"},
            },
            "ResultPath": "$.query",
            "Next": "Train",
        },
        "Train": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
            "Parameters": job("steps", "from-steps", model),
            "ResultPath": "$.training",
            "End": True,
        },
    }
    actions = ["athena:*", *TRAINING]
    found = run(aws, machine(aws, "steps", actions, states, "Query"))
    assert found["status"] == "SUCCEEDED", found
    output = json.loads(found["output"])
    query = output["query"]["QueryExecution"]["QueryExecutionId"]
    s3 = aws.client("s3")
    result = aws.client("athena").get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
    assert [row["Data"][0]["VarCharValue"] for row in result] == ["total", "7"]
    artifacts = output["training"]["ModelArtifacts"]["S3ModelArtifacts"]
    assert s3.head_object(Bucket="steps", Key=artifacts.removeprefix("s3://steps/"))["ContentLength"] > 100


def test_a_state_machine_waits_for_its_jobs(aws: LocalAws) -> None:
    scenario(aws)


SCRIPT = """
import sys, time
import boto3
from awsglue.utils import getResolvedOptions
target = getResolvedOptions(sys.argv, ["target"])["target"]
if target == "nowhere":
    sys.exit("the input is empty")
time.sleep(1)
boto3.client("s3").put_object(Bucket=target, Key="done", Body=b"7")
"""


def test_a_state_machine_waits_for_a_glue_job(aws: LocalAws) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="steps-glue")
    s3.put_object(Bucket="steps-glue", Key="jobs/write.py", Body=SCRIPT)
    aws.client("glue").create_job(
        Name="steps-write",
        Role=role(aws, "steps-write", "glue.amazonaws.com", []),
        Command={"Name": "pythonshell", "ScriptLocation": "s3://steps-glue/jobs/write.py", "PythonVersion": "3.9"},
    )
    states = {
        "Write": {
            "Type": "Task",
            "Resource": "arn:aws:states:::glue:startJobRun.sync",
            "Parameters": {"JobName": "steps-write", "Arguments": {"--target.$": "$.target"}},
            "End": True,
        }
    }
    arn = machine(aws, "steps-glue", ["glue:StartJobRun", "glue:GetJobRun"], states, "Write")
    found = run(aws, arn, target="steps-glue")
    assert found["status"] == "SUCCEEDED", found
    assert s3.get_object(Bucket="steps-glue", Key="done")["Body"].read() == b"7"
    failed = run(aws, arn, target="nowhere")
    assert failed["error"] == "States.TaskFailed"
    assert "the input is empty" in json.loads(failed["cause"])["ErrorMessage"]


def test_the_emulator_alone_does_not_wait(start: Start) -> None:
    with pytest.raises(AssertionError, match="FAILED"):
        scenario(start(without=["step_functions_sync"]))


def test_a_job_that_fails_fails_the_task_with_its_reason(aws: LocalAws) -> None:
    model = prepare(aws, "steps-failing")
    states = {
        "Train": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
            "Parameters": job("steps-failing", "steps-failing", model, label="broken"),
            "Catch": [{"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.error", "Next": "Report"}],
            "End": True,
        },
        "Report": {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"},
    }
    found = run(aws, machine(aws, "steps-failing", TRAINING, states, "Train"))
    assert found["status"] == "FAILED"
    assert found["error"] == "States.TaskFailed"
    assert "no positive examples" in json.loads(found["cause"])["FailureReason"]


def test_a_state_machine_makes_an_endpoint(aws: LocalAws) -> None:
    model = prepare(aws, "steps-endpoint")
    artifacts = trained(aws, "steps-endpoint", model, "steps-endpoint")
    variant = {"VariantName": "all", "ModelName": "steps", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    requests = {
        "createModel": {
            "ModelName": "steps",
            "ExecutionRoleArn": model,
            "PrimaryContainer": {"Image": "image", "ModelDataUrl": artifacts},
        },
        "createEndpointConfig": {"EndpointConfigName": "steps", "ProductionVariants": [variant]},
        "createEndpoint": {"EndpointName": "steps", "EndpointConfigName": "steps"},
    }
    names = [*requests, None]
    states = {
        name: {
            "Type": "Task",
            "Resource": f"arn:aws:states:::sagemaker:{name}",
            "Parameters": request,
            **({"Next": following} if (following := names[number + 1]) else {"End": True}),
        }
        for number, (name, request) in enumerate(requests.items())
    }
    actions = [*(f"sagemaker:{name[0].upper()}{name[1:]}" for name in requests), "iam:PassRole"]
    found = run(aws, machine(aws, "steps-endpoint", actions, states, "createModel"))
    assert found["status"] == "SUCCEEDED", found
    assert in_service(aws, "steps")["EndpointStatus"] == "InService"
    assert score(aws.client("sagemaker-runtime"), "steps", 41)["fraud"] is True


def test_the_role_of_the_state_machine_needs_the_permissions(aws: LocalAws) -> None:
    model = prepare(aws, "steps-denied")
    train = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
        "Parameters": job("steps-denied", "steps-denied", model),
        "End": True,
    }
    found = run(aws, machine(aws, "steps-denied", ["sagemaker:DescribeTrainingJob"], {"Train": train}, "Train"))
    assert found["status"] == "FAILED"
    assert "sagemaker:CreateTrainingJob" in found["cause"]
    found = run(aws, machine(aws, "steps-no-pass", [*TRAINING[:3]], {"Train": train}, "Train"))
    assert found["status"] == "FAILED"
    assert "iam:PassRole" in found["cause"]


@pytest.mark.parametrize("how", ["stopped", "timed-out"])
def test_a_job_nobody_waits_for_is_stopped(aws: LocalAws, how: str) -> None:
    name = f"steps-{how}"
    model = prepare(aws, name)
    train = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
        "Parameters": job(name, name, model, label="endless"),
        "End": True,
    }
    if how == "timed-out":
        train["TimeoutSeconds"] = 2
    arn = machine(aws, name, TRAINING, {"Train": train}, "Train")
    states, models = aws.client("stepfunctions"), aws.client("sagemaker")
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    until(lambda: processes(f"training/{name}"), bool)
    if how == "stopped":
        states.stop_execution(executionArn=execution)
    end = time.monotonic() + 20
    while models.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] != "Stopped":
        assert time.monotonic() < end
        time.sleep(0.1)
    found = states.describe_execution(executionArn=execution)
    assert (found["status"], found.get("error")) == (
        ("ABORTED", None) if how == "stopped" else ("FAILED", "States.Timeout")
    )
    assert not processes(f"training/{name}")
