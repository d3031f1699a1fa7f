"""What the models look at: one transaction in, one row of numbers out.

The same code prepares the training data and every request, so the two cannot drift apart. Only the standard library.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

NUMBERS = (
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
)
MOST_CATEGORIES = 20


def numbers(transaction: Mapping[str, object]) -> list[float]:
    """Returns the values of NUMBERS for a transaction as the API takes it or as a CSV row holds it.

    >>> row = {"time": "2026-03-01T23:30:00Z", "category": "fuel", "channel": "shop", "country": "DE",
    ...        "card_country": "DE", "amount": "50.0", "distance_km": "3", "minutes_since_last": "90",
    ...        "count_24h": "2", "usual_amount": "25.0"}
    >>> values = dict(zip(NUMBERS, numbers(row)))
    >>> values["hour"], values["weekday"], values["abroad"], values["count_24h"]
    (23.0, 6.0, 0.0, 2.0)
    >>> round(values["amount_to_usual"], 2)
    0.67
    """
    time = datetime.fromisoformat(str(transaction["time"]))
    amount = _number(transaction["amount"])
    usual = _number(transaction["usual_amount"])
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
    ]


def categories(transactions: Iterable[Mapping[str, object]]) -> list[str]:
    """Returns the categories that occur most, sorted: those that a model learns to tell apart.

    >>> categories([{"category": "fuel"}, {"category": "travel"}, {"category": "fuel"}])
    ['fuel', 'travel']
    """
    counted = Counter(str(transaction["category"]) for transaction in transactions)
    return sorted(name for name, _ in counted.most_common(MOST_CATEGORIES))


def features(transaction: Mapping[str, object], known: Sequence[str]) -> list[float]:
    """Returns the numbers of a transaction, and for each known category whether it is that of the transaction."""
    return [*numbers(transaction), *(float(transaction["category"] == name) for name in known)]


def _number(value: object) -> float:
    return max(0.0, float(str(value)))
