"""A client of the next-best-action API: requests signed with the AWS credentials of the one who runs it."""

import json
import time
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


class ActionApi:
    """Asks the API at `url`; may be used by several threads."""

    def __init__(self, url: str, session: boto3.Session | None = None) -> None:
        session = session or boto3.Session()
        self.url = url.rstrip("/")
        self._credentials = session.get_credentials()
        self._region = session.region_name
        self._pool = urllib3.PoolManager(maxsize=8, retries=False, timeout=urllib3.Timeout(connect=5, read=30))

    def next(self, customer: str, *, signed: bool = True) -> Answer:
        """Asks what to do for a customer.

        Raises:
            DeployError: nothing answers at the address.
        """
        url = f"{self.url}/customers/{customer}/next-best-action"
        request = AWSRequest("GET", url, headers={"host": urlsplit(url).netloc})
        if signed:
            SigV4Auth(self._credentials.get_frozen_credentials(), "execute-api", self._region).add_auth(request)
        started = time.monotonic()
        try:
            answer = self._pool.request("GET", url, headers=dict(request.headers.items()))
        except urllib3.exceptions.HTTPError as error:
            raise DeployError(f"Nothing answers at {url}: {error}") from error
        seconds = time.monotonic() - started
        try:
            content = json.loads(answer.data)
        except ValueError:
            content = {"error": answer.data.decode(errors="replace")}
        return Answer(answer.status, content if isinstance(content, dict) else {"answer": content}, seconds)
