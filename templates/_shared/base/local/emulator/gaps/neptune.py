"""Neptune: a cluster whose graph is asked in openCypher and SPARQL, and filled by the bulk loader.

The pinned emulator knows a Neptune cluster as a row of RDS, and has no graph: nothing answers a query or a load, and
CloudFormation refuses the types. Here openCypher is answered by ArcadeDB and SPARQL by Oxigraph, in the project's
Python; the loader reads the files of S3 with the permissions of the cluster's role; queries need those of IAM.

What does not hold: there is one cluster, and its endpoint is that of the local AWS, without TLS; Bolt and Gremlin are
not spoken; the names of nodes that openCypher's `id()` gives are those of ArcadeDB, so queries ask for a property.
"""

import ministack.app as emulator
from ministack.core import router

from local.emulator.neptune import address, permissions, resources
from local.emulator.neptune.service import Service
from local.emulator.surroundings import Surroundings

NAME = permissions.NAME


def fill(aws: Surroundings) -> None:
    """Adds the data API, its permissions and the type of the cluster."""
    service = Service(aws)
    router.SERVICE_PATTERNS[NAME] = {"credential_scope": NAME}
    emulator.SERVICE_REGISTRY[NAME] = {"module": NAME}
    emulator._loaded_modules[NAME] = service
    emulator._state_map[NAME] = NAME
    emulator.SERVICE_HANDLERS[NAME] = service.handle_request
    permissions.register(lambda: str(service.cluster.get("resource", "none")))
    resources.register(aws, service)
    address.follow(aws)
