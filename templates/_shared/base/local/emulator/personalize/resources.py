"""The CloudFormation types of Personalize: schema, dataset group, data set, solution; each does what the API does."""

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners

from local.emulator.personalize.errors import Refused
from local.emulator.personalize.service import Service

Properties = dict[str, Any]
Created = tuple[str, dict[str, str]]

# Type: the member of the API that holds its ARN, and the properties. Nothing of them can be changed in place.
TYPES = {
    "AWS::Personalize::Schema": ("schemaArn", ("Name", "Schema", "Domain")),
    "AWS::Personalize::DatasetGroup": ("datasetGroupArn", ("Name", "RoleArn", "KmsKeyArn", "Domain")),
    "AWS::Personalize::Dataset": ("datasetArn", ("Name", "SchemaArn", "DatasetGroupArn", "DatasetType")),
    "AWS::Personalize::Solution": (
        "solutionArn",
        ("Name", "DatasetGroupArn", "RecipeArn", "EventType", "PerformAutoML", "PerformHPO", "SolutionConfig"),
    ),
}


def register(service: Service) -> None:
    """Makes the types known to CloudFormation."""
    for kind, (member, properties) in TYPES.items():
        names = {name: name[0].lower() + name[1:] for name in properties}
        provisioners._REPLACING_PROPERTIES[kind] = properties
        provisioners._CUSTOM_NAME_REPLACEMENT[kind] = {"name": "Name"}
        provisioners._RESOURCE_HANDLERS[kind] = {
            "create": _creator(service, kind, member, names),
            "delete": _deleter(service, kind, member),
        }


def _creator(
    service: Service, kind: str, member: str, names: dict[str, str]
) -> Callable[[str, Properties, str], Created]:
    def create(_logical: str, properties: Properties, _stack: str) -> Created:
        request = {names[name]: value for name, value in properties.items() if name in names}
        answer = _call(service, f"Create{kind.rpartition('::')[2]}", request)
        attribute = f"{member[0].upper()}{member[1:]}"
        return answer[member], {attribute: answer[member], "Arn": answer[member]}

    return create


def _deleter(service: Service, kind: str, member: str) -> Callable[[str, Properties], None]:
    def delete(physical: str, _properties: Properties) -> None:
        try:
            service.call(f"Delete{kind.rpartition('::')[2]}", {member: physical})
        except Refused as error:
            if error.code != "ResourceNotFoundException":
                raise ValueError(error.message) from error

    return delete


def _call(service: Service, action: str, request: Properties) -> dict[str, Any]:
    try:
        return service.call(action, request)
    except Refused as error:
        raise ValueError(error.message) from error
