"""The errors that SageMaker answers with."""


class Refused(Exception):
    """A request that SageMaker answers with an error: its code and its message."""

    def __init__(self, code: str, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.code = code
        self.message = message


class ModelError(Exception):
    """The model's server answered with an error of its own."""

    def __init__(self, status: int, content: str, log: str) -> None:
        """Keep the answer and the log group that tells more."""
        kind = "client" if status < 500 else "server"
        super().__init__(
            f'Received {kind} error ({status}) from primary with message "{content}". '
            f"See the log group {log} for more information."
        )
        self.status = status
        self.content = content
        self.log = log
