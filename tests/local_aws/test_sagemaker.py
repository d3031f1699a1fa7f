"""SageMaker: train.py and inference.py really run, with the permissions of their roles."""

import io
import json
import os
import signal
import tarfile
import threading
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local import LocalAws
from tests.local_aws.conftest import Start
from tests.local_aws.services import objects, processes, until

pytestmark = pytest.mark.local_aws

TRAIN = """
import argparse, csv, json, os, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--quantile", type=float)
parser.add_argument("--label", default="none")
options = parser.parse_args()
rows = []
for file in sorted(pathlib.Path(os.environ["SM_CHANNEL_TRAIN"]).rglob("*.csv")):
    rows += [float(row["amount"]) for row in csv.DictReader(file.open())]
rows.sort()
limit = rows[int(len(rows) * options.quantile)]
print(f"train:rows={len(rows)};", flush=True)
print(f"validation:limit={limit};")
if options.label == "broken":
    raise ValueError("no positive examples in the training data")
if options.label == "endless":
    import time; time.sleep(600)
pathlib.Path(os.environ["SM_MODEL_DIR"], "model.json").write_text(json.dumps({"limit": limit}))
pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"], "report.txt").write_text(options.label)
code = pathlib.Path(os.environ["SM_MODEL_DIR"], "code"); code.mkdir()
code.joinpath("inference.py").write_text(pathlib.Path("inference.py").read_text())
"""

INFERENCE = """
import json, os, pathlib
def model_fn(model_dir):
    print("model loaded")
    return json.loads(pathlib.Path(model_dir, "model.json").read_text())
def input_fn(body, content_type):
    if content_type != "application/json":
        raise ValueError(f"cannot read {content_type}")
    return json.loads(body)["amount"]
def predict_fn(amount, model):
    return {"fraud": amount > model["limit"], "limit": model["limit"]}
def output_fn(prediction, accept):
    return json.dumps(prediction), "application/json"
"""

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def archive(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return content.getvalue()


def model_role(aws: LocalAws, name: str, bucket: str, actions: list[str]) -> str:
    iam = aws.client("iam")
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    statement = {
        "Effect": "Allow",
        "Action": actions,
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=name, PolicyName="data", PolicyDocument=document)
    return arn


def prepare(aws: LocalAws, bucket: str) -> str:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="train/day=1/a.csv", Body="amount\n10\n20\n30\n")
    s3.put_object(Bucket=bucket, Key="train/day=2/b.csv", Body="amount\n40\n50\n")
    s3.put_object(
        Bucket=bucket, Key="code/sourcedir.tar.gz", Body=archive({"train.py": TRAIN, "inference.py": INFERENCE})
    )
    return model_role(aws, f"{bucket}-model", bucket, ["s3:GetObject", "s3:ListBucket", "s3:PutObject"])


def job(bucket: str, name: str, arn: str, **hyperparameters: str) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "RoleArn": arn,
        "AlgorithmSpecification": {
            "TrainingImage": "image",
            "TrainingInputMode": "File",
            "MetricDefinitions": [
                {"Name": "train:rows", "Regex": "train:rows=([0-9.]+);"},
                {"Name": "validation:limit", "Regex": "validation:limit=([0-9.]+);"},
            ],
        },
        "HyperParameters": {
            # As the SageMaker SDK sends them, and as people write them.
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": f"s3://{bucket}/code/sourcedir.tar.gz",
            "quantile": "0.6",
            **hyperparameters,
        },
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/train/"}},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }


def ended(aws: LocalAws, name: str) -> dict[str, Any]:
    client = aws.client("sagemaker")
    found: dict[str, Any] = until(
        lambda: client.describe_training_job(TrainingJobName=name),
        lambda found: found["TrainingJobStatus"] in {"Completed", "Failed", "Stopped"},
    )
    return found


def trained(aws: LocalAws, bucket: str, arn: str, name: str, **hyperparameters: str) -> str:
    aws.client("sagemaker").create_training_job(**job(bucket, name, arn, **hyperparameters))
    found = ended(aws, name)
    assert found["TrainingJobStatus"] == "Completed", found.get("FailureReason")
    artifacts: str = found["ModelArtifacts"]["S3ModelArtifacts"]
    return artifacts


