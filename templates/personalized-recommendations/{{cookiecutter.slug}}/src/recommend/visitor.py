"""Who asks: what the table of users knows, and on which side of the A/B split they stand."""

import hashlib
import os
from dataclasses import dataclass, field

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

dynamodb = boto3.client("dynamodb", config=Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 2}))


@dataclass(frozen=True)
class Visitor:
    """A user, or, without an id, anyone.

    Attributes:
        known: whether anything was ever heard of them, so that the model can say more than what is popular.
    """

    id: str
    age: int = 0
    bought: frozenset[str] = field(default_factory=frozenset)
    known: bool = False


def visitor(id: str) -> Visitor:
    """Returns what is known of a user; where the table does not answer, nothing is."""
    try:
        found = dynamodb.get_item(TableName=os.environ["USERS_TABLE"], Key={"user_id": {"S": id}}).get("Item")
    except (BotoCoreError, ClientError) as error:
        print(f"the table of users does not answer: {error}")
        found = None
    if not found:
        return Visitor(id)
    age = int(found.get("age", {}).get("N", 0))
    return Visitor(id, age, frozenset(found.get("bought", {}).get("SS", ())), known=True)


def variant_of(id: str) -> str:
    """Returns `model` or `popular`: always the same for a user, as long as the experiment has its name.

    A share of users gets popular items on purpose: without them nobody could say what the model is worth.
    """
    hashed = hashlib.sha256(f"{os.environ['EXPERIMENT']}:{id}".encode()).digest()
    return "model" if int.from_bytes(hashed[:4], "big") % 100 < int(os.environ["MODEL_SHARE"]) else "popular"
