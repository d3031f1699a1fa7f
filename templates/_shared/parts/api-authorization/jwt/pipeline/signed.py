"""A client of an API whose requests carry the token of somebody who has signed in."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import urllib3

from deploy.errors import DeployError
from pipeline.sign_in import Token


@dataclass(frozen=True)
class Answer:
    """What the API said, and how long it took."""

    status: int
    content: dict[str, Any]
    seconds: float
    headers: Mapping[str, str]


class SignedApi:
    """Sends requests to the API at `url`; may be used by several threads.

    `signs_in` is asked for a token, and for another one before that expires.
    """

    def __init__(self, url: str, signs_in: Callable[[], Token]) -> None:
        self.url = url.rstrip("/")
        self._signs_in = signs_in
        self._token: Token | None = None
        self._lock = threading.Lock()
        self._pool = urllib3.PoolManager(maxsize=16, retries=False, timeout=urllib3.Timeout(connect=5, read=30))

    def request(self, method: str, path: str, body: str = "", *, signed: bool = True) -> Answer:
        """Sends any request at all.

        Raises:
            DeployError: nothing answers at the address.
        """
        url = f"{self.url}{path}"
        headers = {"content-type": "application/json"} if body else {}
        if signed:
            headers["authorization"] = f"Bearer {self._text()}"
        started = time.monotonic()
        try:
            answer = self._pool.request(method, url, body=body.encode() or None, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise DeployError(f"Nothing answers at {url}: {error}") from error
        seconds = time.monotonic() - started
        try:
            content = json.loads(answer.data)
        except ValueError:
            content = {"error": answer.data.decode(errors="replace")}
        told = content if isinstance(content, dict) else {"answer": content}
        return Answer(answer.status, told, seconds, answer.headers)

    def _text(self) -> str:
        with self._lock:
            if self._token is None or time.monotonic() > self._token.until:
                self._token = self._signs_in()
            return self._token.text
