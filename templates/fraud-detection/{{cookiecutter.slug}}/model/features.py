"""What the model looks at: one transaction in, one row of numbers out.

The same code prepares the training data and every request, so the two cannot drift apart. Only the standard library.
"""

import math
from collections.abc import Mapping
from datetime import datetime

CATEGORIES = (
    "grocery",
    "fuel",
    "restaurant",
    "clothing",
    "electronics",
    "travel",
    "entertainment",
    "gift-card",
    "pharmacy",
)

NAMES = (
    "amount_log",
    "amount_to_usual",
    "usual_amount_log",
    "hour",
    "weekday",
    "online",
    "abroad",
    "distance_log",
    "minutes_since_last_log",
    "count_24h",
    *(f"category_{name}" for name in CATEGORIES),
)


def features(transaction: Mapping[str, object]) -> list[float]:
    """Returns the values of NAMES for a transaction as the API takes it or as a CSV row holds it.

    >>> row = {"time": "2026-03-01T23:30:00Z", "category": "fuel", "channel": "shop", "country": "DE",
    ...        "card_country": "DE", "amount": "50.0", "distance_km": "3", "minutes_since_last": "90",
    ...        "count_24h": "2", "usual_amount": "25.0"}
    >>> values = dict(zip(NAMES, features(row)))
    >>> values["hour"], values["weekday"], values["abroad"], values["category_fuel"]
    (23.0, 6.0, 0.0, 1.0)
    >>> round(values["amount_to_usual"], 2)
    0.67
    """
    time = datetime.fromisoformat(str(transaction["time"]))
    amount = _number(transaction["amount"])
    usual = _number(transaction["usual_amount"])
    category = str(transaction["category"])
    return [
        math.log1p(amount),
        math.log((amount + 1) / (usual + 1)),
        math.log1p(usual),
        float(time.hour),
        float(time.weekday()),
        float(transaction["channel"] == "online"),
        float(transaction["country"] != transaction["card_country"]),
        math.log1p(_number(transaction["distance_km"])),
        math.log1p(_number(transaction["minutes_since_last"])),
        _number(transaction["count_24h"]),
        *(float(category == name) for name in CATEGORIES),
    ]


def _number(value: object) -> float:
    return max(0.0, float(str(value)))
