"""A template with types of services that do not run here is deployed, and says so."""

import json
from typing import Any

import pytest

from local import LocalAws
from tests.local_aws.conftest import Start
from tests.local_aws.services import until

pytestmark = pytest.mark.local_aws

TEMPLATE = """
Parameters:
  Query: {Type: String, Default: "SELECT 1 AS one"}
Resources:
  Database:
    Type: AWS::Glue::Database
    Properties: {CatalogId: !Ref AWS::AccountId, DatabaseInput: {Name: recorded}}
  Saved:
    Type: AWS::Athena::NamedQuery
    Properties: {Name: one, Database: !Ref Database, QueryString: !Ref Query, WorkGroup: primary}
  Namespace:
    Type: AWS::RedshiftServerless::Namespace
    Properties: {NamespaceName: warehouse}
  Workgroup:
    Type: AWS::RedshiftServerless::Workgroup
    Properties: {WorkgroupName: warehouse, NamespaceName: !Ref Namespace}
  Broker:
    Type: AWS::MSK::ServerlessCluster
    Properties:
      ClusterName: events
      VpcConfigs: [{SubnetIds: [subnet-1]}]
      ClientAuthentication: {Sasl: {Iam: {Enabled: true}}}
  Location:
    Type: AWS::LakeFormation::Resource
    Properties: {ResourceArn: "arn:aws:s3:::lake", UseServiceLinkedRole: true}
  Group:
    Type: AWS::Pinpoint::App
    Properties: {Name: shop}
Outputs:
  Saved: {Value: !Ref Saved}
  Warehouse: {Value: !GetAtt Workgroup.Workgroup.Endpoint.Address}
  WarehouseArn: {Value: !GetAtt Workgroup.Workgroup.WorkgroupArn}
  Broker: {Value: !Ref Broker}
  Group: {Value: !GetAtt Group.Arn}
"""


def deploy(aws: LocalAws, call: str, name: str, template: str, **parameters: str) -> dict[str, str]:
    client = aws.client("cloudformation")
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    getattr(client, call)(StackName=name, TemplateBody=template, Parameters=given)
    found = until(
        lambda: client.describe_stacks(StackName=name)["Stacks"][0],
        lambda found: not found["StackStatus"].endswith("IN_PROGRESS"),
    )
    assert found["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, found
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def scenario(aws: LocalAws) -> dict[str, str]:
    """The references of recorded resources have values, and the saved query can be run."""
    outputs = deploy(aws, "create_stack", "recorded", TEMPLATE)
    assert outputs["WarehouseArn"].startswith("arn:aws:redshiftserverless:us-east-1:000000000000:workgroup/")
    assert outputs["Warehouse"].endswith(".invalid")
    assert outputs["Broker"].startswith("arn:aws:msk:us-east-1:000000000000:cluster/events/")
    assert ":apps/" in outputs["Group"]
    assert run(aws, outputs["Saved"]) == ["one", "1"]
    return outputs


def run(aws: LocalAws, saved: str) -> list[str]:
    athena, s3 = aws.client("athena"), aws.client("s3")
    s3.create_bucket(Bucket="recorded-results")
    query = athena.get_named_query(NamedQueryId=saved)["NamedQuery"]
    execution = athena.start_query_execution(
        QueryString=query["QueryString"],
        QueryExecutionContext={"Database": query["Database"]},
        ResultConfiguration={"OutputLocation": "s3://recorded-results/"},
    )["QueryExecutionId"]
    until(
        lambda: athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]["State"],
        lambda state: state == "SUCCEEDED",
    )
    rows: list[dict[str, Any]] = athena.get_query_results(QueryExecutionId=execution)["ResultSet"]["Rows"]
    return [row["Data"][0]["VarCharValue"] for row in rows]


def test_a_template_with_types_that_do_not_run_is_deployed(aws: LocalAws) -> None:
    made = scenario(aws)
    log = aws.folders.log.read_text()
    assert "AWS::MSK::ServerlessCluster (Broker) of stack recorded is recorded only" in log
    assert "AWS::Athena::NamedQuery" not in log
    changed = deploy(aws, "update_stack", "recorded", TEMPLATE, Query="SELECT 2 AS two")
    assert run(aws, changed["Saved"]) == ["two", "2"]
    assert {**changed, "Saved": ""} == {**made, "Saved": ""}
    client = aws.client("cloudformation")
    client.delete_stack(StackName="recorded")
    until(
        lambda: [found["StackName"] for found in client.describe_stacks()["Stacks"]],
        lambda names: "recorded" not in names,
    )
    assert changed["Saved"] not in aws.client("athena").list_named_queries()["NamedQueryIds"]


def test_the_emulator_alone_refuses_the_template(start: Start) -> None:
    with pytest.raises(Exception, match="Unrecognized resource types"):
        scenario(start(without=["cloudformation_types"]))


def test_every_type_of_the_table_can_be_deployed_and_referred_to(aws: LocalAws) -> None:
    from local.emulator.recorded_types import TYPES

    resources: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    for number, (kind, recorded) in enumerate(TYPES.items()):
        logical = f"R{number}"
        resources[logical] = {"Type": kind, "Properties": {}}
        values = [{"Ref": logical}, *({"Fn::GetAtt": [logical, name]} for name in recorded.attributes)]
        outputs[logical] = {"Value": {"Fn::Join": [" ", values]}}
    found = deploy(aws, "create_stack", "all-types", json.dumps({"Resources": resources, "Outputs": outputs}))
    assert len(found) == len(TYPES)
    assert all("{" not in value and value.strip() for value in found.values())
    # No two resources are the same one.
    references = [value.split()[0] for value in found.values()]
    shared = {"127.0.0.1", "000000000000"}
    assert len({*references} - shared) == len([one for one in references if one not in shared])
