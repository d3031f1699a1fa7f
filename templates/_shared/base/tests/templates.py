"""The CloudFormation templates, read for what tests have to know of them."""

from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parents[1]
INFRA = PROJECT / "infra"


class Tagged(yaml.SafeLoader):
    """Reads `!Sub` and its like as the values they stand before."""


Tagged.add_multi_constructor("!", lambda loader, _, node: _plain(loader, node))


def _plain(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_scalar(node)  # type: ignore[arg-type]


def template(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load((INFRA / name).read_text(), Tagged)
    return found


def resources(name: str) -> dict[str, Any]:
    found: dict[str, Any] = template(name)["Resources"]
    return found


def allowed(name: str, role: str) -> set[str]:
    statements = [
        statement
        for policy in resources(name)[role]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    return {
        action
        for statement in statements
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
