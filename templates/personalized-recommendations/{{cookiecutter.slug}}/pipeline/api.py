"""A client of the recommendations API."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from pipeline import signed as client


class Answer(client.Answer):
    """What the API said, where it came from, and how long it took."""

    @property
    def cache(self) -> str:
        """`hit` or `miss` where an answer may be kept, else `none`."""
        return self.headers.get("x-cache", "none")

    @property
    def items(self) -> list[str]:
        """The ids that were recommended, in their order."""
        return [one["id"] for one in self.content.get("items", [])]


class RecommendationsApi(client.SignedApi):
    """Asks for items, and tells what people do."""

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
        """Sends any request at all."""
        asked = f"{path}?{urlencode(query)}" if query else path
        told = self.request(method, asked, body, signed=signed)
        return Answer(told.status, told.content, told.seconds, told.headers)
