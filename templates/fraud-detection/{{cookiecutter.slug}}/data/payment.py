"""A payment before what is known of the card's past is added, and where cards pay."""

from dataclasses import dataclass, field
from datetime import datetime

from data.population import Card, Merchant, distance_km

LIMIT = 1500.0  # of one payment; without it, a handful of payments would decide what a mistake costs
_NEAR = 12


@dataclass(frozen=True)
class Payment:
    """What a card pays a merchant."""

    time: datetime
    card: Card
    merchant: Merchant
    amount: float
    fraud: bool

    @property
    def distance_km(self) -> float:
        """From the holder's home to the shop; 0 online."""
        if self.merchant.online:
            return 0.0
        card, merchant = self.card, self.merchant
        return distance_km(card.latitude, card.longitude, merchant.latitude, merchant.longitude)


@dataclass
class Shops:
    """Merchants as a card's holder sees them."""

    merchants: list[Merchant]
    _found: dict[str, list[Merchant]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.online = [merchant for merchant in self.merchants if merchant.online]
        self.places = [merchant for merchant in self.merchants if not merchant.online]

    def near(self, card: Card) -> list[Merchant]:
        """Returns the shops nearest to a holder's home."""
        if card.id not in self._found:

            def away(shop: Merchant) -> float:
                return (shop.latitude - card.latitude) ** 2 + (shop.longitude - card.longitude) ** 2

            self._found[card.id] = sorted(self.places, key=away)[:_NEAR]
        return self._found[card.id]


def within(amount: float) -> float:
    """Returns an amount as one payment can have it."""
    return min(max(0.5, amount), LIMIT)
