"""What can go wrong by a user's hand, said in one sentence; everything else is a bug and keeps its traceback."""

from typing import NamedTuple


class Place(NamedTuple):
    """Where a text stands: a file as the user named it, and its line (1-based), or 0 for the file as a whole."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Finding(NamedTuple):
    """One thing that is wrong, as a value: findings are collected and shown all at once."""

    place: Place
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place.file else self.message
        return f"{text} {self.hint}" if self.hint else text


class UserError(Exception):
    """Bad input: one sentence per finding; the command line prints it and exits with 2."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings

    @classmethod
    def at(cls, place: Place, message: str, hint: str = "") -> "UserError":
        """An error with one finding at a place."""
        return cls(Finding(place, message, hint))

    @classmethod
    def plain(cls, message: str, hint: str = "") -> "UserError":
        """An error that stands in no file."""
        return cls(Finding(Place(""), message, hint))


class RuleBaseError(UserError):
    """The rule base itself is wrong: its structure, or two decisive criteria that met."""
