"""Questions on a whole terminal, by questionary (MIT, maintained, on top of prompt_toolkit): lists to move in and to
search, typed answers that are read back while they are typed.

Everything goes to standard error, so that the result can be piped. questionary's own keys are kept; those of the
interview are laid over them.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from textwrap import wrap
from typing import Any

os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")  # no question to the terminal itself: slow lines answer late

import questionary
from prompt_toolkit.application import Application, run_in_terminal
from prompt_toolkit.input import create_input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.output import ColorDepth, Output, create_output
from prompt_toolkit.styles import Style
from questionary.prompts.common import InquirerControl

from dataarch.engine.engine import Engine
from dataarch.interview import Card
from dataarch.profile import Unreadable
from dataarch.prompt import words
from dataarch.prompt.prompter import ANSWER, BACK, STOP, UNKNOWN, Reply
from dataarch.rulebase.model import NONE, Question

_UNKNOWN, _NONE = "\0unknown", "\0none"
"""Rows that are no value: no value of a question can have such an id."""
_SEARCHED = 9
"""The number of rows from which a list can be searched by typing."""
_POINTER = "›"  # noqa: RUF001  # a pointer, no comparison
_KEYS = "? why · < back · Ctrl-D stop here"
_LIST_KEYS = "? why · < back · - don't know · Ctrl-D stop here"
_STYLE = Style(
    [
        ("qmark", "bold"),
        ("question", "bold"),
        ("instruction", "fg:ansibrightblack"),
        ("pointer", "bold"),
        ("highlighted", "bold"),
        ("selected", "fg:ansicyan noreverse"),
        ("answer", "fg:ansicyan"),
    ]
)


class _Live(str):
    """A text that is made anew at every redraw: questionary formats the instruction of a typed answer each time."""

    make: Callable[[], str]

    @classmethod
    def of(cls, make: Callable[[], str]) -> _Live:
        """A text that `make` gives."""
        text = cls("live")
        text.make = make
        return text

    def __format__(self, _: str) -> str:
        return self.make()


class Terminal:
    """Puts questions on a terminal that can move its cursor."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.output: Output = create_output(stdout=sys.stderr)
        self.colour = "NO_COLOR" not in os.environ
        self._section = ""

    def held(self) -> AbstractContextManager[None]:
        """Keeps the terminal in the mode of its prompts between them: Ctrl-D pressed there would be lost else."""
        return create_input().raw_mode()

    def say(self, text: str) -> None:
        """Shows a text, lines that are too long broken between words."""
        width = min(shutil.get_terminal_size().columns - 2, 100)
        for line in text.split("\n"):
            print("\n".join(wrap(line, width, subsequent_indent="    ") or [line]), file=sys.stderr, flush=True)

    def ask(self, card: Card) -> Reply:
        """Puts a question; what was answered stays on the screen as one line."""
        if card.section != self._section:
            self._section = card.section
            self.say(f"\n{self._bold(card.section)}")
        reply = self._put(card)
        if reply.kind in (ANSWER, UNKNOWN):
            self._note(card.question, words.said(card.question, reply.value))
        return reply

    def choose(self, prompt: str, choices: dict[str, str], default: str) -> Reply:
        """Offers a choice."""
        rows = [questionary.Choice(label, id) for id, label in choices.items()]
        return self._run(self._select(prompt, "", rows, default), [])

    def _note(self, question: Question, said: str) -> None:
        """Leaves a question with its answer on the screen."""
        columns = shutil.get_terminal_size().columns
        if 4 + len(question.prompt) + len(said) < columns:
            self.say(f"  {question.prompt}  {self._bold(said)}")
            return
        self.say(f"  {question.prompt}")
        for line in wrap(said, min(columns - 6, 100)):
            self.say(f"    {self._bold(line)}")

    def _put(self, card: Card) -> Reply:
        question = card.question
        why = words.why(self.engine, card)
        if not words.choices(question):
            return self._run(self._typed(card), why, typed=question)
        rows = [questionary.Choice(label, value) for value, label in words.choices(question).items()]
        if words.needs_none(question):
            rows.append(questionary.Choice(words.NONE_OF_THESE, _NONE))
        rows.append(questionary.Choice(words.DONT_KNOW, _UNKNOWN))
        if question.type == "any-of":
            return self._run(self._checkbox(card, rows), why, many=True)
        return self._run(self._select(question.prompt, self._below(card, len(rows)), rows, card.default), why)

    def _select(self, prompt: str, instruction: str, rows: list[questionary.Choice], default: Any) -> Any:
        return questionary.select(
            prompt, rows, default=default, qmark=" ", pointer=_POINTER, instruction=instruction or " ",
            use_search_filter=len(rows) > _SEARCHED, use_jk_keys=False, style=_STYLE, **self._how(),
        )  # fmt: skip

    def _checkbox(self, card: Card, rows: list[questionary.Choice]) -> Any:
        ticked = card.default if isinstance(card.default, list) else []
        for row in rows:
            row.checked = row.value in ticked or (row.value == _NONE and card.default == [])
        return questionary.checkbox(
            card.question.prompt, rows, qmark=" ", pointer=_POINTER, instruction=self._below(card, len(rows)),
            use_search_filter=len(rows) > _SEARCHED, use_jk_keys=False, style=_STYLE, **self._how(),
        )  # fmt: skip

    def _typed(self, card: Card) -> Any:
        question = card.question

        def verdict(text: str) -> bool | str:
            try:
                words.typed(question, text) if text.strip() else None
            except Unreadable as error:
                return f"{words.wrong(error).partition(' (')[0]}."  # how it is written stands above
            return True

        def read_back() -> str:
            text = made.application.current_buffer.text
            said = f"{words.example(question)}; Enter alone: {words.DONT_KNOW}"
            if text.strip():
                with suppress(Unreadable):
                    said = f"= {words.said(question, words.typed(question, text))}"
            return f"{below}\n  {said}\n  "

        below = self._below(card, 0)
        made = questionary.text(
            question.prompt, default=words.as_typed(question, card.default), qmark=" ", validate=verdict,
            instruction=_Live.of(read_back), validate_while_typing=False, style=_STYLE, **self._how(),
        )  # fmt: skip
        return made

    def _below(self, card: Card, rows: int) -> str:
        """What stands below a question: how to answer, what is settled, what follows."""
        width = shutil.get_terminal_size().columns - 3
        ways = []
        if rows:
            ways.append("Space ticks · Enter goes on" if card.question.type == "any-of" else "Enter chooses")
        if rows > _SEARCHED:
            ways.append(f"type to search {rows} rows")
        lines = [" · ".join(ways), _LIST_KEYS if rows else _KEYS, words.so_far(self.engine, card.standing, width)]
        lines.append(" · ".join(part for part in (words.ahead(card), words.progress(card)) if part))
        lines = [line for line in lines if line]
        return "".join(f"\n  {line if len(line) <= width else line[: width - 1] + '…'}" for line in lines)

    def _how(self) -> dict[str, Any]:
        depth = None if self.colour else ColorDepth.DEPTH_1_BIT
        return {"output": self.output, "erase_when_done": True, "color_depth": depth}

    def _run(self, made: Any, why: list[str], typed: Question | None = None, many: bool = False) -> Reply:
        """Runs a prompt with the keys of the interview laid over its own."""
        application: Application[Any] = made.application
        control = next(
            (w.content for w in application.layout.find_all_windows() if isinstance(w.content, InquirerControl)), None
        )
        own = KeyBindings()

        def key(*names: str, when: Callable[[], bool] = lambda: True) -> Callable[..., Any]:
            def add(handler: Callable[[KeyPressEvent], None]) -> None:
                for name in names:

                    @own.add(name, eager=True)
                    def _(event: KeyPressEvent) -> None:
                        if when():
                            handler(event)
                        elif control is not None:
                            control.add_search_character(event.data)  # type: ignore[arg-type]  # it takes any text
                        elif event.data.isprintable():
                            event.current_buffer.insert_text(event.data)

            return add

        free = typed is not None and typed.type == "text"
        empty: Callable[[], bool] = lambda: not (free and application.current_buffer.text)  # noqa: E731

        @key("?", when=lambda: bool(why) and empty())
        def _(_: KeyPressEvent) -> None:
            self._aside(*why)

        @key("<", "s-tab", when=empty)
        def _(event: KeyPressEvent) -> None:
            event.app.exit(result=Reply(BACK))

        @key("c-d")
        def _(event: KeyPressEvent) -> None:
            event.app.exit(result=Reply(STOP))

        if control is not None:
            _lists(own, control, many, self._aside)

            @key("-", when=lambda: bool(why) and not control.search_filter)
            def _(event: KeyPressEvent) -> None:
                event.app.exit(result=Reply(UNKNOWN))
        bindings = [application.key_bindings, own] if application.key_bindings else [own]
        application.key_bindings = merge_key_bindings(bindings)
        return _reply(made.unsafe_ask(), typed)

    def _aside(self, *texts: str) -> None:
        """Shows texts above the prompt that is open."""
        width = min(shutil.get_terminal_size().columns - 4, 100)
        lines = [f"  {line}" for text in texts for line in wrap(text, width)]
        run_in_terminal(lambda: self.say("\n".join(lines)))

    def _bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self.colour else text


