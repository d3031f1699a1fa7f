"""The errors that Personalize answers with."""


class Refused(Exception):
    """A request that Personalize answers with an error: its code and its message."""

    def __init__(self, code: str, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> Refused:
    """Returns the refusal of a request that makes no sense."""
    return Refused("InvalidInputException", message)


def missing(arn: str) -> Refused:
    """Returns the refusal of a request about something that is not there."""
    return Refused("ResourceNotFoundException", f"The given ARN is not present: {arn}")


def in_use(message: str) -> Refused:
    """Returns the refusal of a request that something else stands in the way of."""
    return Refused("ResourceInUseException", message)
