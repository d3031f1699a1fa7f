"""The frame of a job."""

from typing import Any


class Job:
    """Takes `init` and `commit`; there are no bookmarks, as in a job that has them switched off."""

    def __init__(self, glue_context: Any) -> None:
        self.glue_context = glue_context

    def init(self, job_name: str, args: Any = None) -> None:
        """Begins the job."""

    def commit(self) -> None:
        """Ends the job."""
