"""Updates of nested stacks.

The pinned emulator forgets the attributes of a nested stack's unchanged resources when the stack is updated, so the
second deployment fails with "Requested attribute Arn does not exist in schema". Here they are kept.
"""

from typing import Any

from ministack.services.cloudformation import _stacks, provisioners

from local.emulator.surroundings import Surroundings


def fill(_aws: Surroundings) -> None:
    """Hands the attributes that a nested stack has recorded to the update of each of its resources."""
    update = provisioners._update_resource

    def keep(
        kind: str,
        physical: str,
        old: dict[str, Any],
        new: dict[str, Any],
        stack: str,
        logical: str | None = None,
        attributes: dict[str, Any] | None = None,
    ) -> tuple[str, dict[str, Any]]:
        recorded = (_stacks.get(stack) or {}).get("_resources", {}).get(logical, {}).get("Attributes")
        known = recorded if attributes is None else attributes
        after, found = update(kind, physical, old, new, stack, logical, known)
        # A handler that updates in place may answer with what has changed only.
        return after, {**(known or {}), **(found or {})} if after == physical else found

    provisioners._update_resource = keep
