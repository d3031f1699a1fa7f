"""Personalize: what is imported is learned from, campaigns answer with it, and events change the next answer."""

import json
import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local import LocalAws
from tests.local_aws.conftest import Start, environment_of
from tests.local_aws.services import role, until

pytestmark = pytest.mark.local_aws

RECIPES = "arn:aws:personalize:::recipe/"
FILTER = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("buy") | EXCLUDE ItemID WHERE Items.AGE > $AGE'


def schema(name: str, *fields: tuple[str, Any]) -> str:
    columns = [{"name": field, "type": kind} for field, kind in fields]
    return json.dumps({"type": "record", "name": name, "namespace": "shop", "fields": columns, "version": "1.0"})


INTERACTIONS = schema(
    "Interactions", ("USER_ID", "string"), ("ITEM_ID", "string"), ("EVENT_TYPE", "string"), ("TIMESTAMP", "long")
)
ITEMS = schema("Items", ("ITEM_ID", "string"), ("CATEGORY", ["null", "string"]), ("AGE", ["null", "int"]))


def shop(events: int = 1200) -> tuple[str, str]:
    """Two tastes: even users take items 0 to 19, odd ones 20 to 39; item 40 of the second kind is new."""
    lines = ["USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP"]
    for number in range(events):
        user, half = number % 60, 20 * (number % 2)
        lines.append(f"u{user},i{half + (number * 7 + number // 60) % 20},view,{1_760_000_000 + number}")
    items = [f"i{n},{'first' if n < 20 else 'second'},{18 if n % 20 == 0 else ''}" for n in range(41)]
    return "\n".join(lines), "\n".join(["ITEM_ID,CATEGORY,AGE", *items])


@pytest.fixture
def running(start: Start, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    monkeypatch.setenv("LOCAL_AWS_PYTHON", str(environment_of("local-recommender", "implicit==0.7.3\n")))
    aws = start()
    interactions, items = shop()
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="shop")
    s3.put_object(Bucket="shop", Key="interactions.csv", Body=interactions)
    s3.put_object(Bucket="shop", Key="items.csv", Body=items)
    return aws


