"""SageMaker training jobs, models, endpoints and transform jobs.

The pinned emulator has no SageMaker: every call ends with "Unsupported service", and CloudFormation refuses the types.
Here a training job runs the project's `train.py`, an endpoint or a transform job its `inference.py`, all in the
project's Python and with the permissions of their role; what they read and write are the objects in S3.
"""

import ministack.app as emulator
from ministack.core import iam_actions, router

from local.emulator.sagemaker import resources
from local.emulator.sagemaker.permissions import name_resources
from local.emulator.sagemaker.service import Service
from local.emulator.surroundings import Surroundings

NAME = "sagemaker"


def fill(aws: Surroundings) -> None:
    """Adds the service, its permissions and its CloudFormation types."""
    service = Service(aws)
    # A name that the router does not know is looked up in the models of all services, which takes seconds.
    router.SERVICE_PATTERNS[NAME] = {"target_prefixes": ["SageMaker."], "credential_scope": NAME}
    emulator.SERVICE_REGISTRY[NAME] = {"module": NAME}
    emulator._loaded_modules[NAME] = service
    emulator._state_map[NAME] = NAME
    emulator.SERVICE_HANDLERS[NAME] = service.handle_request
    iam_actions.SERVICE_TO_IAM_NAMESPACE[NAME] = NAME
    iam_actions._BOTOCORE_SERVICE_MAP[NAME] = ["sagemaker-runtime"]
    name_resources()
    resources.register(service)
