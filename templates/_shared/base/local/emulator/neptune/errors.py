"""What Neptune refuses."""


class Refused(Exception):
    """A request is refused, with the code and the status of the data API."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status
