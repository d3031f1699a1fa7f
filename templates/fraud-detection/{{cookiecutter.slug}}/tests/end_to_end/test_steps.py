"""`python -m deploy` and its steps, as `make deploy` and `make destroy` run them."""

import json
import subprocess
import sys
from pathlib import Path

from data.generate import generate, write
from deploy.deployment import PROJECT
from pipeline import training
from pipeline.kinds import KINDS

from .conftest import Deployed


def deploy(deployed: Deployed, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy", *words, "--stage", "dev"],
        cwd=PROJECT,
        env=deployed.aws.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_deployment_is_made_verified_and_taken_down_without_its_data(deployed: Deployed, tmp_path: Path) -> None:
    early = deploy(deployed, "serving")
    assert early.returncode == 1
    assert early.stderr == (
        f"There is no stack {deployed.deployment.project}-dev yet; run `python -m deploy foundation --stage dev`.\n"
    )

    write(generate(10_000, seed=11), tmp_path / "own.csv")
    done = deploy(deployed, "all", "--data", str(tmp_path / "own.csv"), "--patience", "60")
    assert done.returncode == 0, done.stderr
    assert f"training data from {tmp_path / 'own.csv'}" in done.stdout
    assert "both are in the lake" in done.stdout
    lake = next(line.split()[-1] for line in done.stdout.splitlines() if "LakeBucket" in line)
    assert lake != deployed.outputs["LakeBucket"]

    looked = deploy(deployed, "preflight")
    assert f"Stack {deployed.deployment.project}-dev is UPDATE_COMPLETE; it will be updated." in looked.stdout

    # A model that a retraining has put behind the endpoint goes with the deployment, too.
    models, name = deployed.client("sagemaker"), f"{deployed.deployment.project}-dev"
    newest = training.newest_model(lake, f"models/{KINDS[0]}/")
    moved = deployed.client("lambda").invoke(
        FunctionName=f"{name}-replace",
        Payload=json.dumps({"models": [{"kind": KINDS[0], "ModelDataUrl": newest}], "asked": False}).encode(),
    )
    assert json.loads(moved["Payload"].read()) == {"asked": True, "served": True}
    assert [one for one in models.list_models()["Models"] if one["ModelName"].startswith(f"{name}-retrained-")]

    unsure = deploy(deployed, "destroy")
    assert (unsure.returncode, unsure.stdout) == (1, "")
    assert unsure.stderr == "Nothing was deleted. Type the name when asked, or give --yes.\n"

    gone = deploy(deployed, "destroy", "--yes")
    assert gone.returncode == 0, gone.stderr
    assert f"Bucket {lake} (LakeBucket), with everything in it." in gone.stdout
    kept = deployed.client("s3").list_objects_v2(Bucket=lake)["Contents"]
    assert {item["Key"].split("/")[0] for item in kept} >= {"training", "models", "scored", "dead-letter"}
    names = [api["Name"] for api in deployed.client("apigatewayv2").get_apis()["Items"]]
    assert names == [f"{deployed.deployment.project}-local"]
    assert not [one for one in models.list_models()["Models"] if one["ModelName"].startswith(name)]
    assert not [one for one in models.list_endpoint_configs()["EndpointConfigs"] if name in one["EndpointConfigName"]]
