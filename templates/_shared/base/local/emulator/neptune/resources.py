"""`AWS::Neptune::DBCluster`: its endpoint is that of the local AWS."""

import hashlib
from typing import Any

from ministack.services.cloudformation import provisioners

from local.emulator.neptune.service import Service
from local.emulator.surroundings import Surroundings

KIND = "AWS::Neptune::DBCluster"
Properties = dict[str, Any]
Made = tuple[str, dict[str, str]]


def register(aws: Surroundings, service: Service) -> None:
    """Makes the type known to CloudFormation; instances and groups of a cluster are recorded only."""

    def made(name: str, properties: Properties) -> Made:
        resource = f"cluster-{hashlib.sha256(name.encode()).hexdigest()[:26].upper()}"
        service.make(name, properties, lambda known: {**known, "resource": resource, "url": service.url})
        attributes = {
            "Endpoint": "127.0.0.1",
            "ReadEndpoint": "127.0.0.1",
            "Port": str(aws.port),
            "ClusterResourceId": resource,
        }
        return name, attributes

    def create(logical: str, properties: Properties, stack: str) -> Made:
        return made(
            str(properties.get("DBClusterIdentifier") or provisioners._physical_name(stack, logical, max_len=63)),
            properties,
        )

    def update(physical: str, _old: Properties, new: Properties, _stack: str, _logical: str) -> Made:
        return made(physical, new)

    provisioners._REPLACING_PROPERTIES[KIND] = ("DBClusterIdentifier", "KmsKeyId", "StorageEncrypted")
    provisioners._RESOURCE_HANDLERS[KIND] = {
        "create": create,
        "update": update,
        "update_with_logical_id": True,
        "delete": lambda _physical, _properties: service.remove(),
    }
