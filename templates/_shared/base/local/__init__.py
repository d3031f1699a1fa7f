"""The local AWS: an emulator on this machine that the project's code reaches through `AWS_ENDPOINT_URL`.

Nothing outside this folder knows it. `python -m local` starts and stops it; tests and the pipeline use `LocalAws`.
"""

from local.errors import LocalAwsError
from local.instance import LocalAws

__all__ = ["LocalAws", "LocalAwsError"]
