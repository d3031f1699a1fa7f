"""Who may call: those with a token of the user pool that was given for this API and is still good."""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from keys import Key, issuer, read, text

from deploy.deployment import PROJECT
from deploy.errors import DeployError
from pipeline import access, ask, reconciliation, steps
from pipeline.api import ScoringApi
from pipeline.sign_in import Token, sign_in

from .conftest import Deployed

PATIENCE = 60
SCOPE = "aws.cognito.signin.user.admin"
PASSWORD = "Correct-horse-battery-7"


def one(deployed: Deployed) -> dict[str, object]:
    return steps.request(deployed.parts.live[0]) | {"id": f"test-{uuid.uuid4().hex[:12]}"}


def status(deployed: Deployed, token: str) -> int:
    """What a request with this token gets."""
    api = ScoringApi(deployed.outputs["ApiUrl"], lambda: Token(token, time.monotonic() + 60))
    return api.score(one(deployed)).status


@contextmanager
def user(deployed: Deployed) -> Iterator[str]:
    """Makes a user, as one who runs this does for a new caller."""
    cognito, pool = deployed.client("cognito-idp"), deployed.outputs["UserPoolId"]
    name = f"shop-{uuid.uuid4().hex[:8]}"
    cognito.admin_create_user(UserPoolId=pool, Username=name, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
    try:
        yield name
    finally:
        cognito.admin_delete_user(UserPoolId=pool, Username=name)


@contextmanager
def trusting(deployed: Deployed, address: str) -> Iterator[None]:
    """Lets the authorizer of the API trust another issuer for a while, with all else as it was deployed."""
    client = deployed.client("apigatewayv2")
    api = deployed.outputs["ApiUrl"].rstrip("/").rpartition("/")[2]
    (known,) = client.get_authorizers(ApiId=api)["Items"]
    id, kept = known["AuthorizerId"], known["JwtConfiguration"]
    client.update_authorizer(ApiId=api, AuthorizerId=id, JwtConfiguration=kept | {"Issuer": address})
    try:
        yield
    finally:
        client.update_authorizer(ApiId=api, AuthorizerId=id, JwtConfiguration=kept)


def test_one_who_has_signed_in_gets_an_answer_and_a_stranger_never_reaches_the_function(deployed: Deployed) -> None:
    since, strange = datetime.now(UTC) - timedelta(seconds=1), one(deployed)
    assert deployed.api.send(json.dumps(strange), signed=False).status == 401
    with user(deployed) as name:
        sign = partial(sign_in, deployed.outputs["ClientId"], name, PASSWORD)
        accepted = ScoringApi(deployed.outputs["ApiUrl"], sign).score(one(deployed))
    assert accepted.status == 200
    sent = reconciliation.Sent({accepted.content["id"]: accepted.content["score"]})
    assert not reconciliation.wait(deployed.lake, sent, since, PATIENCE).missing
    for table in ("scored_transactions", "rejected_transactions"):
        assert not deployed.lake.query(f"SELECT id FROM {table} WHERE id = '{strange['id']}'")


def test_a_token_that_was_given_for_another_client_or_to_tell_who_somebody_is_is_refused(deployed: Deployed) -> None:
    cognito, pool = deployed.client("cognito-idp"), deployed.outputs["UserPoolId"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="other", ExplicitAuthFlows=flows)
    other = made["UserPoolClient"]["ClientId"]
    with user(deployed) as name:
        given = {"USERNAME": name, "PASSWORD": PASSWORD}
        tokens = {
            client: cognito.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
            for client in (other, deployed.outputs["ClientId"])
        }
    cognito.delete_user_pool_client(UserPoolId=pool, ClientId=other)
    assert status(deployed, tokens[other]["AuthenticationResult"]["AccessToken"]) == 401
    right = tokens[deployed.outputs["ClientId"]]["AuthenticationResult"]
    assert status(deployed, right["IdToken"]) == 403
    assert status(deployed, right["AccessToken"]) == 200


def test_a_token_of_another_pool_is_refused(deployed: Deployed) -> None:
    cognito = deployed.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="other", ExplicitAuthFlows=flows)
    client = made["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="shop", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="shop", Password=PASSWORD, Permanent=True)
    token = sign_in(client, "shop", PASSWORD).text
    cognito.delete_user_pool(UserPoolId=pool)
    assert status(deployed, token) == 401


def test_what_was_changed_or_signed_with_another_key_is_refused(deployed: Deployed) -> None:
    with user(deployed) as name:
        token = sign_in(deployed.outputs["ClientId"], name, PASSWORD).text
    header, claims = read(token)
    assert status(deployed, token) == 200
    assert status(deployed, Key(header["kid"]).token(claims)) == 401
    assert status(deployed, Key("unknown").token(claims)) == 401
    signature = token.rpartition(".")[2]
    changed = Key(header["kid"]).token(claims | {"exp": claims["exp"] + 9999}).rpartition(".")[0]
    assert status(deployed, f"{changed}.{signature}") == 401
    nothing = text(json.dumps({"alg": "none", "typ": "JWT", "kid": header["kid"]}).encode())
    assert status(deployed, f"{nothing}.{token.split('.')[1]}.") == 401
    assert status(deployed, "no.token.atall") == 401


@pytest.mark.parametrize(
    ("change", "due"),
    [
        pytest.param({}, 200, id="right"),
        pytest.param({"exp": -60}, 401, id="expired"),
        pytest.param({"exp": None}, 401, id="never expires"),
        pytest.param({"nbf": 3600}, 401, id="not good yet"),
        pytest.param({"iat": 3600}, 401, id="given in the future"),
        pytest.param({"client_id": "another"}, 401, id="for another client"),
        pytest.param({"client_id": None}, 401, id="for nobody"),
        pytest.param({"iss": "https://example.org"}, 401, id="by another issuer"),
        pytest.param({"scope": "openid"}, 403, id="without the scope"),
    ],
)
def test_the_authorizer_looks_at_every_claim(deployed: Deployed, change: dict[str, Any], due: int) -> None:
    key, now = Key(), int(time.time())
    with issuer(key) as address, trusting(deployed, address):
        client = deployed.outputs["ClientId"]
        right = {"iss": address, "client_id": client, "scope": SCOPE, "iat": now, "exp": now + 300}
        change = {name: now + value if isinstance(value, int) else value for name, value in change.items()}
        claims = {name: value for name, value in (right | change).items() if value is not None}
        assert status(deployed, key.token(claims)) == due


def test_one_who_was_taken_out_of_the_pool_gets_no_other_token(deployed: Deployed) -> None:
    client = deployed.outputs["ClientId"]
    with user(deployed) as name:
        deployed.client("cognito-idp").admin_disable_user(UserPoolId=deployed.outputs["UserPoolId"], Username=name)
        with pytest.raises(DeployError, match="cannot sign in: User is disabled"):
            sign_in(client, name, PASSWORD)
    with pytest.raises(DeployError, match="cannot sign in: Incorrect username or password"):
        sign_in(client, name, PASSWORD)


def test_a_client_asks_for_another_token_before_the_old_one_expires(deployed: Deployed) -> None:
    asked: list[str] = []

    def sign() -> Token:
        asked.append(name)
        return Token(sign_in(deployed.outputs["ClientId"], name, PASSWORD).text, time.monotonic() + 0.5)

    with user(deployed) as name:
        api = ScoringApi(deployed.outputs["ApiUrl"], sign)
        assert [api.score(one(deployed)).status for _ in range(3)] == [200] * 3
        assert len(asked) == 1
        time.sleep(0.6)
        assert api.score(one(deployed)).status == 200
        assert len(asked) == 2


def test_a_guest_is_gone_when_it_has_its_token(deployed: Deployed) -> None:
    assert deployed.api.score(one(deployed)).status == 200
    left = deployed.client("cognito-idp").list_users(UserPoolId=deployed.outputs["UserPoolId"])["Users"]
    assert not left


def test_the_script_signs_a_user_in_without_credentials_of_aws(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(PROJECT / "data" / "examples.jsonl"), "--url", deployed.outputs["ApiUrl"]]
    with user(deployed) as name:
        for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(key)
        assert ask.main(given) == 1
        assert capsys.readouterr().err == "Beside --url it takes --client-id and --user to sign in.\n"
        given += ["--client-id", deployed.outputs["ClientId"], "--user", name]
        monkeypatch.setenv(access.PASSWORD, PASSWORD)
        assert ask.main(given) == 0
        assert len(capsys.readouterr().out.splitlines()) == 3
        monkeypatch.setenv(access.PASSWORD, f"{PASSWORD}?")
        assert ask.main(given) == 1
        assert capsys.readouterr().err == f"{name} cannot sign in: Incorrect username or password.\n"