def in_service(aws: LocalAws, name: str) -> dict[str, Any]:
    client = aws.client("sagemaker")
    found: dict[str, Any] = until(
        lambda: client.describe_endpoint(EndpointName=name),
        lambda found: found["EndpointStatus"] in {"InService", "Failed"},
    )
    return found


def deploy(aws: LocalAws, arn: str, artifacts: str, name: str) -> None:
    client = aws.client("sagemaker")
    client.create_model(
        ModelName=name, ExecutionRoleArn=arn, PrimaryContainer={"Image": "image", "ModelDataUrl": artifacts}
    )
    client.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[
            {"VariantName": "all", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
        ],
    )


def score(runtime: Any, endpoint: str, amount: float) -> dict[str, Any]:
    answer = runtime.invoke_endpoint(
        EndpointName=endpoint, ContentType="application/json", Body=json.dumps({"amount": amount})
    )
    found: dict[str, Any] = json.loads(answer["Body"].read())
    return found


def scenario(aws: LocalAws) -> None:
    """A model is trained on the objects of a bucket, and an endpoint scores with it."""
    arn = prepare(aws, "one")
    artifacts = trained(aws, "one", arn, "fraud-1", label="first")
    found = ended(aws, "fraud-1")
    metrics = {metric["MetricName"]: metric["Value"] for metric in found["FinalMetricDataList"]}
    assert metrics == {"train:rows": 5.0, "validation:limit": 40.0}
    s3 = aws.client("s3")
    content = s3.get_object(Bucket="one", Key=artifacts.removeprefix("s3://one/"))["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        assert sorted(tar.getnames()) == ["code", "code/inference.py", "model.json"]
        model = tar.extractfile("model.json")
        assert model is not None
        assert json.load(model) == {"limit": 40.0}
    logged = aws.client("logs").filter_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix="fraud-1/"
    )
    assert "train:rows=5;" in [event["message"] for event in logged["events"]]

    deploy(aws, arn, artifacts, "fraud-model")
    aws.client("sagemaker").create_endpoint(EndpointName="fraud", EndpointConfigName="fraud-model")
    assert in_service(aws, "fraud")["EndpointStatus"] == "InService"
    runtime = aws.client("sagemaker-runtime")
    assert score(runtime, "fraud", 41) == {"fraud": True, "limit": 40.0}
    assert score(runtime, "fraud", 39) == {"fraud": False, "limit": 40.0}


def test_a_model_is_trained_and_served(aws: LocalAws) -> None:
    scenario(aws)


def test_the_emulator_alone_has_no_sagemaker(start: Start) -> None:
    with pytest.raises((ClientError, AssertionError)):
        scenario(start(without=["sagemaker"]))


def test_a_script_that_raises_fails_the_job_with_its_message(aws: LocalAws) -> None:
    arn = prepare(aws, "two")
    aws.client("sagemaker").create_training_job(**job("two", "broken", arn, label="broken"))
    found = ended(aws, "broken")
    assert found["TrainingJobStatus"] == "Failed"
    assert "no positive examples in the training data" in found["FailureReason"]
    assert "AlgorithmError" in found["FailureReason"]
    kept = aws.client("s3").list_objects_v2(Bucket="two", Prefix="models/")
    assert kept["KeyCount"] == 0


def test_a_role_that_may_not_read_the_data_fails_the_job(aws: LocalAws) -> None:
    prepare(aws, "three")
    arn = model_role(aws, "may-write-only", "three", ["s3:PutObject"])
    aws.client("sagemaker").create_training_job(**job("three", "forbidden", arn))
    found = ended(aws, "forbidden")
    assert found["TrainingJobStatus"] == "Failed"
    assert "AccessDenied" in found["FailureReason"]
    assert "sourcedir.tar.gz" in found["FailureReason"]


def test_a_job_stops_when_told_and_leaves_no_process(aws: LocalAws) -> None:
    arn = prepare(aws, "four")
    client = aws.client("sagemaker")
    client.create_training_job(**job("four", "endless", arn, label="endless"))
    until(
        lambda: client.describe_training_job(TrainingJobName="endless"),
        lambda found: found["SecondaryStatus"] == "Training",
    )
    until(lambda: processes("endless"), bool)
    client.stop_training_job(TrainingJobName="endless")
    found = ended(aws, "endless")
    assert found["TrainingJobStatus"] == "Stopped"
    assert not processes("endless")


