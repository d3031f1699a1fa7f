"""Tokens at an HTTP API: the right one is let in, and one that never expires is not."""

import importlib
import sys
import time
import urllib.error
import urllib.request
from typing import Any

import pytest

from local import LocalAws

from .conftest import REPOSITORY, Start

sys.path.insert(0, str(REPOSITORY / "templates/_shared/parts/api-authorization/jwt/tests"))
keys = importlib.import_module("keys")  # lies in a template, as it will lie in a project

pytestmark = pytest.mark.local_aws


def answered(aws: LocalAws, **change: Any) -> int:
    """The status that a request gets whose token has these claims."""
    api, key, now = aws.client("apigatewayv2"), keys.Key(), int(time.time())
    with keys.issuer(key) as address:
        made = api.create_api(Name="guarded", ProtocolType="HTTP")
        authorizer = api.create_authorizer(
            ApiId=made["ApiId"],
            Name="token",
            AuthorizerType="JWT",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": address, "Audience": ["app"]},
        )["AuthorizerId"]
        target = api.create_integration(
            ApiId=made["ApiId"], IntegrationType="HTTP_PROXY", IntegrationMethod="GET", IntegrationUri=f"{address}/"
        )["IntegrationId"]
        route = {"AuthorizationType": "JWT", "AuthorizerId": authorizer, "Target": f"integrations/{target}"}
        api.create_route(ApiId=made["ApiId"], RouteKey="GET /", **route)
        api.create_stage(ApiId=made["ApiId"], StageName="$default", AutoDeploy=True)
        claims = {"iss": address, "aud": "app", "exp": now + 60} | change
        token = key.token({name: value for name, value in claims.items() if value is not None})
        asked = urllib.request.Request(made["ApiEndpoint"], headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(asked, timeout=10) as found:
                return int(found.status)
        except urllib.error.HTTPError as error:
            return error.code


def test_a_token_that_is_still_good_is_let_in(aws: LocalAws) -> None:
    assert answered(aws) == 200


@pytest.mark.parametrize("expires", [None, "never", 1, True, float("nan"), float("inf")])
def test_a_token_without_a_time_at_which_it_expires_is_not(aws: LocalAws, expires: object) -> None:
    assert answered(aws, exp=expires) == 401


def test_it_is_let_in_without_the_gap_filled(start: Start) -> None:
    assert answered(start(without=["jwt_authorizer"]), exp=None) == 200
