"""A client of the recommendations API: requests signed with the AWS credentials of the one who runs it."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from deploy.errors import DeployError


@dataclass(frozen=True)
class Answer:
    """What the API said, where it came from, and how long it took."""

    status: int
    content: dict[str, Any]
    seconds: float
    cache: str = "none"

    @property
    def items(self) -> list[str]:
        """The ids that were recommended, in their order."""
        return [one["id"] for one in self.content.get("items", [])]


class RecommendationsApi:
    """Talks to the API at `url`; may be used by several threads."""

    def __init__(self, url: str, session: boto3.Session | None = None) -> None:
        session = session or boto3.Session()
        self.url = url.rstrip("/")
        self._credentials = session.get_credentials()
        self._region = session.region_name
        self._pool = urllib3.PoolManager(maxsize=16, retries=False, timeout=urllib3.Timeout(connect=5, read=30))

    def for_you(self, user: str, **query: int) -> Answer:
        """Asks what to show a user."""
        return self.send("GET", f"/recommendations/{quote(user, safe='')}", query=query)

    def similar(self, item: str, **query: int) -> Answer:
        """Asks for items like one."""
        return self.send("GET", f"/similar/{quote(item, safe='')}", query=query)

    def popular(self, **query: int) -> Answer:
        """Asks for what is popular."""
        return self.send("GET", "/popular", query=query)

    def events(self, user: str | None, session: str, events: Sequence[Mapping[str, Any]]) -> Answer:
        """Tells what a user has done."""
        message = {"session": session, "events": list(events)} | ({"user": user} if user else {})
        return self.send("POST", "/events", json.dumps(message))

    def item(self, item: str, properties: Mapping[str, Any]) -> Answer:
        """Tells of a new item, or of a change of one."""
        return self.send("PUT", f"/items/{quote(item, safe='')}", json.dumps(properties))

    def send(
        self, method: str, path: str, body: str = "", *, query: Mapping[str, int] | None = None, signed: bool = True
    ) -> Answer:
        """Sends any request at all.

        Raises:
            DeployError: nothing answers at the address.
        """
        url = f"{self.url}{path}" + (f"?{urlencode(query)}" if query else "")
        headers = {"content-type": "application/json", "host": urlsplit(url).netloc}
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
        return Answer(answer.status, told, seconds, answer.headers.get("x-cache", "none"))
