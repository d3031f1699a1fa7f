"""What to do for a customer next: rules over the profile that anyone can read, and change."""

from typing import Any, NamedTuple

# What goes with what someone bought last.
NEXT = {"boots": "poles", "jacket": "pack", "tent": "stove", "rope": "lamp", "lamp": "tent", "pack": "boots",
        "poles": "boots", "stove": "tent"}  # fmt: skip
LIKELY, UNLIKELY, WORTHWHILE = 0.6, 0.35, 60.0


class Action(NamedTuple):
    """What to do, by which channel, about what, and why."""

    action: str
    channel: str | None
    about: str | None
    reason: str


def decide(profile: dict[str, Any]) -> Action:
    """Returns the next best action; consent is looked at first.

    >>> decide({"consent": {"profiling": False, "marketing": True}}).action
    'none'
    """
    consent = profile["consent"]
    if not consent["profiling"]:
        return Action("none", None, None, "may not be profiled")
    about = NEXT.get(profile.get("bought") or "")
    if not consent["marketing"]:
        return Action("show", "web shop", about, "may not be written to, so it waits for the next visit")
    channel = "e-mail" if "email" in profile["attributes"] else "letter" if "street" in profile["attributes"] else None
    if channel is None:
        return Action("show", "web shop", about, "no address is known")
    returns, value = profile.get("returns"), profile.get("value")
    if returns is None or value is None:
        return Action("welcome", channel, None, "has bought nothing yet")
    if returns >= LIKELY:
        return Action("recommend", channel, about, f"returns by itself ({returns:.0%}), so without a discount")
    if value >= WORTHWHILE or profile.get("segment") == "worth winning back":
        return Action("win back", channel, about, f"may be lost ({returns:.0%}) and is worth an offer")
    if returns <= UNLIKELY:
        return Action("none", None, None, f"an offer would cost more than it brings ({returns:.0%}, {value:.0f})")
    return Action("recommend", channel, about, f"returns with {returns:.0%}")
