"""Questions line by line: nothing moves on the screen, so a screen reader, a slow line and a dumb terminal can follow.

An answer is typed: numbers of rows, ids, or part of a label; a quantity as people write it.
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from textwrap import wrap
from typing import Any

from dataarch.engine.engine import Engine
from dataarch.interview import Card
from dataarch.profile import Unreadable
from dataarch.prompt import words
from dataarch.prompt.prompter import ANSWER, BACK, STOP, UNKNOWN, Reply
from dataarch.rulebase.model import NONE, Question
from dataarch.spelling import meant, shown

_WIDTH = 78
_HELP = "Type ? for why, < to go back, ! to stop here; Enter alone: I don't know yet."


class Lines:
    """Puts questions as plain lines on standard error and reads lines from standard input."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._section = ""
        self._helped = False

    def held(self) -> AbstractContextManager[None]:
        """Lines need nothing held."""
        return nullcontext()

    def say(self, text: str) -> None:
        """Shows a text, its lines broken between words."""
        lines = [part for line in text.split("\n") for part in wrap(line, _WIDTH, subsequent_indent="  ") or [""]]
        print("\n".join(lines), file=sys.stderr, flush=True)

    def ask(self, card: Card) -> Reply:
        """Puts a question until a line can be read as a reply to it."""
        question = card.question
        if card.section != self._section:
            self._section = card.section
            self.say(f"\n{card.section}. {words.so_far(self.engine, card.standing, _WIDTH)}.")
        if not self._helped:
            self.say(_HELP)
            self._helped = True
        offered = dict(words.choices(question))
        self.say(f"\n{question.prompt}")
        self._rows(offered)
        self.say(self._how(card))
        while True:
            line = self._line()
            if line in ("?", "<", "!") or not line:
                if line == "?":
                    self.say("\n".join(words.why(self.engine, card)))
                    continue
                if not line and card.default is not None:
                    return self._taken(question, Reply(ANSWER, card.default))
                return self._taken(question, Reply({"<": BACK, "!": STOP}.get(line, UNKNOWN)))
            if line == "-":
                return self._taken(question, Reply(UNKNOWN))
            try:
                return self._taken(question, Reply(ANSWER, self._value(question, offered, line)))
            except Unreadable as error:
                self.say(words.wrong(error))

    def choose(self, prompt: str, choices: dict[str, str], default: str) -> Reply:
        """Offers a choice; Enter alone takes the default."""
        self.say(f"\n{prompt}")
        self._rows(choices)
        self.say(f"Type a number; Enter alone: {choices[default]}.")
        while True:
            line = self._line()
            if line in ("<", "!") or not line:
                return Reply({"<": BACK, "!": STOP}[line]) if line else Reply(ANSWER, default)
            try:
                return Reply(ANSWER, _one(choices, line))
            except Unreadable as error:
                self.say(words.wrong(error))

    def _rows(self, offered: dict[str, str]) -> None:
        for number, label in enumerate(offered.values(), 1):
            print(f"{number:3d}  {label}", file=sys.stderr)

    def _how(self, card: Card) -> str:
        question = card.question
        if question.type == "any-of":
            none = f", 0 for {words.NONE_OF_THESE.lower()}" if words.needs_none(question) else ""
            way = f"Type numbers with commas between them{none}, or part of a label to search"
        elif words.choices(question):
            way = "Type a number"
        else:
            way = f"Type it {words.example(question)}"
        if card.default is None:
            return f"{way}."
        return f"{way}. Enter alone: {words.said(question, card.default)}; - for {words.DONT_KNOW}."

    def _value(self, question: Question, offered: dict[str, str], line: str) -> Any:
        if not offered:
            return words.typed(question, line)
        if question.type != "any-of":
            return _one(offered, line)
        if line == "0" and words.needs_none(question):
            return []
        chosen = [_one(offered, part) for part in line.split(",") if part.strip()]
        if NONE in chosen and len(set(chosen)) > 1:
            raise Unreadable(f"{offered[NONE]} excludes every other row.")
        return [value for value in offered if value in chosen]

    def _taken(self, question: Question, reply: Reply) -> Reply:
        """The reply, read back."""
        if reply.kind in (ANSWER, UNKNOWN):
            self.say(f"Noted: {words.said(question, reply.value)}.")
        return reply

    def _line(self) -> str:
        """One line from the person, without the blanks around it; the end of input stops the interview."""
        print("> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        return line.strip() if line else "!"


def _one(offered: dict[str, str], text: str) -> str:
    """The choice that a number, an id, a label or a part of one label means. Raises Unreadable, naming what fits."""
    text = text.strip()
    ids = list(offered)
    if text.isdecimal():
        if not 1 <= int(text) <= len(ids):
            raise Unreadable(f"there is no row {text}; rows go from 1 to {len(ids)}.")
        return ids[int(text) - 1]
    for id, label in offered.items():
        if text.lower() in (id, label.lower()):
            return id
    found = [id for id, label in offered.items() if text.lower() in label.lower() or text.lower() in id]
    if len(found) == 1:
        return found[0]
    if found:
        rows = ", ".join(f"{ids.index(id) + 1} {offered[id]}" for id in found)
        raise Unreadable(f"{shown(text)} fits several rows: {rows}.")
    raise Unreadable(f"{shown(text)} fits no row.", meant(text, ids))