def _lists(own: KeyBindings, control: InquirerControl, many: bool, aside: Callable[[str], None]) -> None:
    """The keys of a list: the rows that are no value, and `none`, stand alone where several can be ticked."""
    alone = (_UNKNOWN, _NONE, NONE)

    def nothing_found() -> bool:
        """Whether what was typed fits no row; questionary then shows all of them."""
        lost = bool(control.search_filter and control.filtered_choices and not control.found_in_search)
        if lost:
            aside(f"Nothing here holds “{control.search_filter}”; Ctrl-U clears it.")
        return lost

    @own.add("c-u", eager=True)
    @own.add("escape", eager=True)
    def _(_: KeyPressEvent) -> None:
        control.search_filter = None
        control.pointed_at = 0

    @own.add("space", eager=True)
    def _(_: KeyPressEvent) -> None:
        if not many and control.search_filter:
            control.add_search_character(" ")  # type: ignore[arg-type]  # it takes any text
        if not many or nothing_found():
            return
        pointed = control.get_pointed_at().value
        if pointed in control.selected_options:
            control.selected_options.remove(pointed)
            return
        kept = [] if pointed in alone else [one for one in control.selected_options if one not in alone]
        control.selected_options = [*kept, pointed]

    @own.add("tab", eager=True)
    def _(_: KeyPressEvent) -> None:
        control.select_next()

    @own.add("c-a", eager=True)
    def _(_: KeyPressEvent) -> None:
        """Ticking everything is no answer to any question."""

    @own.add("enter", eager=True)
    def _(event: KeyPressEvent) -> None:
        pointed = control.get_pointed_at().value
        if many and control.selected_options:
            event.app.exit(result=[one.value for one in control.choices if one.value in control.selected_options])
        elif not nothing_found():
            if not many or pointed in alone:
                event.app.exit(result=[pointed] if many else pointed)
            else:
                aside("Tick with the space bar, then press Enter.")


def _reply(result: Any, typed: Question | None) -> Reply:
    if isinstance(result, Reply):
        return result
    if typed is not None:
        return Reply(ANSWER, words.typed(typed, result)) if result.strip() else Reply(UNKNOWN)
    if result in (_UNKNOWN, [_UNKNOWN]):
        return Reply(UNKNOWN)
    return Reply(ANSWER, [] if result == [_NONE] else result)
