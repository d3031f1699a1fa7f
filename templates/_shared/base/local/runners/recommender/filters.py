"""The filter expressions of Amazon Personalize: which items may be recommended to whom.

    EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("purchase") | EXCLUDE ItemID WHERE Items.MIN_AGE > $AGE

Parts are joined by `|`: what any INCLUDE takes, without what any EXCLUDE takes. Conditions of a part are joined by AND
or OR and look at one data set; `IF CurrentUser.FIELD …` at its end says for whom it holds. A value that an item does
not have meets no condition.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(r'\s*(?:("[^"]*")|([<>!]=|[<>=(),|])|(\$?[A-Za-z_][\w.]*|\*)|(-?\d+(?:\.\d+)?))')
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
Values = Mapping[str, str]


class FilterError(ValueError):
    """An expression that is none, or a placeholder without a value; says what is wrong."""


@dataclass(frozen=True)
class Condition:
    """A field of a data set, compared with values; values that begin with `$` are placeholders."""

    data: str
    field: str
    compare: str
    values: tuple[str, ...]

    def holds(self, found: object, given: Values) -> bool:
        """Whether it holds for the value of a field."""
        if found is None or found == "":
            return False
        if self.compare in _COMPARED:
            try:
                limit = float(_filled(self.values, given)[0])
                return _COMPARED[self.compare](float(str(found)), limit)
            except ValueError as error:
                raise FilterError(f"{self.data}.{self.field} {self.compare} compares numbers: {error}") from error
        inside = bool(set(str(found).split("|")) & set(_filled(self.values, given)))
        return inside if self.compare == "IN" else not inside


@dataclass(frozen=True)
class Part:
    """One expression between the bars."""

    include: bool
    conditions: tuple[Condition, ...]
    every: bool
    users: tuple[Condition, ...] = ()

    def takes(self, item: Mapping[str, Any], events: Set[str], given: Values) -> bool:
        """Whether it takes an item with these fields, of which the user has had these types of events."""
        held = (self._holds(one, item, events, given) for one in self.conditions)
        return all(held) if self.every else any(held)

    @staticmethod
    def _holds(one: Condition, item: Mapping[str, Any], events: Set[str], given: Values) -> bool:
        if one.data == "Items":
            return one.holds(item.get(one.field), given)
        wanted = set(_filled(one.values, given))
        had = bool(events) if "*" in wanted else bool(events & wanted)
        return had if one.compare == "IN" else not had


@dataclass(frozen=True)
class Filter:
    """A whole expression."""

    parts: tuple[Part, ...]

    def allows(self, item: Mapping[str, Any], events: Set[str], user: Mapping[str, Any], given: Values) -> bool:
        """Whether an item may be recommended.

        Raises:
            FilterError: a placeholder has no value.
        """
        parts = [part for part in self.parts if all(one.holds(user.get(one.field), given) for one in part.users)]
        wanted = [part for part in parts if part.include]
        if wanted and not any(part.takes(item, events, given) for part in wanted):
            return False
        return not any(part.takes(item, events, given) for part in parts if not part.include)


def parse(expression: str) -> Filter:
    """Returns the filter of an expression.

    >>> shop = parse('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("buy") | EXCLUDE ItemID WHERE Items.AGE > $AGE')
    >>> [shop.allows({"AGE": age}, had, {}, {"AGE": "15"}) for age, had in ((0, set()), (18, set()), (0, {"buy"}))]
    [True, False, False]
    >>> parse("EXCLUDE ItemID WHERE Items.AGE BETWEEN 3")
    Traceback (most recent call last):
    local.runners.recommender.filters.FilterError: an operator is expected, and there is BETWEEN

    Raises:
        FilterError: it is none.
    """
    read = _Reader(_tokens(expression))
    parts = [_part(read)]
    while read.take_if("|"):
        parts.append(_part(read))
    if read.next is not None:
        raise FilterError(f"the end or | is expected, and there is {read.next}")
    return Filter(tuple(parts))


class _Reader:
    """Tokens, one after the other."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = list(tokens)

    @property
    def next(self) -> str | None:
        return self.tokens[0] if self.tokens else None

    def take(self, what: str, *wanted: str) -> str:
        if not self.tokens or (wanted and self.tokens[0] not in wanted):
            raise FilterError(f"{what} is expected, and there is {self.next or 'the end'}")
        return self.tokens.pop(0)

    def take_if(self, *wanted: str) -> str | None:
        return self.tokens.pop(0) if self.next in wanted else None


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    while text[place:].strip():
        token = _TOKEN.match(text, place)
        if token is None:
            raise FilterError(f"this cannot be read: {text[place:].strip()[:40]}")
        found.append(next(part for part in token.groups() if part is not None))
        place = token.end()
    return found


def _part(read: _Reader) -> Part:
    include = read.take("INCLUDE or EXCLUDE", "INCLUDE", "EXCLUDE") == "INCLUDE"
    read.take("ItemID", "ItemID")
    read.take("WHERE", "WHERE")
    conditions = [_condition(read, "Items", "Interactions")]
    joined = set()
    while word := read.take_if("AND", "OR"):
        joined.add(word)
        conditions.append(_condition(read, conditions[0].data))
    if len(joined) > 1:
        raise FilterError("AND and OR in one expression are not understood here; split it with |")
    users = []
    if read.take_if("IF"):
        users.append(_condition(read, "CurrentUser"))
        while read.take_if("AND"):
            users.append(_condition(read, "CurrentUser"))
    return Part(include, tuple(conditions), "OR" not in joined, tuple(users))


def _condition(read: _Reader, *data: str) -> Condition:
    name, _, field = read.take(f"a field of {' or '.join(data)}").partition(".")
    if name not in data or not field:
        raise FilterError(f"a field of {' or '.join(data)} is expected, and there is {name}")
    if name == "Interactions" and field != "EVENT_TYPE":
        raise FilterError("of interactions, only EVENT_TYPE can be looked at")
    compare = read.take("an operator", "IN", "NOT", *_COMPARED)
    if compare in _COMPARED:
        return Condition(name, field, compare, (_value(read.take("a value")),))
    if compare == "NOT":
        read.take("IN", "IN")
        compare = "NOT IN"
    read.take("(", "(")
    values = [_value(read.take("a value"))]
    while read.take_if(","):
        values.append(_value(read.take("a value")))
    read.take(")", ")")
    return Condition(name, field, compare, tuple(values))


def _value(token: str) -> str:
    return token.strip('"')


def _filled(values: Sequence[str], given: Values) -> list[str]:
    """Returns values with those of the placeholders, which arrive as texts with quotes and commas."""
    found: list[str] = []
    for value in values:
        if not value.startswith("$"):
            found.append(value)
        elif value[1:] not in given:
            raise FilterError(f"the filter needs a value for {value}")
        else:
            found += [one.strip().strip('"') for one in given[value[1:]].split(",")]
    return found
