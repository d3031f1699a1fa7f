"""The ends of a diagram: what its terminals mean, and where the diagrams of one decision begin."""

from typing import NamedTuple

FALSE, TRUE = 0, 1
"""The terminals of a condition, and of "this option is selected"."""

NA = 0
"""The terminal of "does not apply"."""
NO_OPTION = 1
"""The terminal of "every option is ruled out"."""
OPTIONS = 2
"""The terminal of the first option; the others follow."""
TERMINALS = 64
"""Nodes below this number are terminals and mean themselves."""


class Roots(NamedTuple):
    """The diagrams of one decision. `outcome` is that of a decision that selects one (terminals NA, NO_OPTION, …);
    `selected` holds, for one that selects many, whether it applies and each option is selected (true, false)."""

    applies: int
    outcome: int
    selected: list[int]

    def all(self) -> list[int]:
        """The roots that queries look at."""
        return [self.applies, *self.selected] if self.selected else [self.outcome]
