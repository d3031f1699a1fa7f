"""Reading a mapping of a rule file strictly: each key taken once, everything left over is an error."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from dataarch.errors import Finding, Place
from dataarch.rulebase.model import YES_NO
from dataarch.spelling import meant, shown
from dataarch.yamltree import Mapping, Scalar, Sequence, Tree

_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")
_ID = re.compile(r"[a-z0-9]+([-_.][a-z0-9]+)*$")


class Findings:
    """The errors of one reading, collected so that all are shown in one go."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def add(self, place: Place, message: str, hint: str = "") -> None:
        """Notes one error."""
        self.found.append(Finding(place, message, hint))

    def known(self, word: str, choices: Collection[str], place: Place, what: str) -> bool:
        """Whether the word is one of the choices; notes an error with the nearest one if not."""
        if word in choices:
            return True
        self.add(place, f"{what} {shown(word)} is not known.", meant(word, list(choices)))
        return False


class Fields:
    """The keys of one mapping, read one by one; `end` refuses those that nobody asked for."""

    def __init__(self, tree: Tree | None, file: str, what: str, findings: Findings) -> None:
        self.file, self.what, self.findings = file, what, findings
        self.line = tree.line if tree is not None else 1
        self._seen: list[str] = []
        if isinstance(tree, Mapping):
            self.mapping = tree
        else:
            self.mapping = Mapping(self.line)
            findings.add(self.place(), f"{what} must be a mapping.")

    def place(self, key: str | None = None) -> Place:
        """Where the mapping, or one of its keys, stands."""
        return Place(self.file, self.mapping.lines.get(key, self.line) if key else self.line)

    def tree(self, key: str, required: bool = False) -> Tree | None:
        """The raw value of a key."""
        self._seen.append(key)
        value = self.mapping.entries.get(key)
        if value is None or (isinstance(value, Scalar) and value.null):
            if required:
                self.findings.add(self.place(), f"{self.what} lacks the key {key!r}.")
            return None
        return value

    def text(self, key: str, required: bool = True) -> str:
        """A text, or "" with a finding."""
        value = self.tree(key, required)
        if value is None:
            return ""
        if not isinstance(value, Scalar) or not value.text.strip():
            self.findings.add(self.place(key), f"{key!r} of {self.what} must be a text.")
            return ""
        return " ".join(value.text.split())

    def id(self, key: str = "id") -> str:
        """An id in kebab-case or snake_case."""
        text = self.text(key)
        if text and not _ID.match(text):
            self.findings.add(self.place(key), f"{key!r} of {self.what} must be lower-case words joined by - or _.")
        return text

    def one_of(self, key: str, allowed: Iterable[str], required: bool = True) -> str:
        """A text that is one of a fixed list."""
        text, options = self.text(key, required), list(allowed)
        if text and text not in options:
            self.findings.add(self.place(key), f"{key!r} of {self.what} is {shown(text)}.", meant(text, options))
            return ""
        return text

    def date(self, key: str, required: bool = True) -> str:
        """A date written YYYY-MM-DD."""
        text = self.text(key, required)
        if text and not _DATE.match(text):
            self.findings.add(self.place(key), f"{key!r} of {self.what} must be a date written YYYY-MM-DD.")
            return ""
        return text

    def flag(self, key: str) -> bool:
        """Whether a key that may be missing says yes."""
        return self.one_of(key, YES_NO, required=False) == "yes"

    def whole(self, key: str) -> int:
        """A whole number."""
        text = self.text(key)
        if text and not text.isdecimal():
            self.findings.add(self.place(key), f"{key!r} of {self.what} must be a whole number.")
            return 0
        return int(text or 0)

    def items(self, key: str, required: bool = False) -> list[Tree]:
        """The items of a list."""
        value = self.tree(key, required)
        if value is None:
            return []
        if not isinstance(value, Sequence) or not value.items:
            self.findings.add(self.place(key), f"{key!r} of {self.what} must be a list with something in it.")
            return []
        return value.items

    def texts(self, key: str, required: bool = False) -> list[str]:
        """The items of a list of texts; a single text stands for a list of one."""
        value = self.tree(key, required)
        items = [value] if isinstance(value, Scalar) else value.items if isinstance(value, Sequence) else []
        texts = [item.text for item in items if isinstance(item, Scalar)]
        if value is not None and (len(texts) != len(items) or isinstance(value, Mapping)):
            self.findings.add(self.place(key), f"{key!r} of {self.what} must be a list of texts.")
        return texts

    def end(self) -> None:
        """Notes an error for each key that was never asked for."""
        for key in self.mapping.entries:
            if key not in self._seen:
                hint = meant(key, self._seen)
                self.findings.add(self.place(key), f"{self.what} has no key {shown(key)}.", hint)
