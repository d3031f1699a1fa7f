"""A client of the API of activities: requests signed with the AWS credentials of the one who runs it."""

import json
import time
from collections.abc import Mapping, Sequence
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


class ActivityApi:
    """Tells the API of activities at `url`; may be used by several threads."""

    def __init__(self, url: str, session: boto3.Session | None = None) -> None:
        session = session or boto3.Session()
        self.url = f"{url.rstrip('/')}/activities"
        self._credentials = session.get_credentials()
        self._region = session.region_name
        self._pool = urllib3.PoolManager(maxsize=8, retries=False, timeout=urllib3.Timeout(connect=5, read=30))

    def tell(self, activities: Sequence[Mapping[str, object]]) -> Answer:
        """Tells of activities, signed; at most 500."""
        return self.send(json.dumps({"activities": list(activities)}))

    def send(self, body: str, *, signed: bool = True) -> Answer:
        """Sends any body at all.

        Raises:
            DeployError: nothing answers at the address.
        """
        headers = {"content-type": "application/json", "host": urlsplit(self.url).netloc}
        request = AWSRequest("POST", self.url, data=body.encode(), headers=headers)
        if signed:
            SigV4Auth(self._credentials.get_frozen_credentials(), "execute-api", self._region).add_auth(request)
        started = time.monotonic()
        try:
            answer = self._pool.request("POST", self.url, body=body.encode(), headers=dict(request.headers.items()))
        except urllib3.exceptions.HTTPError as error:
            raise DeployError(f"Nothing answers at {self.url}: {error}") from error
        seconds = time.monotonic() - started
        try:
            content = json.loads(answer.data)
        except ValueError:
            content = {"error": answer.data.decode(errors="replace")}
        return Answer(answer.status, content if isinstance(content, dict) else {"answer": content}, seconds)