def test_an_update_of_an_endpoint_fails_no_request(aws: LocalAws) -> None:
    arn = prepare(aws, "five")
    client = aws.client("sagemaker")
    for quantile in ("0.2", "0.8"):
        name = f"switch-{quantile[-1]}"
        deploy(aws, arn, trained(aws, "five", arn, name, quantile=quantile), name)
    client.create_endpoint(EndpointName="switch", EndpointConfigName="switch-2")
    in_service(aws, "switch")
    seen: list[float] = []
    failed: list[Exception] = []
    stop = threading.Event()

    def ask() -> None:
        runtime = aws.client("sagemaker-runtime")
        while not stop.is_set():
            try:
                seen.append(score(runtime, "switch", 1)["limit"])
            except Exception as error:
                failed.append(error)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    try:
        until(lambda: seen, bool)
        client.update_endpoint(EndpointName="switch", EndpointConfigName="switch-8")
        found = in_service(aws, "switch")
        until(lambda: seen[-1:], lambda last: last == [50.0])
    finally:
        stop.set()
        for asker in askers:
            asker.join()
    assert not failed
    assert found["EndpointConfigName"] == "switch-8"
    assert {20.0, 50.0} == set(seen)
    until(lambda: len(processes("endpoints/switch-")), lambda count: count == 1)
    client.delete_endpoint(EndpointName="switch")
    until(lambda: processes("endpoints/switch-"), lambda left: not left)
    with pytest.raises(ClientError, match="not found"):
        score(aws.client("sagemaker-runtime"), "switch", 1)


def test_an_update_to_a_model_that_does_not_load_keeps_the_old_one(aws: LocalAws) -> None:
    arn = prepare(aws, "six")
    client = aws.client("sagemaker")
    deploy(aws, arn, trained(aws, "six", arn, "good"), "good")
    broken = archive({"model.json": "{}", "code/inference.py": "import no_such_package"})
    aws.client("s3").put_object(Bucket="six", Key="broken.tar.gz", Body=broken)
    deploy(aws, arn, "s3://six/broken.tar.gz", "bad")
    client.create_endpoint(EndpointName="kept", EndpointConfigName="good")
    in_service(aws, "kept")
    client.update_endpoint(EndpointName="kept", EndpointConfigName="bad")
    found = in_service(aws, "kept")
    assert "No module named 'no_such_package'" in found["FailureReason"]
    assert found["EndpointConfigName"] == "good"
    assert score(aws.client("sagemaker-runtime"), "kept", 41)["fraud"] is True


def test_an_error_of_the_models_code_is_a_model_error(aws: LocalAws) -> None:
    arn = prepare(aws, "seven")
    deploy(aws, arn, trained(aws, "seven", arn, "strict"), "strict")
    aws.client("sagemaker").create_endpoint(EndpointName="strict", EndpointConfigName="strict")
    in_service(aws, "strict")
    runtime = aws.client("sagemaker-runtime")
    with pytest.raises(runtime.exceptions.ModelError) as raised:
        runtime.invoke_endpoint(EndpointName="strict", ContentType="text/xml", Body=b"<a/>")
    said = raised.value.response
    assert said["OriginalStatusCode"] == 500
    assert "cannot read text/xml" in said["OriginalMessage"]
    assert said["LogStreamArn"] == "/aws/sagemaker/Endpoints/strict"
    assert score(runtime, "strict", 41)["fraud"] is True


