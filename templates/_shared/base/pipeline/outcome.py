"""How a run ends for the one who began it: an exit status, and one sentence where something went wrong."""

import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from deploy.errors import DeployError


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
