"""APIs answer at an address that exists, and check every signature.

The pinned emulator calls an API `http://<id>.execute-api.<host>`, a name that most systems cannot resolve, lets
templates build addresses at amazonaws.com, and takes any signature of the administrator's key for a good one. Here the
address of an API is the path form `http://127.0.0.1:<port>/_aws/execute-api/<id>` wherever one is asked for (the API,
`ApiEndpoint`, a `!Sub` in a template), it stays right when the local AWS comes back on another port, and a request to a
method with AuthorizationType AWS_IAM that was signed wrongly, for another body or for another service is refused.
"""

import contextvars
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import ministack.app as emulator
from ministack.core import sigv4
from ministack.core.iam_evaluator import AuthError, is_root_access_key, resolve_credential
from ministack.services import apigateway
from ministack.services.cloudformation import changesets, engine, handlers, stacks

from local.emulator import kept
from local.emulator.surroundings import Surroundings

Answer = tuple[int, dict[str, str], bytes]

# Region and domain in an address of AWS, host and port in one of the emulator.
_BY_HOST = re.compile(r"(http|ws)s?://([a-z0-9]+)\.execute-api\.[^/\"'\s]+")
_BY_PATH = re.compile(r"(http|ws)://127\.0\.0\.1:\d+(/_aws/execute-api/)")
_ROOT = re.compile(r"/_aws/execute-api/[^/]+")


@dataclass
class Signed:
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes = b""


_signed: contextvars.ContextVar[Signed | None] = contextvars.ContextVar("signed", default=None)


def fill(aws: Surroundings) -> None:
    """Puts the addresses right and looks at the signatures."""
    _resolve_addresses(aws.port)
    _answer_at_the_root()
    _remember_requests()
    _check_signatures()


def local(text: str, port: int) -> str:
    """Returns a text with every address of an API as it is on this machine.

    >>> local("https://a1b2c3d4.execute-api.eu-central-1.amazonaws.com/prod/score", 4566)
    'http://127.0.0.1:4566/_aws/execute-api/a1b2c3d4/prod/score'
    """
    return _BY_HOST.sub(rf"\1://127.0.0.1:{port}/_aws/execute-api/\2", text)


def _resolve_addresses(port: int) -> None:
    resolve = engine._resolve_refs

    def resolved(*arguments: Any, **options: Any) -> Any:
        value = resolve(*arguments, **options)
        return local(value, port) if isinstance(value, str) and ".execute-api." in value else value

    for module in (engine, stacks, handlers, changesets):
        module._resolve_refs = resolved

    manage = apigateway.handle_request

    async def handle(*arguments: Any, **options: Any) -> Answer:
        status, headers, body = await manage(*arguments, **options)
        return status, headers, local(body.decode(), port).encode() if b".execute-api." in body else body

    apigateway.handle_request = handle
    kept.adapt({"cloudformation", "lambda", "apigateway"}, lambda: partial(_moved, port))


def _moved(port: int, value: Any) -> Any:
    """Returns a text of an earlier run with the port of this one."""
    return _BY_PATH.sub(rf"\1://127.0.0.1:{port}\2", value) if isinstance(value, str) else value


def _answer_at_the_root() -> None:
    """Lets an address without a path reach the API, too."""
    parse = emulator._parse_execute_api_url
    emulator._parse_execute_api_url = lambda host, path: parse(host, f"{path}/" if _ROOT.fullmatch(path) else path)


def _remember_requests() -> None:
    """Keeps each request as it arrived; the emulator forgets those of the administrator."""
    pin_request, pin_body = emulator.pin_signed_request, emulator.pin_signed_body

    def request(
        method: str, path: str, query: dict[str, list[str]], lines: list[tuple[bytes, bytes]], handshake: bool = False
    ) -> None:
        pin_request(method, path, query, lines, handshake)
        headers: dict[str, str] = {}
        for name, value in lines:
            key, text = name.decode("latin-1").lower(), sigv4.decode_header_value(value)
            headers[key] = f"{headers[key]},{text}" if key in headers else text
        _signed.set(Signed(method, path, query, headers))

    def body(content: bytes) -> None:
        pin_body(content)
        signed = _signed.get()
        if signed is not None:
            signed.body = content

    emulator.pin_signed_request, emulator.pin_signed_body = request, body


def _check_signatures() -> None:
    enforce: Callable[..., Answer | None] = emulator._enforce_execute_api

    def check(
        api: str, stage: str, method: str, path: str, headers: dict[str, str], query: Any, *rest: Any, **options: Any
    ) -> Answer | None:
        denied = enforce(api, stage, method, path, headers, query, *rest, **options)
        if emulator._execute_api_authorization_type(api, stage, method, path) != "AWS_IAM":
            return denied
        failure = None if denied else _failure()
        rest_api = emulator._get_module("apigateway_v1").find_api_scope(api) is not None
        if failure and rest_api:
            answer: Answer | None = emulator._get_module("apigateway_v1").authentication_error_response(
                api, stage, AuthError(*failure), headers, query
            )
            return answer or _forbidden()
        # An HTTP API does not say why.
        return _forbidden() if (denied or failure) and not rest_api else denied

    emulator._enforce_execute_api = check


def _failure() -> tuple[str, str] | None:
    """Returns what is wrong with the administrator's signature of this request; others the emulator has checked."""
    signed = _signed.get()
    if signed is None or not signed.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256"):
        return None
    signature = sigv4.parse_header_signature(signed.headers)
    if isinstance(signature, tuple):
        return signature
    if signature.service != "execute-api":
        said = f"Credential should be scoped to correct service: 'execute-api', not {signature.service!r}."
        return "InvalidSignatureException", said
    if not is_root_access_key(signature.access_key_id):
        return None
    credential = resolve_credential(signature.access_key_id)
    late: tuple[str, str] | None = sigv4.request_time_failure(signature)
    wrong: tuple[str, str] | None = sigv4.header_signature_failure(
        signature, credential.secret_access_key, signed.method, signed.path, signed.query, signed.headers, signed.body
    )
    return late or wrong


def _forbidden() -> Answer:
    return 403, {"Content-Type": "application/json"}, json.dumps({"message": "Forbidden"}).encode()
