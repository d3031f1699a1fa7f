"""What a loaded model answers, with the events and items that have come since it was trained."""

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from local.runners.recommender import filters
from local.runners.recommender.model import CONFIDENCE, REGULARISATION, Model, Numbers

LIVE = 3  # an event of this session says more than one of last month
LAST = 100  # events of each type that a filter looks at
Scored = list[tuple[str, float]]


class Recommender:
    """One model that answers; may be used by several threads."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.place = {name: number for number, name in enumerate(model.items)}
        self.live: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.lock = threading.Lock()
        self.filters: dict[str, filters.Filter] = {}
        self.square = model.factors.T @ model.factors + REGULARISATION * np.eye(model.factors.shape[1])

    def recommend(self, request: Mapping[str, Any]) -> Scored:
        """Returns items with their scores, best first, for a request of GetRecommendations.

        Raises:
            KeyError: the item that similar ones are asked for is not known.
            FilterError: the filter lacks a value.
        """
        scores, without = self._scores(request)
        order = [int(place) for place in np.argsort(-scores, kind="stable")]
        wanted = int(request.get("numResults") or 25)
        return self._allowed([(self.model.items[place], float(scores[place])) for place in order
                              if self.model.items[place] != without], request, wanted)  # fmt: skip

    def rank(self, request: Mapping[str, Any]) -> Scored:
        """Returns the items of a request of GetPersonalizedRanking in the user's order; unknown ones come last."""
        scores, _ = self._scores(request)
        known = [(name, float(scores[self.place[name]])) for name in request["inputList"] if name in self.place]
        unknown = [(name, 0.0) for name in request["inputList"] if name not in self.place]
        return [*sorted(known, key=lambda one: -one[1]), *unknown]

    def take_events(self, user: str, events: Sequence[Mapping[str, Any]]) -> None:
        """Takes what a user has just done."""
        with self.lock:
            self.live[user] += [(event["itemId"], event["eventType"]) for event in events if event.get("itemId")]

    def take_items(self, items: Sequence[Mapping[str, Any]]) -> None:
        """Takes new fields of items; an item that the model has never seen is known to filters only."""
        with self.lock:
            for item in items:
                self.model.item_fields[item["itemId"]] = dict(item["fields"])

    def take_users(self, users: Sequence[Mapping[str, Any]]) -> None:
        """Takes new fields of users."""
        with self.lock:
            for user in users:
                self.model.user_fields[user["userId"]] = dict(user["fields"])

    def _scores(self, request: Mapping[str, Any]) -> tuple[Numbers, str]:
        recipe = self.model.recipe
        if "popularity" in recipe:
            return self.model.popular, ""
        if "similar" in recipe or recipe.endswith("sims"):
            return self._similar(request["itemId"]), request["itemId"]
        return self._personal(str(request.get("userId", ""))), ""

    def _similar(self, item: str) -> Numbers:
        length = np.linalg.norm(self.model.factors, axis=1)
        length[length == 0] = 1
        place = self.place[item]
        found: Numbers = (self.model.factors @ self.model.factors[place]) / (length * length[place])
        return found

    def _personal(self, user: str) -> Numbers:
        """Returns scores by what is known of a user, those of popular items for one of whom nothing is known."""
        with self.lock:
            live = [self.place[item] for item, _ in self.live.get(user, ()) if item in self.place]
        if live:
            return self.model.factors @ self._folded(user, live)
        if user in self.model.users:
            found: Numbers = self.model.factors @ self.model.users[user]
            return found
        return self.model.popular / max(float(self.model.popular.max(initial=0)), 1.0)

    def _folded(self, user: str, live: Sequence[int]) -> Numbers:
        """Solves for the factors of a user whose history has just become longer, as training would."""
        weights: dict[int, float] = defaultdict(float)
        for item in self.model.history.get(user, {}):
            weights[self.place[item]] += CONFIDENCE
        for place in live:
            weights[place] += LIVE * CONFIDENCE
        rows = self.model.factors[list(weights)]
        confidence = np.array(list(weights.values()))
        left = self.square + (rows.T * confidence) @ rows
        found: Numbers = np.linalg.solve(left, rows.T @ (confidence + 1)).astype(np.float32)
        return found

    def _allowed(self, found: Scored, request: Mapping[str, Any], wanted: int) -> Scored:
        expression = request.get("filterExpression")
        if not expression:
            return found[:wanted]
        user = str(request.get("userId", ""))
        allowed, given, had = self._filter(expression), request.get("filterValues") or {}, self._had(user)
        fields, who, answer = self.model.item_fields, self.model.user_fields.get(user, {}), []
        for item, score in found:
            if allowed.allows(fields.get(item, {}), had.get(item, set()), who, given):
                answer.append((item, score))
                if len(answer) == wanted:
                    break
        return answer

    def _filter(self, expression: str) -> filters.Filter:
        if expression not in self.filters:
            self.filters[expression] = filters.parse(expression)
        return self.filters[expression]

    def _had(self, user: str) -> dict[str, set[str]]:
        """Returns the types of events that a user has had with each item."""
        found = {item: set(types) for item, types in self.model.history.get(user, {}).items()}
        with self.lock:
            for item, kind in self.live.get(user, ())[-LAST:]:
                found.setdefault(item, set()).add(kind)
        return found
