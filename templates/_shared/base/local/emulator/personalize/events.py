"""Event trackers, filters, and what is recorded through the events API."""

import json
import uuid

from local.emulator.personalize.campaigns import Campaigns
from local.emulator.personalize.datasets import KEYS, now_row
from local.emulator.personalize.errors import Refused, invalid, missing
from local.emulator.personalize.shelf import Json, Shelf
from local.runners.recommender import filters

MOST_EVENTS = 10  # in one call


class Events:
    """What arrives while campaigns answer."""

    def __init__(self, shelf: Shelf, campaigns: Campaigns) -> None:
        """Hands what arrives to campaigns."""
        self.shelf = shelf
        self.campaigns = campaigns

    def create_tracker(self, request: Json) -> Json:
        """CreateEventTracker; a dataset group has one at most."""
        group = request["datasetGroupArn"]
        self.shelf.find(group)
        if next(self.shelf.of("event-tracker", datasetGroupArn=group), None):
            raise Refused("ResourceAlreadyExistsException", "The dataset group has an event tracker already.")
        made = {**request, "trackingId": str(uuid.uuid4())}
        thing = self.shelf.add(f"event-tracker/{uuid.uuid4().hex[:8]}", "eventTrackerArn", made)
        return {key: thing[key] for key in ("eventTrackerArn", "trackingId")}

    def create_filter(self, request: Json) -> Json:
        """CreateFilter."""
        self.shelf.find(request["datasetGroupArn"])
        try:
            filters.parse(request["filterExpression"])
        except filters.FilterError as error:
            raise invalid(f"The filter expression is not valid: {error}") from error
        return {"filterArn": self.shelf.add(f"filter/{request['name']}", "filterArn", request)["filterArn"]}

    def tracker(self, tracking: str) -> Json:
        """Returns the tracker of an id."""
        found = next(self.shelf.of("event-tracker", trackingId=tracking), None)
        if found is None:
            raise missing(tracking)
        return found

    def put_events(self, request: Json) -> None:
        """PutEvents: the events go to the data set and to every campaign."""
        group = self.tracker(request["trackingId"])["datasetGroupArn"]
        events = request["eventList"]
        if not 0 < len(events) <= MOST_EVENTS:
            raise invalid(f"A call takes 1 to {MOST_EVENTS} events, and there are {len(events)}.")
        user = request.get("userId") or request["sessionId"]
        dataset = next(self.shelf.of("dataset", datasetGroupArn=group, datasetType="interactions"))
        rows = [now_row(event, user) for event in events if event.get("itemId")]
        self.shelf.append(dataset["datasetArn"], "recorded.jsonl", rows)
        self.campaigns.tell(group, "/events", {"user": user, "events": events})

    def put(self, kind: str, request: Json) -> None:
        """PutItems and PutUsers: new ones, or all fields of known ones."""
        dataset = self.shelf.find(request["datasetArn"])
        if dataset["datasetType"] != kind:
            raise invalid(f"{request['datasetArn']} holds {dataset['datasetType']}")
        known = {field["name"] for field in json.loads(self.shelf.find(dataset["schemaArn"])["schema"])["fields"]}
        key = f"{kind[:-1]}Id"
        rows, told = [], []
        for one in request[kind]:
            # Properties are written in camel case, the fields of a schema in capitals.
            given = json.loads(one.get("properties") or "{}")
            fields = {_capitals(name): value for name, value in given.items()}
            if not fields.keys() <= known:
                raise invalid(f"The schema has no {', '.join(sorted(fields.keys() - known))}")
            rows.append({KEYS[kind]: one[key], **{name: str(value) for name, value in fields.items()}})
            told.append({key: one[key], "fields": fields})
        self.shelf.append(dataset["datasetArn"], "recorded.jsonl", rows)
        self.campaigns.tell(dataset["datasetGroupArn"], f"/{kind}", {kind: told})


def _capitals(name: str) -> str:
    """Returns the field of a schema by the name of a property.

    >>> _capitals("minAge"), _capitals("MIN_AGE")
    ('MIN_AGE', 'MIN_AGE')
    """
    if name.upper() == name:
        return name
    return "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in name)
