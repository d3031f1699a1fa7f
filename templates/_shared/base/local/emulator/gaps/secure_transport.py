"""Policies that ask for TLS (`aws:SecureTransport`).

The pinned emulator takes the condition by its word: its own address is plain HTTP, so a bucket policy that denies
everything without TLS, as every bucket of a real account should have, denies everything. Here a request over the
loopback interface, which nobody else can listen to, counts as protected.
"""

from typing import Any

from ministack.core import iam_evaluator

from local.emulator.surroundings import Surroundings


def fill(_: Surroundings) -> None:
    """Answers the condition key with true."""
    resolve = iam_evaluator._resolve_condition_key

    def resolved(key: str, context: Any) -> Any:
        return "true" if key.lower() == "aws:securetransport" else resolve(key, context)

    iam_evaluator._resolve_condition_key = resolved
