"""What a request asks for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

NAME = re.compile(r"[A-Za-z0-9._:-]{1,64}")
MOST_ON_A_PAGE, MOST = 100, 500  # Personalize returns 500 at most
AGES = (0, 12, 16, 18)  # the limits there are; an age in between is as good as the lower one


class Malformed(Exception):
    """A request that cannot be answered; the message says what is wrong with it."""


@dataclass(frozen=True)
class Asked:
    """A request.

    Attributes:
        name: of a user or an item.
        age: the highest limit that an anonymous person is known to have passed.
    """

    name: str
    limit: int
    page: int
    age: int

    @property
    def first(self) -> int:
        """How many items the pages before hold."""
        return self.limit * self.page

    @property
    def most(self) -> int:
        """How many have to be asked for to fill the page."""
        return min(self.limit * (self.page + 1), MOST)

    @property
    def has_next(self) -> bool:
        """Whether another page can be asked for."""
        return self.limit * (self.page + 2) <= MOST


def asked(path: Mapping[str, str] | None, query: Mapping[str, str] | None) -> Asked:
    """Returns what is asked for.

    >>> asked({"name": "u1"}, {"limit": "5", "page": "2", "age": "17"})
    Asked(name='u1', limit=5, page=2, age=16)

    Raises:
        Malformed: a value is impossible.
    """
    query = query or {}
    name = (path or {}).get("name", "")
    if path and not NAME.fullmatch(name):
        raise Malformed(f"a name must be like {NAME.pattern}")
    limit = _number(query, "limit", 10, 1, MOST_ON_A_PAGE)
    page = _number(query, "page", 0, 0, MOST // limit - 1)
    age = _number(query, "age", 0, 0, 150)
    return Asked(name, limit, page, max(one for one in AGES if one <= age))


def _number(query: Mapping[str, str], name: str, usual: int, least: int, most: int) -> int:
    text = query.get(name, str(usual))
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise Malformed(f"{name} must be a number between {least} and {most}")
    return int(text)