class Shop:
    """A dataset group with a campaign for users."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.api, self.runtime = aws.client("personalize"), aws.client("personalize-runtime")
        self.events = aws.client("personalize-events")
        read = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"]}
        allowed = [read | {"Resource": ["arn:aws:s3:::shop", "arn:aws:s3:::shop/*"]}]
        self.role = role(aws, "personalize", "personalize.amazonaws.com", allowed)
        self.group = self.api.create_dataset_group(name="shop")["datasetGroupArn"]
        self.datasets = {
            kind: self.dataset(kind, text) for kind, text in (("Interactions", INTERACTIONS), ("Items", ITEMS))
        }

    def dataset(self, kind: str, text: str) -> str:
        arn = self.api.create_schema(name=kind, schema=text)["schemaArn"]
        made = self.api.create_dataset(name=kind, schemaArn=arn, datasetGroupArn=self.group, datasetType=kind)
        return str(made["datasetArn"])

    def load(self, kind: str, name: str, key: str, **more: Any) -> dict[str, Any]:
        job = self.api.create_dataset_import_job(
            jobName=name,
            datasetArn=self.datasets[kind],
            dataSource={"dataLocation": f"s3://shop/{key}"},
            roleArn=more.pop("roleArn", self.role),
            **more,
        )["datasetImportJobArn"]
        return self.ended(lambda: self.api.describe_dataset_import_job(datasetImportJobArn=job)["datasetImportJob"])

    def learn(self, solution: str) -> dict[str, Any]:
        version = self.api.create_solution_version(solutionArn=solution)["solutionVersionArn"]
        return self.ended(lambda: self.api.describe_solution_version(solutionVersionArn=version)["solutionVersion"])

    def campaign(self, name: str, recipe: str) -> str:
        solution = self.api.create_solution(name=name, datasetGroupArn=self.group, recipeArn=RECIPES + recipe)
        version = self.learn(solution["solutionArn"])
        assert version["status"] == "ACTIVE", version
        arn = self.api.create_campaign(name=name, solutionVersionArn=version["solutionVersionArn"])["campaignArn"]
        until(lambda: self.api.describe_campaign(campaignArn=arn)["campaign"], lambda one: one["status"] == "ACTIVE")
        return str(arn)

    def items(self, campaign: str, **asked: Any) -> list[str]:
        return [one["itemId"] for one in self.runtime.get_recommendations(campaignArn=campaign, **asked)["itemList"]]

    @staticmethod
    def ended(look: Any) -> dict[str, Any]:
        found: dict[str, Any] = until(look, lambda one: one["status"] in {"ACTIVE", "CREATE FAILED"})
        return found


@pytest.fixture
def made(running: LocalAws) -> Shop:
    found = Shop(running)
    assert found.load("Interactions", "first", "interactions.csv")["status"] == "ACTIVE"
    assert found.load("Items", "items", "items.csv")["status"] == "ACTIVE"
    return found


def of(items: list[str], half: int) -> int:
    return sum(half * 20 <= int(item[1:]) < half * 20 + 20 + half for item in items)


def test_a_campaign_answers_by_taste_filters_and_takes_in_events_until_the_switch_and_after(made: Shop) -> None:
    campaign = made.campaign("for-you", "aws-user-personalization")
    assert of(made.items(campaign, userId="u0", numResults=10), 0) >= 9
    assert of(made.items(campaign, userId="u1", numResults=10), 1) >= 9

    tracking = made.api.create_event_tracker(name="shop", datasetGroupArn=made.group)["trackingId"]
    made.events.put_events(
        trackingId=tracking,
        userId="new",
        sessionId="s",
        eventList=[{"eventType": "view", "itemId": item, "sentAt": 1_770_000_000} for item in ("i21", "i25", "i33")],
    )
    assert of(made.items(campaign, userId="new", numResults=10), 1) >= 9

    arn = made.api.create_filter(name="fit", datasetGroupArn=made.group, filterExpression=FILTER)["filterArn"]
    bought = [{"eventType": "buy", "itemId": "i22", "sentAt": 1_770_000_001}]
    made.events.put_events(trackingId=tracking, userId="new", sessionId="s", eventList=bought)
    young = made.items(campaign, userId="new", numResults=41, filterArn=arn, filterValues={"AGE": "12"})
    assert not {"i0", "i20", "i40", "i22"} & set(young)
    made.events.put_items(
        datasetArn=made.datasets["Items"],
        items=[{"itemId": "i23", "properties": json.dumps({"category": "second", "age": 16})}],
    )
    assert "i23" not in made.items(campaign, userId="new", numResults=41, filterArn=arn, filterValues={"AGE": "12"})
    with pytest.raises(ClientError, match="needs a value for \\$AGE"):
        made.items(campaign, userId="new", filterArn=arn)

    failed, asked, stop = [], [], threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                asked.append(made.items(campaign, userId="u3", numResults=5))
            except ClientError as error:
                failed.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    version = made.learn(made.api.list_solutions(datasetGroupArn=made.group)["solutions"][0]["solutionArn"])
    made.api.update_campaign(campaignArn=campaign, solutionVersionArn=version["solutionVersionArn"])
    until(
        lambda: made.api.describe_campaign(campaignArn=campaign)["campaign"],
        lambda one: one["solutionVersionArn"] == version["solutionVersionArn"],
    )
    time.sleep(0.3)
    stop.set()
    thread.join()
    assert not failed
    assert len(asked) > 20
    again = made.items(campaign, userId="new", numResults=41, filterArn=arn, filterValues={"AGE": "12"})
    assert not {"i22", "i23"} & set(again), "what was recorded is known to the new version, too"


def test_similar_items_and_popular_ones_have_recipes_of_their_own(made: Shop) -> None:
    similar = made.campaign("similar", "aws-similar-items")
    found = made.items(similar, itemId="i25", numResults=10)
    assert of(found, 1) >= 9
    assert "i25" not in found
    assert of(made.items(similar, itemId="i40", numResults=10), 1) >= 9, "a new item is like its category"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        made.items(similar, itemId="unknown")


def test_an_import_again_adds_nothing_twice_and_bad_files_are_refused(made: Shop) -> None:
    assert made.load("Interactions", "again", "interactions.csv")["status"] == "ACTIVE"
    bulk = made.aws.folders.root / "personalize" / "dataset" / "shop" / "INTERACTIONS" / "bulk.csv"
    assert len(bulk.read_text().splitlines()) == 1201
    s3 = made.aws.client("s3")
    s3.put_object(Bucket="shop", Key="bad/columns.csv", Body="USER_ID,ITEM_ID\nu,i\n")
    s3.put_object(Bucket="shop", Key="bad/types.csv", Body="USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP\nu,i,view,soon\n")
    lacking, wrong = "lacks columns of the schema: EVENT_TYPE, TIMESTAMP", "TIMESTAMP is 'soon'"
    for name, said in (("columns", lacking), ("types", wrong)):
        job = made.load("Interactions", name, f"bad/{name}.csv")
        assert job["status"] == "CREATE FAILED"
        assert said in job["failureReason"]
    few = made.load("Interactions", "few", "interactions.csv", importMode="INCREMENTAL")
    assert few["status"] == "ACTIVE"
    with pytest.raises(ClientError, match="ResourceAlreadyExists"):
        made.load("Interactions", "few", "interactions.csv")


def test_a_role_that_may_not_read_fails_the_import(made: Shop) -> None:
    other = role(made.aws, "other", "personalize.amazonaws.com", [])
    job = made.load("Interactions", "other", "interactions.csv", roleArn=other)
    assert job["status"] == "CREATE FAILED"
    assert "AccessDenied" in job["failureReason"]


def test_below_the_published_minimum_nothing_is_learned(running: LocalAws) -> None:
    running.client("s3").put_object(Bucket="shop", Key="interactions.csv", Body=shop(999)[0])
    found = Shop(running)
    assert found.load("Interactions", "first", "interactions.csv")["status"] == "ACTIVE"
    solution = found.api.create_solution(
        name="x", datasetGroupArn=found.group, recipeArn=f"{RECIPES}aws-user-personalization"
    )
    version = found.learn(solution["solutionArn"])
    assert version["status"] == "CREATE FAILED"
    assert "has 999 interactions" in version["failureReason"]


TEMPLATE = """
Resources:
  Group:
    Type: AWS::Personalize::DatasetGroup
    Properties: {Name: stacked}
  Schema:
    Type: AWS::Personalize::Schema
    Properties: {Name: stacked, Schema: '%s'}
  Dataset:
    Type: AWS::Personalize::Dataset
    Properties:
      Name: stacked
      DatasetGroupArn: !Ref Group
      SchemaArn: !Ref Schema
      DatasetType: Interactions
  Solution:
    Type: AWS::Personalize::Solution
    Properties:
      Name: stacked
      DatasetGroupArn: !GetAtt Group.DatasetGroupArn
      RecipeArn: arn:aws:personalize:::recipe/aws-user-personalization
