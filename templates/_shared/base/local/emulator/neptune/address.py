"""The address of the graph stays right when the local AWS comes back on another port."""

from typing import Any

import ministack.app as emulator

from local.emulator import kept
from local.emulator.neptune.permissions import NAME
from local.emulator.surroundings import Surroundings


def follow(aws: Surroundings) -> None:
    """Puts the port of this run where stacks and functions of an earlier one have theirs."""

    def moved() -> kept.Change:
        earlier = (emulator.load_state(NAME) or {}).get("cluster", {}).get("url")

        def change(value: Any) -> Any:
            if earlier and value == earlier:
                return aws.url
            is_cluster = isinstance(value, dict) and "ClusterResourceId" in value
            return {**value, "Port": str(aws.port)} if is_cluster else value

        return change

    kept.adapt({"cloudformation", "lambda"}, moved)
