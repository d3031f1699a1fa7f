"""The audience: who may be written to, where, and with what consent."""

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

import boto3

from data.population import Person

CONSENT = 0.94  # of those who once gave an address


def create(table: str, people: Sequence[Person], random: Random) -> int:
    """Writes people and their contact points down, as if for the first time, and returns how many there are."""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    with boto3.resource("dynamodb").Table(table).batch_writer() as batch:
        for person in people:
            batch.put_item(
                Item={
                    "customer": person.id,
                    "entry": "profile",
                    "audience": "everyone",
                    "segment": "new",
                    "country": person.country,
                    "time_zone": person.time_zone,
                }
            )
            batch.delete_item(Key={"customer": person.id, "entry": f"cap#email#{day}"})
            consent = "given" if random.random() < CONSENT else "never"
            batch.put_item(
                Item={
                    "customer": person.id,
                    "entry": "email",
                    "address": person.address,
                    "consent": consent,
                    "consent_at": at,
                    "consent_source": "sign-up form",
                    "consent_region": person.country,
                }
            )
    return len(people)
