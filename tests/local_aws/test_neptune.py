"""Neptune: what is loaded in bulk is found by queries of both languages, with the permissions of IAM."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from local import LocalAws
from tests.local_aws.conftest import Start, environment_of
from tests.local_aws.services import role, until

pytestmark = pytest.mark.local_aws

NODES = (
    ':ID,id:String,name:String,visits:Int,:LABEL\nc1,c1,Eva,3,Customer\nc2,c2,"Huber, Max",,Customer\nr1,r1,,,Record\n'
)
EDGES = ":ID,:START_ID,:END_ID,:TYPE\ne1,c1,r1,HAS\ne2,c2,r1,HAS\n"
TRIPLES = '<urn:c1> <urn:has> <urn:r1> .\n<urn:c2> <urn:has> <urn:r1> .\n<urn:c1> <urn:name> "Eva" .\n'


def template(role_arn: str, said: str = "Where the graph is") -> str:
    properties = {"DBClusterIdentifier": "people", "AssociatedRoles": [{"RoleArn": role_arn}], "IamAuthEnabled": True}
    values: dict[str, Any] = {
        "Url": {"Fn::Sub": "http://${Cluster.Endpoint}:${Cluster.Port}"},
        "ClusterResourceId": {"Fn::GetAtt": ["Cluster", "ClusterResourceId"]},
    }
    outputs = {name: {"Value": value} for name, value in values.items()}
    function = {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": role_arn,
        "Description": said,
        "Code": {"ZipFile": "def handler(event, context): ..."},
        "Environment": {"Variables": {"GRAPH_URL": values["Url"]}},
    }
    resources = {
        "Cluster": {"Type": "AWS::Neptune::DBCluster", "Properties": properties},
        "Ask": {"Type": "AWS::Lambda::Function", "Properties": function},
    }
    outputs["Function"] = {"Value": {"Ref": "Ask"}}
    return json.dumps({"Resources": resources, "Outputs": outputs})


def outputs_of(aws: LocalAws) -> dict[str, str]:
    describe = aws.client("cloudformation").describe_stacks
    stack = until(lambda: describe(StackName="graph")["Stacks"][0], lambda one: "PROGRESS" not in one["StackStatus"])
    assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), stack
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def deployed(aws: LocalAws) -> dict[str, str]:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="graph")
    s3.put_object(Bucket="graph", Key="csv/edges.csv", Body=EDGES.encode())
    s3.put_object(Bucket="graph", Key="csv/nodes.csv", Body=NODES.encode())
    s3.put_object(Bucket="graph", Key="rdf/all.nt", Body=TRIPLES.encode())
    s3.put_object(Bucket="graph", Key="bad/nodes.csv", Body=b":ID,visits:Int,:LABEL\nc9,many,Customer\n")
    statements = [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"],
                   "Resource": ["arn:aws:s3:::graph", "arn:aws:s3:::graph/*"]}]  # fmt: skip
    arn = role(aws, "loader", "rds.amazonaws.com", statements)
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName="graph", TemplateBody=template(arn))
    found = outputs_of(aws)
    assert found["Url"] == aws.url
    return {**found, "role": arn}


def load(aws: LocalAws, outputs: dict[str, str], source: str, kind: str) -> dict[str, Any]:
    data = aws.client("neptunedata")
    started = data.start_loader_job(
        source=f"s3://graph/{source}/", format=kind, s3BucketRegion="us-east-1", iamRoleArn=outputs["role"]
    )
    status = until(
        lambda: data.get_loader_job_status(loadId=started["payload"]["loadId"], errors=True)["payload"],
        lambda found: found["overallStatus"]["status"] != "LOAD_IN_PROGRESS",
    )
    found: dict[str, Any] = status
    return found


def sparql(aws: LocalAws, **form: str) -> tuple[int, dict[str, Any]]:
    session = boto3.Session("test", "test", region_name="us-east-1")
    from urllib.parse import urlencode

    headers = {"content-type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", f"{aws.url}/sparql", data=urlencode(form), headers=headers)
    SigV4Auth(session.get_credentials(), "neptune-db", "us-east-1").add_auth(request)
    answer = urllib3.request("POST", request.url, body=request.body, headers=dict(request.headers.items()))
    return answer.status, json.loads(answer.data)


@pytest.fixture(autouse=True)
def _python(monkeypatch: pytest.MonkeyPatch) -> None:
    packages = "arcadedb-embedded==26.10.2.post1\npyoxigraph==0.5.13\n"
    monkeypatch.setenv("LOCAL_AWS_PYTHON", str(environment_of("local-graph", packages)))


def test_what_is_loaded_is_found_by_queries_and_outlives_a_restart(start: Start, tmp_path: Path) -> None:
    aws = start(folder=tmp_path / "kept")
    outputs = deployed(aws)
    assert load(aws, outputs, "csv", "opencypher")["overallStatus"]["totalRecords"] == 5
    data = aws.client("neptunedata")

    def ask(text: str, **parameters: Any) -> Any:
        return data.execute_open_cypher_query(openCypherQuery=text, parameters=json.dumps(parameters))["results"]

    shared = "MATCH (a:Customer {id: $id})-[:HAS]->(:Record)<-[:HAS]-(b) RETURN b.name AS name, b.visits AS visits"
    assert ask(shared, id="c1") == [{"name": "Huber, Max", "visits": None}]
    assert ask("MATCH (c:Customer {id: 'c1'}) RETURN c")[0]["c"]["~properties"] == {
        "id": "c1",
        "name": "Eva",
        "visits": 3,
    }
    between = ask("MATCH (:Customer {id: 'c2'})-[e]->() RETURN e")[0]["e"]
    assert between == {"~id": "e2", "~entityType": "relationship", "~start": "c2", "~end": "r1", "~type": "HAS",
                       "~properties": {}}  # fmt: skip
    assert load(aws, outputs, "csv", "opencypher")["overallStatus"]["status"] == "LOAD_COMPLETED"
    assert ask("MATCH (n) RETURN count(*) AS n") == [{"n": 3}]
    ask("MATCH (n) WHERE n.id IN $gone DETACH DELETE n", gone=["c2"])
    assert ask("MATCH (:Customer)-[e:HAS]->() RETURN count(e) AS n") == [{"n": 1}]
    with pytest.raises(ClientError, match="MalformedQuery"):
        ask("MATCH (n RETURN n")
    assert load(aws, outputs, "rdf", "ntriples")["overallStatus"]["totalRecords"] == 3
    who = "SELECT ?who WHERE { ?who <urn:has> <urn:r1> } ORDER BY ?who"
    assert [row["who"]["value"] for row in sparql(aws, query=who)[1]["results"]["bindings"]] == ["urn:c1", "urn:c2"]
    assert sparql(aws, update="DELETE WHERE { <urn:c2> ?p ?o }")[0] == 200
    aws.stop()
    again = start(folder=tmp_path / "kept")
    assert [row["who"]["value"] for row in sparql(again, query=who)[1]["results"]["bindings"]] == ["urn:c1"]
    data = again.client("neptunedata")
    assert ask("MATCH (c:Customer) RETURN c.name AS name") == [{"name": "Eva"}]


def test_the_address_of_the_graph_moves_with_the_port(tmp_path: Path) -> None:
    with LocalAws(tmp_path / "moving") as aws:
        seen, role_arn = {aws.url}, deployed(aws)["role"]
    for said in ("Where the graph is now", "Where the graph is at last"):
        with LocalAws(tmp_path / "moving") as aws:
            outputs = outputs_of(aws)
            assert outputs["Url"] == aws.url
            assert aws.url not in seen
            assert graph_url(aws, outputs["Function"]) == aws.url
            changed = template(role_arn, said)
            aws.client("cloudformation").update_stack(StackName="graph", TemplateBody=changed)
            assert outputs_of(aws)["Url"] == aws.url
            assert graph_url(aws, outputs["Function"]) == aws.url
            seen.add(aws.url)


def graph_url(aws: LocalAws, function: str) -> str:
    known = aws.client("lambda").get_function_configuration(FunctionName=function)
    url: str = known["Environment"]["Variables"]["GRAPH_URL"]
    return url


def test_a_load_needs_its_role_and_tells_what_is_wrong_with_a_file(start: Start) -> None:
    aws = start()
    outputs = deployed(aws)
    failed = load(aws, outputs, "bad", "opencypher")
    assert failed["overallStatus"]["status"] == "LOAD_FAILED"
    assert "line 2" in failed["errors"]["errorLogs"][0]["errorMessage"]
    aws.client("iam").delete_role_policy(RoleName="loader", PolicyName="work")
    assert load(aws, outputs, "csv", "opencypher")["overallStatus"]["status"] == "LOAD_S3_ACCESS_DENIED_ERROR"
    with pytest.raises(ClientError, match="no role of the cluster"):
        load(aws, outputs | {"role": "arn:aws:iam::000000000000:role/other"}, "csv", "opencypher")


def test_a_query_needs_the_action_that_it_is(start: Start) -> None:
    aws = start()
    outputs = deployed(aws)
    cluster = f"arn:aws:neptune-db:us-east-1:000000000000:{outputs['ClusterResourceId']}/*"
    iam = aws.client("iam")
    iam.create_user(UserName="reader")
    allowed = {"Effect": "Allow", "Action": "neptune-db:ReadDataViaQuery", "Resource": cluster}
    iam.put_user_policy(UserName="reader", PolicyName="read",
                        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))  # fmt: skip
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    data = session.client("neptunedata", endpoint_url=aws.url)
    assert data.execute_open_cypher_query(openCypherQuery="MATCH (n) RETURN count(n) AS n")["results"] == [{"n": 0}]
    for text, action in (("CREATE (:X)", "WriteDataViaQuery"), ("MATCH (n) DETACH DELETE n", "DeleteDataViaQuery")):
        with pytest.raises(ClientError, match=action):
            data.execute_open_cypher_query(openCypherQuery=text)


def test_a_second_cluster_is_refused(start: Start) -> None:
    aws = start()
    outputs = deployed(aws)
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName="other", TemplateBody=template(outputs["role"]).replace("people", "others"))
    stack = until(lambda: cloudformation.describe_stacks(StackName="other")["Stacks"][0],
                  lambda found: "PROGRESS" not in found["StackStatus"])  # fmt: skip
    assert stack["StackStatus"] != "CREATE_COMPLETE"


def test_the_gap_is_there(start: Start) -> None:
    plain = start(without=["neptune"])
    with pytest.raises(ClientError):
        plain.client("neptunedata").execute_open_cypher_query(openCypherQuery="MATCH (n) RETURN count(n) AS n")
