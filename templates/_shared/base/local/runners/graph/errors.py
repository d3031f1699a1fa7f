"""What a graph refuses."""


class GraphError(Exception):
    """A query or a load is refused, with the code of Neptune's data API."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
