"""`python -m deploy` and its steps, as `make deploy` and `make destroy` run them."""

import subprocess
import sys

from deploy.deployment import PROJECT

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


def test_a_deployment_is_made_verified_and_taken_down_without_its_data(deployed: Deployed) -> None:
    done = deploy(deployed, "all", "--patience", "60")
    assert done.returncode == 0, done.stderr
    assert "training data from the generator" in done.stdout
    assert "both are in the lake" in done.stdout
    lake = next(line.split()[-1] for line in done.stdout.splitlines() if "LakeBucket" in line)
    assert lake != deployed.outputs["LakeBucket"]

    again = deploy(deployed, "verify", "--patience", "60")
    assert again.returncode == 0, again.stderr

    gone = deploy(deployed, "destroy", "--yes")
    assert gone.returncode == 0, gone.stderr
    assert f"Bucket {lake} (LakeBucket), with everything in it." in gone.stdout
    kept = deployed.client("s3").list_objects_v2(Bucket=lake)["Contents"]
    assert {item["Key"].split("/")[0] for item in kept} >= {"training", "models", "raw", "scored", "dead-letter"}
    things = [one["thingName"] for one in deployed.client("iot").list_things()["things"]]
    assert f"{deployed.deployment.project}-dev-verify" in things
