"""A client of an API whose requests are signed with the AWS credentials of the one who runs it."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from deploy.errors import DeployError


@dataclass(frozen=True)
class Answer:
    """What the API said, and how long it took."""

    status: int
    content: dict[str, Any]
    seconds: float
    headers: Mapping[str, str]


class SignedApi:
    """Sends requests to the API at `url`; may be used by several threads."""

    def __init__(self, url: str, session: boto3.Session | None = None) -> None:
        session = session or boto3.Session()
        self.url = url.rstrip("/")
        self._credentials = session.get_credentials()
        self._region = session.region_name
        self._pool = urllib3.PoolManager(maxsize=16, retries=False, timeout=urllib3.Timeout(connect=5, read=30))

    def request(self, method: str, path: str, body: str = "", *, signed: bool = True) -> Answer:
        """Sends any request at all.

        Raises:
            DeployError: nothing answers at the address.
        """
        url = f"{self.url}{path}"
        headers = {"host": urlsplit(url).netloc} | ({"content-type": "application/json"} if body else {})
        request = AWSRequest(method, url, data=body.encode(), headers=headers)
        if signed:
            SigV4Auth(self._credentials.get_frozen_credentials(), "execute-api", self._region).add_auth(request)
        started = time.monotonic()
        try:
            answer = self._pool.request(method, url, body=body.encode() or None, headers=dict(request.headers.items()))
        except urllib3.exceptions.HTTPError as error:
            raise DeployError(f"Nothing answers at {url}: {error}") from error
        seconds = time.monotonic() - started
        try:
            content = json.loads(answer.data)
        except ValueError:
            content = {"error": answer.data.decode(errors="replace")}
        told = content if isinstance(content, dict) else {"answer": content}
        return Answer(answer.status, told, seconds, answer.headers)
