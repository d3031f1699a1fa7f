"""Forgets a customer who has asked for it.

    python -m pipeline.forget c0123456789ab --stage dev

Their lines go from every zone of the lake, from older versions of its objects, from labels, audiences and the profile
store; sources that send them again are not listened to. What is left is a hash of each of their records.
"""

import argparse
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from deploy.deployment import Deployment
from deploy.errors import DeployError
from pipeline.refresh import erase


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 when nothing of the customer is found any more."""
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.forget", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("customer")
    parser.add_argument("--stage", choices=["local", "dev", "prod"], default="local")
    options = parser.parse_args(arguments)
    try:
        outputs = Deployment.of_this_project(options.stage).outputs()
        if not outputs:
            raise DeployError("Nothing is deployed yet; `make run` or `make deploy` does it.")
        erase(outputs["EraseMachineArn"], options.customer, print)
    except DeployError as error:
        print(error, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(f"AWS refused: {error}", file=sys.stderr)
        return 1
    print("Forgotten: nothing of this customer is in the lake, its older versions or the profile store.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
