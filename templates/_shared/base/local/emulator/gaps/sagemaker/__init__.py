"""SageMaker training jobs, models and endpoints.

The pinned emulator has no SageMaker: every call ends with "Unsupported service", and CloudFormation refuses the types.
Here a training job runs the project's `train.py`, and an endpoint its `inference.py`, both in the project's Python and
with the permissions of their role; what they read and write are the objects in S3.
"""

import ministack.app as emulator
from ministack.core import iam_actions

from local.emulator.gaps.sagemaker import resources
from local.emulator.gaps.sagemaker.permissions import name_resources
from local.emulator.gaps.sagemaker.service import Service
from local.emulator.surroundings import Surroundings

NAME = "sagemaker"


def fill(aws: Surroundings) -> None:
    """Adds the service, its permissions and its CloudFormation types."""
    service = Service(aws)
    emulator.SERVICE_REGISTRY[NAME] = {"module": NAME}
    emulator._loaded_modules[NAME] = service
    emulator._state_map[NAME] = NAME
    emulator.SERVICE_HANDLERS[NAME] = service.handle_request
    iam_actions.SERVICE_TO_IAM_NAMESPACE[NAME] = NAME
    iam_actions._BOTOCORE_SERVICE_MAP[NAME] = ["sagemaker-runtime"]
    name_resources()
    resources.register(service)
