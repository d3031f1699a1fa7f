"""`python -m deploy` and its steps, as `make deploy` and `make destroy` run them."""

import csv
import subprocess
import sys
from pathlib import Path

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


def test_a_deployment_is_made_verified_and_taken_down_without_its_data(deployed: Deployed, tmp_path: Path) -> None:
    early = deploy(deployed, "serving")
    assert early.returncode == 1
    assert "There is no stack" in early.stderr

    with (tmp_path / "interactions.csv").open("w", newline="") as file:
        rows = [row for row in deployed.parts.history.interactions if row["event_id"] != "untimely"]
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    done = deploy(deployed, "all", "--data", str(tmp_path), "--patience", "60")
    assert done.returncode == 0, done.stderr
    assert f"interactions, items and users from {tmp_path}" in done.stdout
    assert "both are in the lake" in done.stdout
    lake = next(line.split()[-1] for line in done.stdout.splitlines() if "LakeBucket" in line)
    assert lake != deployed.outputs["LakeBucket"]

    gone = deploy(deployed, "destroy", "--yes")
    assert gone.returncode == 0, gone.stderr
    assert f"Bucket {lake} (LakeBucket), with everything in it." in gone.stdout
    kept = deployed.client("s3").list_objects_v2(Bucket=lake)["Contents"]
    assert {item["Key"].split("/")[0] for item in kept} >= {"landing", "serving", "events", "dead-letter"}
    api = deployed.client("personalize")
    assert [one["name"] for one in api.list_dataset_groups()["datasetGroups"]] == [deployed.deployment.name]
    assert {one["name"].rpartition("-dev-")[1] for one in api.list_campaigns()["campaigns"]} == {""}
