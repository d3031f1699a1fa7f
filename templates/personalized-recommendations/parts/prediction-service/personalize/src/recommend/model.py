"""What Amazon Personalize recommends."""

import os

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# A page cannot wait: one try more rides over a dropped connection, after that popular items are the better answer.
runtime = boto3.client(
    "personalize-runtime",
    config=Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"}),
)

Scored = list[tuple[str, float]]


class Unavailable(Exception):
    """The model gave no answer; the message says why."""


class Unknown(Exception):
    """The model does not know the item."""


def for_you(user: str, age: int, count: int) -> tuple[Scored, str]:
    """Returns items for a user with their scores, best first, and the id of the answer."""
    return _ask(os.environ["FOR_YOU_CAMPAIGN"], os.environ["FOR_YOU_FILTER"], age, count, userId=user)


def similar(item: str, age: int, count: int) -> tuple[Scored, str]:
    """Returns items like one, best first, and the id of the answer."""
    return _ask(os.environ["SIMILAR_CAMPAIGN"], os.environ["SIMILAR_FILTER"], age, count, itemId=item)


def _ask(campaign: str, allowed: str, age: int, count: int, **whom: str) -> tuple[Scored, str]:
    try:
        answer = runtime.get_recommendations(
            campaignArn=campaign, filterArn=allowed, filterValues={"AGE": str(age)}, numResults=count, **whom
        )
    except ClientError as error:
        code, said = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if "itemId" in whom and code == "ResourceNotFoundException" and whom["itemId"] in said:
            raise Unknown(whom["itemId"]) from error
        raise Unavailable(f"{code}: {said}"[:300]) from error
    except BotoCoreError as error:
        raise Unavailable(f"{type(error).__name__}: {error}"[:300]) from error
    return [(one["itemId"], float(one.get("score", 0))) for one in answer["itemList"]], answer["recommendationId"]
