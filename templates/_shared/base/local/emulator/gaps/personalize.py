"""Personalize: data sets, solutions, campaigns, event trackers and filters, and what they answer.

The pinned emulator has no Personalize: every call ends with "Unsupported service", and CloudFormation refuses the
types. Here a solution version learns by collaborative filtering (`local/runners/recommender`, in the project's Python,
which needs `implicit`), and a campaign answers with it, taking in events as they arrive. Requests and answers are those
of AWS; how good the recommendations of AWS's recipes would be cannot be told from it.
"""

import ministack.app as emulator
from ministack.core import iam_actions, router

from local.emulator.personalize import resources
from local.emulator.personalize.permissions import name_resources
from local.emulator.personalize.service import Service
from local.emulator.surroundings import Surroundings

NAME = "personalize"


def fill(aws: Surroundings) -> None:
    """Adds the service, its permissions and its CloudFormation types."""
    service = Service(aws)
    router.SERVICE_PATTERNS[NAME] = {"target_prefixes": ["AmazonPersonalize."], "credential_scope": NAME}
    emulator.SERVICE_REGISTRY[NAME] = {"module": NAME}
    emulator._loaded_modules[NAME] = service
    emulator._state_map[NAME] = NAME
    emulator.SERVICE_HANDLERS[NAME] = service.handle_request
    iam_actions.SERVICE_TO_IAM_NAMESPACE[NAME] = NAME
    iam_actions._BOTOCORE_SERVICE_MAP[NAME] = ["personalize-runtime", "personalize-events"]
    name_resources(service.shelf)
    resources.register(service)
