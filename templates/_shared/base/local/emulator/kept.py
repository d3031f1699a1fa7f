"""What the emulator keeps of an earlier run, as this one needs it."""

from collections.abc import Callable
from typing import Any

import ministack.app as emulator

Change = Callable[[Any], Any]


def adapt(services: set[str], change: Callable[[], Change]) -> None:
    """Lets everything in the kept state of some services pass through what `change` returns, as it is loaded."""
    load = emulator.load_state

    def loaded(key: str) -> Any:
        return _changed(load(key), change()) if key in services else load(key)

    emulator.load_state = loaded


def _changed(value: Any, change: Change) -> Any:
    if isinstance(value, list):
        return change([_changed(one, change) for one in value])
    if isinstance(value, dict):
        return change({key: _changed(one, change) for key, one in value.items()})
    if hasattr(value, "_data"):
        value._data = _changed(value._data, change)
        return value
    return change(value)
