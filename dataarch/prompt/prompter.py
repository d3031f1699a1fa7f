"""What a prompter does: put a question to a person and bring back the reply. The interview knows no terminal."""

from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from dataarch.interview import Card

ANSWER, UNKNOWN, BACK, STOP = "answer", "unknown", "back", "stop"


class Reply(NamedTuple):
    """What came back: an answer with its value (as the profile keeps it), "I don't know yet", one back, or stop."""

    kind: str
    value: Any = None


class Prompter(Protocol):
    """Someone who puts questions: on a whole terminal, line by line, or from a script."""

    def held(self) -> AbstractContextManager[None]:
        """Holds whatever the questions are put on, from the first of them to the last."""

    def say(self, text: str) -> None:
        """Shows a line to the person."""

    def ask(self, card: Card) -> Reply:
        """Puts a question. Raises KeyboardInterrupt where the person breaks off."""

    def choose(self, prompt: str, choices: dict[str, str], default: str) -> Reply:
        """Offers a choice that is no question of the rules: id → label; the reply's value is an id."""
