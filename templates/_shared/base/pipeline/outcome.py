"""How a command begins and ends for the one who gave it: with a stage, and an exit status or one sentence."""

import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from deploy.deployment import Deployment
from deploy.errors import DeployError

STAGES = ("local", "dev", "prod")


def status(run: Callable[[], int], *told: type[Exception]) -> int:
    """Returns what a run returns, 1 after an error that a person can put right, 130 after an interrupt.

    Errors of the types `told` are such errors, too, and say themselves what is wrong.
    """
    clear: tuple[type[Exception], ...] = (DeployError, *told)
    try:
        return run()
    except clear as error:
        print(error, file=sys.stderr)
    except (BotoCoreError, ClientError, OSError) as error:
        print(f"AWS does not answer as it should: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 1


def deployed(stage: str) -> dict[str, str]:
    """Returns the outputs of what is deployed.

    Raises:
        DeployError: nothing is.
    """
    outputs = Deployment.of_this_project(stage).outputs()
    if not outputs:
        raise DeployError("Nothing is deployed yet; `make run` or `make deploy` does it.")
    return outputs
