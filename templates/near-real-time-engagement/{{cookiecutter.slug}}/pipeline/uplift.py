"""What a campaign has changed: those who were to get its message against the control group, beside the truth."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from data.population import Person
from pipeline.lake import Lake


@dataclass(frozen=True)
class Uplift:
    """The difference of the shares that ordered, with its interval of 95 %."""

    treated: int
    treated_rate: float
    control: int
    control_rate: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        """How much more often those ordered who were to get a message."""
        return self.treated_rate - self.control_rate


def estimate(treated: int, treated_ordered: int, control: int, control_ordered: int) -> Uplift:
    """Returns the uplift of a campaign; the interval is that of two independent shares.

    >>> found = estimate(100, 60, 100, 40)
    >>> round(found.difference, 2), round(found.low, 2), round(found.high, 2)
    (0.2, 0.06, 0.34)
    """
    one, other = treated_ordered / max(treated, 1), control_ordered / max(control, 1)
    error = math.sqrt(one * (1 - one) / max(treated, 1) + other * (1 - other) / max(control, 1))
    difference = one - other
    return Uplift(treated, one, control, other, difference - 1.96 * error, difference + 1.96 * error)


def of(lake: Lake, campaign: str) -> Uplift:
    """Returns the estimate from the lake alone."""
    row = lake.query(f"SELECT * FROM uplift WHERE campaign = '{campaign}'")[0]
    treated, ordered, control, control_ordered = (
        int(str(row[name])) for name in ("treated", "treated_ordered", "control", "control_ordered")
    )
    return estimate(treated, ordered, control, control_ordered)


def truth(members: Iterable[Person], reached: set[str], day: date) -> float:
    """Returns what the campaign changes in truth, by the hidden numbers of its members.

    `reached` are those to whom the message went; nobody else can be persuaded.
    """
    effects = [
        person.reads(day) * (person.persuaded(day) - person.stays(day)) if person.id in reached else 0.0
        for person in members
    ]
    return sum(effects) / max(len(effects), 1)
