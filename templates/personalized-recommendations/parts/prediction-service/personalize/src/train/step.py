"""The steps of the training workflow that Athena does not do: check, import, train, publish; and the age of the model.

Those of the weekly training, too: wait until nobody else trains, and let the campaigns answer with what was trained.

A step that is under way raises NotYet, and the workflow tries it again. What was done in a run is found again and not
done twice, so that a run that failed goes on where it stopped when it is started again with its name.
"""

import csv
import io
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3

personalize = boto3.client("personalize")
s3 = boto3.client("s3")
states = boto3.client("stepfunctions")

Json = dict[str, Any]
# What Personalize publishes as its least: https://docs.aws.amazon.com/personalize/latest/dg/limits.html
LEAST_INTERACTIONS, LEAST_USERS = 1000, 25


class NotYet(Exception):
    """It is under way."""


class StepFailed(Exception):
    """Personalize could not do it; the message is its reason."""


class TooFewInteractions(Exception):
    """There is less to learn from than Personalize asks for; the message has the counts."""


def handler(event: Json, _context: Any) -> Json:
    """Does one step."""
    return STEPS[event["step"]](event)


def check(event: Json) -> Json:
    """Refuses data below the published minimum, before anything is imported or trained."""
    size = {name: int(value) for name, value in _rows(event["location"])[0].items()}
    if size["interactions"] < LEAST_INTERACTIONS or size["users_with_two"] < LEAST_USERS:
        raise TooFewInteractions(
            f"Personalize needs {LEAST_INTERACTIONS} interactions and {LEAST_USERS} users with two or more of them; "
            f"after cleaning there are {size['interactions']} interactions and {size['users_with_two']} such users."
        )
    return size


def load(event: Json) -> Json:
    """Imports one data set, in place of what was imported before."""
    kind = event["dataset"]
    dataset, base = os.environ[f"{kind.upper()}_ARN"], f"{os.environ['PREFIX']}-{kind}-{event['run']}"
    pages = personalize.get_paginator("list_dataset_import_jobs").paginate(datasetArn=dataset)
    jobs = [job for page in pages for job in page["datasetImportJobs"] if job["jobName"].startswith(base)]
    if not _under_way(jobs, event):
        personalize.create_dataset_import_job(
            jobName=f"{base}-{len(jobs)}" if jobs else base,
            datasetArn=dataset,
            dataSource={"dataLocation": event["location"]},
            roleArn=os.environ["IMPORT_ROLE_ARN"],
            importMode="FULL",
        )
        raise NotYet(f"{kind} are being imported")
    return {"dataset": kind}


def train(event: Json) -> Json:
    """Trains a version of a solution; automatic training, a training a week without being asked, is switched off."""
    solution = os.environ[f"{event['solution'].upper()}_ARN"]
    if personalize.describe_solution(solutionArn=solution)["solution"].get("performAutoTraining"):
        personalize.update_solution(solutionArn=solution, performAutoTraining=False)
    began = datetime.fromtimestamp(int(event["run"], 16), UTC)
    pages = personalize.get_paginator("list_solution_versions").paginate(solutionArn=solution)
    versions = [one for page in pages for one in page["solutionVersions"] if one["creationDateTime"] >= began]
    active = _under_way(versions, event)
    if not active:
        personalize.create_solution_version(solutionArn=solution, trainingMode="FULL")
        raise NotYet(f"{event['solution']} is being trained")
    return {"arn": active["solutionVersionArn"]}


def publish(event: Json) -> Json:
    """Puts the list of popular items where the API reads it."""
    rows = _rows(event["location"])
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    s3.put_object(Bucket=os.environ["LAKE"], Key=os.environ["POPULAR_KEY"], Body=text.getvalue().encode())
    return {"items": len(rows)}


def begin(event: Json) -> Json:
    """Names a new run of the training, once no other one is under way: two would import into the same data sets."""
    if states.list_executions(stateMachineArn=event["machine"], statusFilter="RUNNING", maxResults=1)["executions"]:
        raise NotYet("a training is under way")
    return {"run": f"{int(time.time()):x}"}


def switch(event: Json) -> Json:
    """Lets both campaigns answer with the versions that were trained; the old ones answer until the new ones do."""
    waiting = [name for name, version in _wanted(event["trained"]).items() if not _switched(name, version)]
    if waiting:
        raise NotYet(f"{len(waiting)} campaigns are being switched")
    return dict(event["trained"])


def age(event: Json) -> Json:
    """Measures how old the model is that answers now; printed in the embedded format, it becomes a metric."""
    version = personalize.describe_campaign(campaignArn=event["campaign"])["campaign"]["solutionVersionArn"]
    trained = personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]["creationDateTime"]
    hours = (datetime.now(UTC) - trained).total_seconds() / 3600
    metric = {"Name": "ModelAgeHours", "Unit": "None"}
    directive = {"Namespace": os.environ["METRICS_NAMESPACE"], "Dimensions": [[]], "Metrics": [metric]}
    told = {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [directive]}
    print(json.dumps({"_aws": told, "ModelAgeHours": hours}))
    return {"hours": hours}


STEPS: dict[str, Callable[[Json], Json]] = {
    "check": check,
    "import": load,
    "train": train,
    "publish": publish,
    "begin": begin,
    "switch": switch,
    "age": age,
}


def _wanted(trained: Json) -> dict[str, str]:
    """Returns the version that each campaign should answer with."""
    names = {"for-you": "ForYouVersionArn", "similar": "SimilarVersionArn"}
    return {f"{os.environ['CAMPAIGNS']}-{name}": trained[output] for name, output in names.items()}


def _switched(campaign: str, version: str) -> bool:
    """Returns whether a campaign answers with a version; if nothing leads there yet, begins it.

    Raises:
        StepFailed: Personalize could not switch; the old version answers.
    """
    found = personalize.describe_campaign(campaignArn=campaign)["campaign"]
    update = found.get("latestCampaignUpdate") or {}
    if update.get("status", "ACTIVE") not in {"ACTIVE", "CREATE FAILED"}:
        return False
    if found["solutionVersionArn"] == version:
        return True
    if update.get("solutionVersionArn") == version and "FAILED" in update["status"]:
        raise StepFailed(update.get("failureReason", update["status"]))
    personalize.update_campaign(campaignArn=campaign, solutionVersionArn=version)
    return False


def _under_way(found: list[Json], event: Json) -> Json:
    """Returns the one that is done, or nothing if one is to be started.

    Raises:
        NotYet: one is under way.
        StepFailed: one failed since this execution began; one of an earlier execution is tried again.
    """
    began = datetime.fromisoformat(event["started"])
    for one in found:
        if one["status"] == "ACTIVE":
            return one
        if "FAILED" not in one["status"]:
            raise NotYet(one["status"])
        if one["creationDateTime"] >= began:
            raise StepFailed(one.get("failureReason", one["status"]))
    return {}


def _rows(location: str) -> list[dict[str, str]]:
    """Returns the rows of a CSV file, or of all those in a folder."""
    bucket, _, key = location.removeprefix("s3://").partition("/")
    keys = [key]
    if key.endswith("/"):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
        keys = [one["Key"] for page in pages for one in page.get("Contents", []) if one["Key"].endswith(".csv")]
    texts = [s3.get_object(Bucket=bucket, Key=one)["Body"].read().decode() for one in keys]
    return [row for text in texts for row in csv.DictReader(io.StringIO(text))]
