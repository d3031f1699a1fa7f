"""A customer of the graph as a profile, in the form that the next best action is decided by."""

from typing import Any

import language

_ATTRIBUTES = ("first_name", "last_name", "birth_date", "email", "phone", "street", "postcode", "town")
_MORE = ("purchases", "spent", "last_purchase", "bought", "segment", "returns", "value")


def find(id: str) -> dict[str, Any] | None:
    """Returns the profile of a customer, or None."""
    found = language.customers(id)
    return profile(*found[0]) if found else None


def stored(after: str = "", count: int = 1_000) -> dict[str, dict[str, Any]]:
    """Returns the profiles whose ids follow one, in their order, not too many for one answer."""
    found = {known["id"]: (known, records) for known, records in language.customers()}
    return {id: profile(*found[id]) for id in sorted(one for one in found if one > after)[:count]}


def profile(known: dict[str, Any], records: list[str]) -> dict[str, Any]:
    """Returns a profile.

    >>> profile({"marketing": True, "profiling": False, "email": "a@b.example", "email_from": "crm:1"}, ["crm:1"])
    {'attributes': {'email': {'value': 'a@b.example', 'from': 'crm:1'}}, \
'consent': {'marketing': True, 'profiling': False}, 'records': ['crm:1']}
    """
    return {
        "attributes": {
            name: {"value": known[name], "from": known[f"{name}_from"]} for name in _ATTRIBUTES if name in known
        },
        "consent": {name: bool(known.get(name)) for name in ("marketing", "profiling")},
        "records": records,
        **{name: known[name] for name in _MORE if name in known},
    }
