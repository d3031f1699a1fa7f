"""The file in which an interview keeps its answers: written after every one, so that nothing can lose them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from dataarch import files, profile
from dataarch.errors import UserError
from dataarch.interview import Interview
from dataarch.profile import Given
from dataarch.rulebase.model import Question

NAME = "answers.yaml"


class Kept:
    """One answers file of an interview. `path` is "" while nothing was written, and where nothing can be."""

    def __init__(self, questions: dict[str, Question], say: Callable[[str], None], path: str = "",
                 resumed: Interview | None = None, left: Sequence[Given] = ()) -> None:  # fmt: skip
        """`path` is where to keep them ("": a free name in the current folder). A file that is `resumed` is written
        over, and a copy kept of what a person wrote into it by hand; `left` is kept as a comment."""
        self.questions, self.say, self.path = questions, say, path
        self._left = left
        self._resumed = resumed
        self._failed = self._begun = False

    def keep(self, interview: Interview) -> None:
        """Writes the answers as they are now."""
        if self._failed or (not interview.responses and not self._begun):
            return
        try:
            if not self._begun:
                self._begin()
            files.write_text(self.path, self._text(interview), force=True)
        except UserError as error:
            self._failed, self.path = True, ""
            self.say(f"The answers cannot be kept in a file: {error.findings[0]}")

    def _begin(self) -> None:
        self._begun = True
        if not self.path:
            self.path = files.reserve(NAME)
        elif self._resumed is not None:
            original = files.read_text(self.path, "answers")
            if original != self._text(self._resumed):
                copy = files.reserve(f"{self.path}.bak")
                files.write_text(copy, original, force=True)
                self.say(f"The file as it was is kept in {copy}.")

    def _text(self, interview: Interview) -> str:
        known = {id: interview.known[id] for id in self.questions if id in interview.known}
        if self.path.endswith(".json"):
            written: dict[str, Any] = {id: profile.canonical(self.questions[id], value) for id, value in known.items()}
            written |= dict.fromkeys(id for id in self.questions if id in interview.declined)
            return json.dumps(written, indent=2, ensure_ascii=False) + "\n"
        return profile.as_yaml(self.questions, known, interview.declined, self._left)
