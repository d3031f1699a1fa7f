"""Hands events and items to Amazon Personalize, so that the next answer knows of them."""

import json
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

events = boto3.client(
    "personalize-events",
    config=Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 3, "mode": "standard"}),
)


class NotTracked(Exception):
    """Personalize did not take it; the message says why."""


def track(user: str | None, session: str, taken: Sequence[dict[str, Any]]) -> None:
    """Hands over the events of one session, at most ten."""
    listed = [
        {
            "eventId": one["event_id"],
            "eventType": one["event_type"],
            "itemId": one["item_id"],
            "sentAt": datetime.fromisoformat(one["event_time"]),
        }
        for one in taken
    ]
    who = {"userId": user} if user else {}
    _call(events.put_events, trackingId=os.environ["TRACKING_ID"], sessionId=session, eventList=listed, **who)


def keep_item(item: dict[str, Any]) -> None:
    """Hands over a new item, or new properties of a known one."""
    properties = {"category": item["category"], "price": float(item["price"]), "minAge": int(item["min_age"])}
    properties |= {"available": item["available"], "creationTimestamp": int(item["since"])}
    listed = [{"itemId": item["item_id"], "properties": json.dumps(properties)}]
    _call(events.put_items, datasetArn=os.environ["ITEMS_ARN"], items=listed)


def _call(action: Any, **request: Any) -> None:
    try:
        action(**request)
    except (BotoCoreError, ClientError) as error:
        raise NotTracked(str(error)[:300]) from error
