"""From the files of five systems to the answer of the API: everything is found again by its id."""

import json
import uuid
from collections import Counter, defaultdict

import boto3
import pytest

from deploy.errors import DeployError
from pipeline import reconciliation, result, steps
from pipeline.api import ActionApi
from pipeline.lake import Lake
from pipeline.refresh import report

from .conftest import Deployed, objects, profiles


def test_every_record_is_in_one_customer_and_every_other_line_in_quarantine(deployed: Deployed) -> None:
    lines = {table.replace("/", "_"): count for table, count in deployed.day.lines.items()}
    lines["web_events"] = len(deployed.day.events)
    compared = reconciliation.look(deployed.lake, deployed.day.truth.keys(), lines, {})
    assert compared.agrees, compared
    assert compared.placed == len(deployed.day.truth) > 1000
    assert compared.refused == {
        "birth-date-impossible": 1, "birth-date-unreadable": 1, "no-amount": 1, "no-id": 2, "no-time": 1,
        "nothing-to-match": 2, "unreadable": 1,
    }  # fmt: skip


def test_a_quarantined_line_is_kept_as_it_came(deployed: Deployed) -> None:
    rows = deployed.rows("SELECT origin, id, line FROM quarantine WHERE reason = 'birth-date-unreadable'")
    assert [(row["origin"], row["id"]) for row in rows] == [("loyalty_members", "LC0000001")]
    assert "31.02.1980" in str(rows[0]["line"])


def test_values_of_every_system_are_brought_to_one_form(deployed: Deployed) -> None:
    rows = deployed.rows("SELECT * FROM persons")
    found: dict[str, dict[str, dict[str, str | None]]] = defaultdict(dict)
    for row in rows:
        found[str(row["source"])][str(row["source_id"])] = row
    for id, sent in deployed.known.records["sap"].items():
        row = found["sap"][id]
        assert row["first_name"] == sent["FirstName"].capitalize()
        born = sent["BirthDate"]
        assert row["birth_date"] == (f"{born[:4]}-{born[4:6]}-{born[6:]}" if born != "00000000" else None)
    said = {"1": "true", "0": "false", "J": "true", "N": "false", "false": "true", "true": "false"}
    for source, field, column in (
        ("shop", "newsletter", "marketing"),
        ("loyalty", "profiling", "profiling"),
        ("crm", "HasOptedOutOfEmail", "marketing"),
        ("crm", "HasOptedOutOfProfiling__c", "profiling"),
    ):
        for id, sent in deployed.known.records[source].items():
            assert found[source][id][column] == said[sent[field]]
    phones = [str(row["phone"]) for row in rows if row["phone"]]
    assert all(phone.startswith("06") and phone.isdigit() for phone in phones)
    assert all(row["house_number"] for source in ("crm", "shop", "loyalty") for row in found[source].values())


def test_records_are_linked_better_than_by_their_e_mail_address(deployed: Deployed) -> None:
    found = report(deployed.outputs, "identity/report.json")
    assert found["test"]["f1"] > found["exact"]["f1"]
    assert found["test"]["precision"] > 0.9
    assert found["test"]["recall"] > 0.9
    people: dict[str, set[int]] = defaultdict(set)
    for row in deployed.rows("SELECT record_id, customer_id FROM clusters"):
        people[str(row["customer_id"])].add(deployed.day.truth[str(row["record_id"])])
    assert Counter(len(known) for known in people.values())[1] / len(people) > 0.95


def test_labels_are_used_neither_to_learn_nor_twice(deployed: Deployed) -> None:
    found = report(deployed.outputs, "identity/report.json")["records"]
    assert found["training"] + found["threshold"] + found["test"] == len(deployed.day.truth)
    assert min(found.values()) > 100


def test_every_attribute_of_a_profile_is_that_of_the_record_it_names(deployed: Deployed) -> None:
    records = {str(row["record_id"]): row for row in deployed.rows("SELECT * FROM persons")}
    stored = profiles(deployed)
    assert stored.keys() == {row["customer_id"] for row in deployed.rows("SELECT customer_id FROM clusters")}
    assert sorted(record for profile in stored.values() for record in profile["records"]) == sorted(records)
    for id, profile in stored.items():
        assert profile["records"], id
        for name, attribute in profile["attributes"].items():
            assert attribute["from"] in profile["records"]
            known = str(records[attribute["from"]][name])
            assert attribute["value"].startswith(known) if name == "street" else attribute["value"] == known


def test_consent_is_what_no_system_denies_and_every_output_respects_it(deployed: Deployed) -> None:
    marketing: dict[str, set[str | None]] = defaultdict(set)
    profiling: dict[str, set[str | None]] = defaultdict(set)
    for row in deployed.rows(
        "SELECT c.customer_id, p.marketing, p.profiling FROM persons p JOIN clusters c ON p.record_id = c.record_id"
    ):
        marketing[str(row["customer_id"])].add(row["marketing"])
        profiling[str(row["customer_id"])].add(row["profiling"])
    quiet = {id for id, said in marketing.items() if "false" in said or "true" not in said}
    hidden = {id for id, said in profiling.items() if "false" in said or "true" not in said}
    assert len(quiet) > 20
    assert len(hidden) > 20
    s3, lake = deployed.client("s3"), deployed.outputs["LakeBucket"]
    keys = objects(deployed, "audiences/email/")
    lists = [s3.get_object(Bucket=lake, Key=key)["Body"].read().decode() for key in keys]
    listed = {line.split(",")[0] for text in lists for line in text.splitlines()[1:]}
    assert len(listed) > 100
    assert not listed & (quiet | hidden)
    stored = profiles(deployed)
    assert all("segment" not in stored[id] and "returns" not in stored[id] for id in hidden)
    assert not {str(row["customer_id"]) for row in deployed.rows("SELECT customer_id FROM insight")} & hidden
    assert not {str(row["customer_id"]) for row in deployed.rows("SELECT * FROM customers_masked")} & hidden
    assert deployed.api.next(min(hidden)).content["action"] == "none"
    assert deployed.api.next(min(quiet - hidden)).content["channel"] == "web shop"


