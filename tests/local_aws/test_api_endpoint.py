"""APIs have an address that exists on every system, and let in only who has signed and may."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local import LocalAws
from tests.local_aws.conftest import Start
from tests.local_aws.services import until

pytestmark = pytest.mark.local_aws

TEMPLATE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code:
        ZipFile: |
          import json, os
          def handler(event, context):
              said = {"path": event.get("rawPath") or event.get("path"), "rest": os.environ["REST"]}
              return {"statusCode": 200, "body": json.dumps(said)}
      Environment:
        Variables: {REST: !Sub "https://${Rest}.execute-api.${AWS::Region}.${AWS::URLSuffix}/prod"}
  Permission:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Function, Action: lambda:InvokeFunction, Principal: apigateway.amazonaws.com}
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: http, ProtocolType: HTTP}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt Function.Arn
      PayloadFormatVersion: "2.0"
  Score:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: POST /score
      AuthorizationType: AWS_IAM
      Target: !Sub integrations/${Integration}
  Open:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: POST /, Target: !Sub "integrations/${Integration}"}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}
  Rest:
    Type: AWS::ApiGateway::RestApi
    Properties: {Name: rest}
  Resource:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Rest, ParentId: !GetAtt Rest.RootResourceId, PathPart: score}
  Method:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Rest
      ResourceId: !Ref Resource
      HttpMethod: POST
      AuthorizationType: AWS_IAM
      Integration:
        Type: AWS_PROXY
        IntegrationHttpMethod: POST
        Uri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations
  Deployment:
    Type: AWS::ApiGateway::Deployment
    DependsOn: Method
    Properties: {RestApiId: !Ref Rest}
  Prod:
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref Rest, DeploymentId: !Ref Deployment, StageName: prod}
Outputs:
  Api: {Value: !Ref Api}
  Http: {Value: !GetAtt Api.ApiEndpoint}
  Rest: {Value: !Sub "https://${Rest}.execute-api.${AWS::Region}.${AWS::URLSuffix}/prod"}
"""

ADMINISTRATOR = Credentials("test", "test")


def outputs(aws: LocalAws, *, create: bool = True) -> dict[str, str]:
    client = aws.client("cloudformation")
    if create:
        client.create_stack(StackName="apis", TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_IAM"])
    found = until(
        lambda: client.describe_stacks(StackName="apis")["Stacks"][0],
        lambda found: not found["StackStatus"].endswith("IN_PROGRESS"),
    )
    assert found["StackStatus"] == "CREATE_COMPLETE", found
    return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}


def ask(
    url: str,
    signer: Credentials | None = None,
    *,
    service: str = "execute-api",
    body: bytes = b'{"amount": 1}',
    sent: bytes | None = None,
) -> tuple[int, Any]:
    request = AWSRequest("POST", url, data=body, headers={"Content-Type": "application/json"})
    if signer:
        SigV4Auth(signer, service, "us-east-1").add_auth(request)
    real = urllib.request.Request(url, data=sent or body, headers=dict(request.headers), method="POST")
    try:
        with urllib.request.urlopen(real) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def scenario(aws: LocalAws) -> None:
    """Both kinds of API answer the signed request at the address they name, and no other."""
    found = outputs(aws)
    for address in (f"{found['Http']}/score", f"{found['Rest']}/score"):
        assert address.startswith(f"{aws.url}/_aws/execute-api/")
        status, said = ask(address, ADMINISTRATOR)
        assert (status, said["path"], said["rest"]) == (200, "/score", found["Rest"])
        assert ask(address)[0] == 403
        assert ask(address, Credentials("test", "another secret"))[0] == 403
        assert ask(address, ADMINISTRATOR, sent=b'{"amount": 2}')[0] == 403
        assert ask(address, ADMINISTRATOR, service="lambda")[0] == 403
    assert ask(found["Http"])[0] == 200


def test_signed_requests_reach_an_api_at_its_address(aws: LocalAws) -> None:
    scenario(aws)


def test_the_emulator_alone_names_an_address_that_does_not_exist(start: Start) -> None:
    with pytest.raises(AssertionError):
        scenario(start(without=["api_endpoint"]))


def test_a_user_needs_the_permission(start: Start) -> None:
    aws = start()
    found = outputs(aws)
    iam = aws.client("iam")
    iam.create_user(UserName="caller")
    key = iam.create_access_key(UserName="caller")["AccessKey"]
    user = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    address = f"{found['Http']}/score"
    assert ask(address, user) == (403, {"message": "Forbidden"})
    resource = f"arn:aws:execute-api:us-east-1:000000000000:{found['Api']}/*/POST/score"
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="caller", PolicyName="score", PolicyDocument=document)
    assert ask(address, user)[0] == 200
    assert ask(address, Credentials(user.access_key, "another secret"))[0] == 403
    assert ask(f"{found['Rest']}/score", user)[0] == 403


def test_the_address_moves_with_the_port(tmp_path: Path) -> None:
    folder = tmp_path / "moving"
    with LocalAws(folder) as first:
        before = outputs(first)
    with LocalAws(folder) as second:
        after = outputs(second, create=False)
        status, said = ask(f"{after['Http']}/score", ADMINISTRATOR)
        assert second.client("apigatewayv2").get_api(ApiId=after["Api"])["ApiEndpoint"] == after["Http"]
        assert (status, said["rest"]) == (200, after["Rest"])
        assert after["Http"] == before["Http"].replace(first_port(before), first_port(after))
        assert after["Http"].startswith(second.url)


def first_port(found: dict[str, str]) -> str:
    return found["Http"].split(":")[2].split("/")[0]
