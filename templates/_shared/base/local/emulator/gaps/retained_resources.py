"""Resources of nested stacks that are to outlive them (`DeletionPolicy: Retain`).

The pinned emulator keeps such a resource when its own stack is deleted, and deletes it when that stack is nested in the
one that is deleted: a bucket with all its data would be gone here that stays on AWS. Here it stays in both.
"""

from typing import Any

from ministack.services.cloudformation import _stacks, provisioners

from local.emulator.surroundings import Surroundings

RETAINING = {"Retain", "RetainExceptOnCreate"}


def fill(_: Surroundings) -> None:
    """Takes what is to stay out of a nested stack before it is deleted."""
    handler = provisioners._RESOURCE_HANDLERS["AWS::CloudFormation::Stack"]
    delete = handler["delete"]

    def leaving(physical: str, properties: dict[str, Any]) -> None:
        nested = _stacks.get(provisioners._nested_stack_lookup_name(physical)) or {}
        for logical, definition in (nested.get("_template") or {}).get("Resources", {}).items():
            if definition.get("DeletionPolicy") in RETAINING:
                nested.get("_resources", {}).pop(logical, None)
        delete(physical, properties)

    handler["delete"] = leaving