def transform(aws: LocalAws, name: str, bucket: str, model: str, **given: Any) -> dict[str, Any]:
    client = aws.client("sagemaker")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/score/"}}
    client.create_transform_job(
        TransformJobName=name,
        ModelName=model,
        BatchStrategy="SingleRecord",
        TransformInput={"DataSource": source, "ContentType": "application/json", "SplitType": "Line"},
        TransformOutput={"S3OutputPath": f"s3://{bucket}/scored", "AssembleWith": "Line", **given},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    found: dict[str, Any] = until(
        lambda: client.describe_transform_job(TransformJobName=name),
        lambda found: found["TransformJobStatus"] in {"Completed", "Failed"},
    )
    return found


def test_a_batch_of_objects_is_transformed(aws: LocalAws) -> None:
    arn = prepare(aws, "batch-scores")
    deploy(aws, arn, trained(aws, "batch-scores", arn, "batch"), "batch")
    s3 = aws.client("s3")
    s3.put_object(Bucket="batch-scores", Key="score/day=1/a.json", Body='{"amount": 41}\n{"amount": 39}\n')
    s3.put_object(Bucket="batch-scores", Key="score/day=2/b.json", Body='{"amount": 1000}\n')
    found = transform(aws, "batch", "batch-scores", "batch")
    assert found["TransformJobStatus"] == "Completed", found
    scored = {key: content.splitlines() for key, content in objects(aws, "batch-scores", "scored/").items()}
    assert {key: [json.loads(line)["fraud"] for line in lines] for key, lines in scored.items()} == {
        "scored/day=1/a.json.out": [True, False],
        "scored/day=2/b.json.out": [True],
    }
    assert not processes("endpoints/batch-transform")
    s3.put_object(Bucket="batch-scores", Key="score/day=3/c.json", Body="no json\n")
    failed = transform(aws, "batch-again", "batch-scores", "batch")
    assert failed["TransformJobStatus"] == "Failed"
    assert "JSONDecodeError" in failed["FailureReason"]


CALLER = """
import boto3, json
def handler(event, context):
    body = json.dumps({"amount": event["amount"]})
    answer = boto3.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=event["endpoint"], ContentType="application/json", Body=body)
    return json.loads(answer["Body"].read())
"""


def test_a_lambda_function_needs_the_permission_to_invoke(aws: LocalAws) -> None:
    arn = prepare(aws, "eight")
    deploy(aws, arn, trained(aws, "eight", arn, "called"), "called")
    aws.client("sagemaker").create_endpoint(EndpointName="called", EndpointConfigName="called")
    in_service(aws, "called")
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as package:
        package.writestr("app.py", CALLER)
    iam, functions = aws.client("iam"), aws.client("lambda")
    trust = TRUST.replace("sagemaker", "lambda")
    caller = iam.create_role(RoleName="caller", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    functions.create_function(
        FunctionName="caller",
        Runtime="python3.12",
        Handler="app.handler",
        Role=caller,
        Code={"ZipFile": code.getvalue()},
        Timeout=30,
    )
    event = json.dumps({"amount": 41, "endpoint": "called"})

    def call() -> dict[str, Any]:
        answer = functions.invoke(FunctionName="caller", Payload=event)
        said: dict[str, Any] = json.loads(answer["Payload"].read())
        return said

    refused = call()
    assert "AccessDenied" in refused["errorType"] + refused["errorMessage"], refused
    assert "sagemaker:InvokeEndpoint" in refused["errorMessage"]

    def allow(endpoint: str) -> None:
        statement = {
            "Effect": "Allow",
            "Action": "sagemaker:InvokeEndpoint",
            "Resource": f"arn:aws:sagemaker:us-east-1:000000000000:endpoint/{endpoint}",
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName="caller", PolicyName="invoke", PolicyDocument=document)

    allow("another")
    assert "AccessDenied" in call()["errorMessage"]
    allow("called")
    assert call() == {"fraud": True, "limit": 40.0}


TEMPLATE = """
Parameters:
  Artifacts: {Type: String}
  Role: {Type: String}
Resources:
  Model:
    Type: AWS::SageMaker::Model
    Properties:
      ExecutionRoleArn: !Ref Role
      PrimaryContainer: {Image: image, ModelDataUrl: !Ref Artifacts}
  Config:
    Type: AWS::SageMaker::EndpointConfig
    Properties:
      ProductionVariants:
        - VariantName: all
          ModelName: !GetAtt Model.ModelName
          InitialVariantWeight: "1.0"
          ServerlessConfig: {MemorySizeInMB: 2048, MaxConcurrency: 5}
  Endpoint:
    Type: AWS::SageMaker::Endpoint
    Properties:
      EndpointName: from-a-stack
      EndpointConfigName: !GetAtt Config.EndpointConfigName
Outputs:
  Name: {Value: !GetAtt Endpoint.EndpointName}
  Arn: {Value: !Ref Endpoint}
"""


def test_a_stack_makes_updates_and_removes_an_endpoint(aws: LocalAws) -> None:
    arn = prepare(aws, "nine")
    client, runtime, stacks = aws.client("sagemaker"), aws.client("sagemaker-runtime"), aws.client("cloudformation")
    low, high = (trained(aws, "nine", arn, f"stack-{q}", quantile=f"0.{q}") for q in ("2", "8"))

    def status() -> dict[str, Any]:
        found: dict[str, Any] = stacks.describe_stacks(StackName="model")["Stacks"][0]
        return found

    def apply(call: Callable[..., Any], artifacts: str) -> dict[str, Any]:
        parameters = [
            {"ParameterKey": "Artifacts", "ParameterValue": artifacts},
            {"ParameterKey": "Role", "ParameterValue": arn},
        ]
        call(StackName="model", TemplateBody=TEMPLATE, Parameters=parameters)
        found: dict[str, Any] = until(status, lambda found: not found["StackStatus"].endswith("_IN_PROGRESS"))
        return found

    made = apply(stacks.create_stack, low)
    assert made["StackStatus"] == "CREATE_COMPLETE", made
    outputs = {output["OutputKey"]: output["OutputValue"] for output in made["Outputs"]}
    assert outputs["Name"] == "from-a-stack"
    assert outputs["Arn"] == "arn:aws:sagemaker:us-east-1:000000000000:endpoint/from-a-stack"
    assert score(runtime, "from-a-stack", 21) == {"fraud": True, "limit": 20.0}
    first = {model["ModelName"] for model in client.list_models()["Models"]}

    updated = apply(stacks.update_stack, high)
    assert updated["StackStatus"] == "UPDATE_COMPLETE", updated
    assert score(runtime, "from-a-stack", 21) == {"fraud": False, "limit": 50.0}
    # A model cannot be changed: a new one has come, the old one is gone.
    second = {model["ModelName"] for model in client.list_models()["Models"]}
    assert len(first - second) == len(second - first) == 1

    failed = apply(stacks.update_stack, "s3://nine/no-such-archive.tar.gz")
    assert failed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert score(runtime, "from-a-stack", 21) == {"fraud": False, "limit": 50.0}

    stacks.delete_stack(StackName="model")
    until(lambda: processes("endpoints/from-a-stack-"), lambda left: not left)
    with pytest.raises(ClientError, match="Could not find endpoint"):
        client.describe_endpoint(EndpointName="from-a-stack")


def test_an_endpoint_is_back_after_a_restart(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    with LocalAws(folder) as first:
        arn = prepare(first, "ten")
        deploy(first, arn, trained(first, "ten", arn, "kept"), "kept")
        first.client("sagemaker").create_endpoint(EndpointName="kept", EndpointConfigName="kept")
        in_service(first, "kept")
    assert not processes(str(folder))
    with LocalAws(folder) as second:
        jobs = second.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]
        assert [(found["TrainingJobName"], found["TrainingJobStatus"]) for found in jobs] == [("kept", "Completed")]
        assert in_service(second, "kept")["EndpointStatus"] == "InService"
        assert score(second.client("sagemaker-runtime"), "kept", 41)["fraud"] is True


def test_a_killed_emulator_leaves_no_server(start: Start) -> None:
    aws = start()
    arn = prepare(aws, "twelve")
    deploy(aws, arn, trained(aws, "twelve", arn, "orphan"), "orphan")
    aws.client("sagemaker").create_endpoint(EndpointName="orphan", EndpointConfigName="orphan")
    in_service(aws, "orphan")
    assert processes("endpoints/orphan-")
    assert aws.running is not None
    os.kill(aws.running.pid, signal.SIGKILL)
    until(lambda: processes("endpoints/orphan-"), lambda left: not left)


def test_a_reset_ends_the_servers(start: Start) -> None:
    aws = start()
    arn = prepare(aws, "eleven")
    deploy(aws, arn, trained(aws, "eleven", arn, "gone"), "gone")
    aws.client("sagemaker").create_endpoint(EndpointName="gone", EndpointConfigName="gone")
    in_service(aws, "gone")
    urllib.request.urlopen(urllib.request.Request(f"{aws.url}/_ministack/reset", method="POST")).close()
    until(lambda: processes("endpoints/gone-"), lambda left: not left)
    assert aws.client("sagemaker").list_endpoints()["Endpoints"] == []
