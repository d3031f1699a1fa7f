"""The CloudFormation types of SageMaker; each does what the API does."""

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners, stacks

from local.emulator.sagemaker.errors import Refused
from local.emulator.sagemaker.service import Service

Properties = dict[str, Any]
Created = tuple[str, dict[str, str]]

MODEL = "AWS::SageMaker::Model"
CONFIG = "AWS::SageMaker::EndpointConfig"
ENDPOINT = "AWS::SageMaker::Endpoint"

# Type: the name's property, the longest name, and the properties whose change needs a new resource.
_TYPES = {
    MODEL: (
        "ModelName",
        63,
        (
            "ModelName",
            "ExecutionRoleArn",
            "PrimaryContainer",
            "Containers",
            "EnableNetworkIsolation",
            "InferenceExecutionConfig",
            "VpcConfig",
        ),
    ),
    CONFIG: (
        "EndpointConfigName",
        63,
        (
            "EndpointConfigName",
            "ProductionVariants",
            "ShadowProductionVariants",
            "DataCaptureConfig",
            "AsyncInferenceConfig",
            "ExecutionRoleArn",
            "KmsKeyId",
            "VpcConfig",
        ),
    ),
    ENDPOINT: ("EndpointName", 63, ("EndpointName",)),
}


def register(service: Service) -> None:
    """Makes the three types known to CloudFormation."""
    handlers = {
        MODEL: _creator(service, MODEL, "CreateModel"),
        CONFIG: _creator(service, CONFIG, "CreateEndpointConfig"),
        ENDPOINT: _endpoint_creator(service),
    }
    for kind, create in handlers.items():
        member, _, replacing = _TYPES[kind]
        provisioners._REPLACING_PROPERTIES[kind] = replacing
        provisioners._CUSTOM_NAME_REPLACEMENT[kind] = {"name": member}
        provisioners._RESOURCE_HANDLERS[kind] = {
            "create": create,
            "update": _endpoint_updater(service) if kind == ENDPOINT else _keep(kind),
            "delete": _deleter(service, kind),
        }
    _run_in_threads()


def _creator(service: Service, kind: str, action: str) -> Callable[[str, Properties, str], Created]:
    member, longest, _ = _TYPES[kind]

    def create(logical: str, properties: Properties, stack: str) -> Created:
        name = properties.get(member) or provisioners._physical_name(stack, logical, max_len=longest)
        request = {**_typed(service, action, properties), member: name}
        answer = _call(service, action, request)
        # Ref returns the ARN, as on AWS; the name is an attribute.
        return next(iter(answer.values())), {member: name, "Id": next(iter(answer.values()))}

    return create


def _endpoint_creator(service: Service) -> Callable[[str, Properties, str], Created]:
    start = _creator(service, ENDPOINT, "CreateEndpoint")

    def create(logical: str, properties: Properties, stack: str) -> Created:
        physical, attributes = start(logical, properties, stack)
        try:
            service.wait_for(attributes["EndpointName"])
        except Refused as error:
            _call(service, "DeleteEndpoint", {"EndpointName": attributes["EndpointName"]})
            raise ValueError(error.message) from error
        return physical, attributes

    return create


def _endpoint_updater(service: Service) -> Callable[[str, Properties, Properties, str], Created]:
    def update(physical: str, old: Properties, new: Properties, _stack: str) -> Created:
        name = _name(service, ENDPOINT, physical)
        if old.get("EndpointConfigName") != new["EndpointConfigName"]:
            config = {"EndpointName": name, "EndpointConfigName": new["EndpointConfigName"]}
            _call(service, "UpdateEndpoint", config)
            try:
                service.wait_for(name)
            except Refused as error:
                raise ValueError(error.message) from error
        return physical, {"EndpointName": name, "Id": physical}

    return update


def _keep(kind: str) -> Callable[[str, Properties, Properties, str], Created]:
    """Returns an update for what changes in place: the tags."""
    member = _TYPES[kind][0]

    def update(physical: str, _old: Properties, new: Properties, _stack: str) -> Created:
        return physical, {member: new.get(member) or _plain(physical), "Id": physical}

    return update


def _deleter(service: Service, kind: str) -> Callable[[str, Properties], None]:
    member = _TYPES[kind][0]
    action = f"Delete{kind.rpartition('::')[2]}"

    def delete(physical: str, _properties: Properties) -> None:
        try:
            service.call(action, {member: _name(service, kind, physical)})
        except Refused as error:
            if "Could not find" not in error.message:
                raise ValueError(error.message) from error

    return delete


def _call(service: Service, action: str, request: Properties) -> dict[str, Any]:
    try:
        return service.call(action, request)
    except Refused as error:
        raise ValueError(error.message) from error


def _typed(service: Service, action: str, properties: Properties) -> Properties:
    """Returns the properties as the API takes them: numbers where a template has strings, nothing unknown."""
    shape = service.model.operation_model(action).input_shape
    known = {key: value for key, value in properties.items() if key in shape.members}
    cast: Properties = _cast(known, shape)
    return cast


def _cast(value: Any, shape: Any) -> Any:
    """Returns a value of a template with the scalars as the API's shape has them."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return {key: _cast(member, shape.members[key]) for key, member in value.items() if key in shape.members}
    if kind == "list" and isinstance(value, list):
        return [_cast(member, shape.member) for member in value]
    if kind == "map" and isinstance(value, dict):
        return {key: _cast(member, shape.value) for key, member in value.items()}
    if kind in {"integer", "long"} and isinstance(value, str):
        return int(value)
    if kind in {"float", "double"} and isinstance(value, str):
        return float(value)
    if kind == "boolean" and isinstance(value, str):
        return value == "true"
    if kind == "string" and isinstance(value, int | float):
        return str(value)
    return value


def _plain(reference: str) -> str:
    """Returns the name in a name or an ARN; `Ref` gives an ARN.

    >>> _plain("arn:aws:sagemaker:us-east-1:000000000000:model/fraud")
    'fraud'
    """
    return reference.rpartition("/")[2]


def _name(service: Service, kind: str, physical: str) -> str:
    """Returns the name of a resource by its ARN, which is in lower case."""
    hosting = service.hosting
    stores: dict[str, dict[str, Any]] = {MODEL: hosting.models, CONFIG: hosting.configs, ENDPOINT: hosting.endpoints}
    return next((name for name in stores[kind] if name.lower() == _plain(physical).lower()), _plain(physical))


def _run_in_threads() -> None:
    """Lets CloudFormation work on these types in a thread: they read S3 through the emulator, which must answer."""
    original = stacks._runs_on_worker_thread

    def runs(resource_type: str) -> bool:
        return resource_type in _TYPES or original(resource_type)

    stacks._runs_on_worker_thread = runs
