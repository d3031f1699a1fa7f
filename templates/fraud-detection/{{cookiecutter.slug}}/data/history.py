"""What a payment system knows of a card when it pays: its past, and nothing of its future."""

from collections import deque
from datetime import datetime, timedelta
from typing import NamedTuple

NEVER = 99_999.0  # minutes since the last payment of a card that has made none


class Known(NamedTuple):
    """What is known of a card at a moment."""

    minutes_since_last: float
    count_24h: int
    usual_amount: float


class History:
    """The payments of cards, told in the order of time."""

    def __init__(self) -> None:
        self._recent: dict[str, deque[datetime]] = {}
        self._usual: dict[str, float] = {}

    def pay(self, card: str, time: datetime, amount: float) -> Known:
        """Returns what was known of the card before this payment, and remembers the payment.

        >>> history = History()
        >>> history.pay("c", datetime(2026, 1, 1, 12), 10.0)
        Known(minutes_since_last=99999.0, count_24h=0, usual_amount=10.0)
        >>> history.pay("c", datetime(2026, 1, 1, 13), 30.0)
        Known(minutes_since_last=60.0, count_24h=1, usual_amount=10.0)
        """
        past = self._recent.setdefault(card, deque())
        since = (time - past[-1]) / timedelta(minutes=1) if past else NEVER
        while past and time - past[0] > timedelta(days=1):
            past.popleft()
        usual = self._usual.get(card, amount)
        known = Known(min(since, NEVER), len(past), usual)
        self._usual[card] = 0.9 * usual + 0.1 * amount
        past.append(time)
        return known