Outputs:
  Solution: {Value: !GetAtt Solution.SolutionArn}
"""


def scenario(aws: LocalAws) -> str:
    """A stack with the four types is made, what it made is there, and it goes again."""
    client = aws.client("cloudformation")
    client.create_stack(StackName="stacked", TemplateBody=TEMPLATE % INTERACTIONS)
    found = until(
        lambda: client.describe_stacks(StackName="stacked")["Stacks"][0],
        lambda one: not one["StackStatus"].endswith("IN_PROGRESS"),
    )
    assert found["StackStatus"] == "CREATE_COMPLETE", found
    solution: str = found["Outputs"][0]["OutputValue"]
    assert aws.client("personalize").describe_solution(solutionArn=solution)["solution"]["performAutoTraining"]
    client.delete_stack(StackName="stacked")
    until(lambda: aws.client("personalize").list_solutions()["solutions"], lambda one: not one)
    assert not aws.client("personalize").list_dataset_groups()["datasetGroups"]
    return solution


def test_the_types_of_cloudformation_do_what_the_api_does(start: Start) -> None:
    assert scenario(start()).endswith(":solution/stacked")


def test_without_it_nothing_of_it_is_known(start: Start) -> None:
    with pytest.raises(ClientError):
        scenario(start(without=["personalize"]))