def test_what_analysts_see_holds_nothing_by_which_anyone_is_found(deployed: Deployed) -> None:
    personal = set()
    for row in deployed.rows("SELECT first_name, last_name, email, phone, street, birth_date FROM persons"):
        personal |= {str(value) for value in row.values() if value and len(str(value)) > 3}
    analysts = Lake(deployed.outputs["AnalystDatabase"], deployed.outputs["Workgroup"])
    for view in ("customers", "segments", "journeys"):
        rows = analysts.query(f"SELECT * FROM {view}")
        assert len(rows) == len(deployed.rows(f"SELECT * FROM {view}_masked")) > 3
        shown = {str(value) for row in rows for name, value in row.items() if name != "customer_id"}
        assert not shown & personal, view


def test_households_are_those_of_the_people_who_live_together(deployed: Deployed) -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for row in deployed.rows("SELECT household_id, customer_id FROM households WHERE members > 1"):
        homes[str(row["household_id"])].add(str(row["customer_id"]))
    assert len(homes) > 20
    people: dict[str, int] = {}
    for row in deployed.rows("SELECT record_id, customer_id FROM clusters ORDER BY record_id"):
        people.setdefault(str(row["customer_id"]), deployed.day.truth[str(row["record_id"])])
    known = deployed.known.people
    together = [{known[people[member]].last for member in members} for members in homes.values()]
    assert all(len(names) == 1 for names in together)


def test_a_journey_leads_to_each_purchase_of_those_who_may_be_profiled(deployed: Deployed) -> None:
    bought = deployed.rows(
        "SELECT count(*) AS n FROM interactions i JOIN customers c ON i.customer_id = c.customer_id"
        " WHERE c.profiling AND i.kind IN ('order', 'invoice')"
    )[0]["n"]
    found = deployed.rows("SELECT * FROM journeys_masked")
    assert str(len(found)) == bought
    assert any(int(str(row["visits"])) > 0 and row["last_came_by"] for row in found)


def test_a_channel_is_told_what_to_do_and_a_stranger_nothing(deployed: Deployed) -> None:
    customer = result.customer_to_show(deployed.lake)
    answer = deployed.api.next(customer)
    assert answer.status == 200
    assert answer.content["customer_id"] == customer
    assert answer.content["action"] in {"recommend", "win back", "welcome", "show", "none"}
    assert deployed.api.next("nobody").status == 400
    assert deployed.api.next("c000000000000").status == 404
    assert deployed.api.next(customer, signed=False).status == 403


def test_a_deployment_is_verified_by_asking_it(deployed: Deployed) -> None:
    told: list[str] = []
    steps.verify(deployed.outputs, 1, told.append)
    assert told[0].startswith("  the API answers: ")
    with pytest.raises(DeployError, match="should get 200, 400, 403"):
        steps.verify(deployed.outputs | {"ApiUrl": f"{deployed.outputs['ApiUrl']}/nowhere"}, 1, told.append)


def test_a_caller_needs_the_policy_of_the_deployment(deployed: Deployed) -> None:
    iam, user = deployed.client("iam"), f"channel-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    api = ActionApi(deployed.outputs["ApiUrl"], session)
    customer = result.customer_to_show(deployed.lake)
    assert api.next(customer).status == 403
    iam.attach_user_policy(UserName=user, PolicyArn=deployed.outputs["CallerPolicyArn"])
    assert api.next(customer).status == 200


def test_the_function_can_do_no_more_than_its_role_allows(deployed: Deployed) -> None:
    iam = deployed.client("iam")
    arn = deployed.client("lambda").get_function_configuration(FunctionName=deployed.outputs["ActFunction"])["Role"]
    role = arn.rpartition("/")[2]
    policy = iam.get_role_policy(RoleName=role, PolicyName="act")["PolicyDocument"]
    less = policy | {"Statement": [one for one in policy["Statement"] if one["Sid"] != "ReadProfiles"]}
    customer = result.customer_to_show(deployed.lake)
    iam.put_role_policy(RoleName=role, PolicyName="act", PolicyDocument=json.dumps(less))
    try:
        assert deployed.api.next(customer).status == 503
    finally:
        iam.put_role_policy(RoleName=role, PolicyName="act", PolicyDocument=json.dumps(policy))
    assert deployed.api.next(customer).status == 200


def test_a_second_refresh_changes_nothing(deployed: Deployed) -> None:
    zones = ("raw/", "curated/", "quarantine/", "identity/", "insight/", "audiences/", "masked/", "state/")
    before, stored = objects(deployed, *zones), profiles(deployed)
    deployed.refresh()
    assert objects(deployed, *zones) == before
    assert profiles(deployed) == stored


@pytest.mark.parametrize("name", ["CrmContacts", "Replication"])
def test_what_is_only_recorded_is_made_all_the_same(deployed: Deployed, name: str) -> None:
    client = deployed.client("cloudformation")
    found = {
        resource["LogicalResourceId"]
        for stack in client.describe_stacks()["Stacks"]
        for resource in client.list_stack_resources(StackName=stack["StackId"])["StackResourceSummaries"]
    }
    assert name in found
