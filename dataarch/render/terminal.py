"""Pages and reports on a terminal: wrapped to its width, and in colour where that is wanted."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from dataarch.errors import Finding
from dataarch.render import words
from dataarch.render.page import (
    Block,
    Command,
    Heading,
    Item,
    Label,
    Paragraph,
    Source,
    Span,
    Table,
    prose,
)
from dataarch.render.table import STYLES, laid_out, styled

if TYPE_CHECKING:
    from dataarch.comparison import Comparison
    from dataarch.engine.engine import Engine
    from dataarch.explanation import Explanation
    from dataarch.recommendation import Recommendation

PROSE = 110
"""The widest that prose is set; a wider line is hard to read."""
_NARROWEST = 40


class Report(Protocol):
    """What a check of the rules found: what is wrong, what was proven, and how long it took."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong."""

    @property
    def lines(self) -> list[str]:
        """What was gone through."""

    @property
    def seconds(self) -> float:
        """How long it took."""


def recommendation(result: Recommendation, plain: bool = False, full: bool = False, sources: bool = False) -> str:
    """The screen of a recommendation, in short or `full`, with its `sources` listed or not.

    `plain` leaves colour away and keeps to 80 columns, as for a file.
    """
    from dataarch.render import answer

    return _Screen(plain).show(answer.page(result, full, sources))


def comparison(result: Comparison, names: tuple[str, str], plain: bool = False, sources: bool = False) -> str:
    """The screen of a comparison of two profiles, `names` being their files, with its `sources` listed or not."""
    from dataarch.render import difference

    return _Screen(plain).show(difference.page(result, names, sources))


def explanation(found: Explanation, sources: bool = False) -> str:
    """The screen of an explanation, with its `sources` listed or not."""
    from dataarch.render import topic

    return _Screen().show(topic.page(found, sources))


def page(blocks: Iterable[Block]) -> str:
    """The screen of a page."""
    return _Screen().show(blocks)


def topics(engine: Engine, found: dict[str, list[str]]) -> str:
    """The screen that lists what can be explained."""
    from dataarch.render import topic

    return _Screen().show(topic.listing(engine, found))


def report(found: Report) -> str:
    """The screen of a check of the rules: what is wrong first, then what was proven."""
    count = len(found.findings)
    title = f"{count} finding{'' if count == 1 else 's'}" if count else "The rules hold"
    blocks: list[Block] = [Heading(1, title)]
    blocks += [Item(prose(str(finding))) for finding in found.findings]
    if found.lines:
        blocks += [Heading(2, "What was gone through"), *(Item(prose(line)) for line in found.lines)]
    return _Screen().show([*blocks, Paragraph((Span(f"In {found.seconds:.1f} s.", "note"),))])


def examples(count: int, failed: list[Finding]) -> str:
    """The screen of a run of examples: those that come out otherwise than they say."""
    title = f"{count} examples come out as they say"
    if failed:
        title = f"{len(failed)} of {count} examples come out otherwise"
    return _Screen().show([Heading(1, title), *(Item(prose(str(finding))) for finding in failed)])


class _Screen:
    """Lines of text of one width, gathered block by block."""

    def __init__(self, plain: bool = False) -> None:
        colour = not plain and _shows_colour()
        columns = shutil.get_terminal_size((80, 24)).columns
        if plain and not os.environ.get("COLUMNS"):
            columns = 80
        self.width = max(columns, _NARROWEST)
        self.indent = 0
        self.address = ""
        self.console = Console(
            file=io.StringIO(),
            width=self.width,
            force_terminal=colour,
            color_system="standard" if colour else None,
            no_color=not colour,
            legacy_windows=False,
        )
        self.lines: list[Text] = []

    def show(self, blocks: Iterable[Block]) -> str:
        """The blocks as text."""
        for block in blocks:
            self._block(block)
        self._address()
        for line in self.lines:
            line.rstrip()
        if self.console.no_color:
            return "".join(f"{line.plain}\n" for line in self.lines)
        with self.console.capture() as captured:
            self.console.print(Text("\n").join(self.lines), soft_wrap=True, highlight=False)
        return captured.get()

    def _block(self, block: Block) -> None:
        if not isinstance(block, Source) or block.address != self.address:
            self._address()
        if isinstance(block, Heading):
            self._heading(block)
        elif isinstance(block, Paragraph):
            self._wrapped(styled(block.line), self.indent)
        elif isinstance(block, Label):
            self._wrapped(Text(f"{block.text}:", style=STYLES["label"]), self.indent)
        elif isinstance(block, Item):
            self._wrapped(styled(block.line), self.indent + 2 * block.level, "- ")
        elif isinstance(block, Table):
            self._blank()
            self.lines += laid_out(block, self.width, self.console)
            if not block.compact:
                self._blank()
        elif isinstance(block, Source):
            self._wrapped(styled((Span(block.id, "strong"), Span(f": {block.title}"))), 0, "- ")
            self.address = block.address
        elif isinstance(block, Command):
            self._command(block.parts)

    def _address(self) -> None:
        """Adds the address of the sources above, whole: a broken one could not be opened."""
        if self.address:
            self.lines.append(Text(f"  {words.printable(self.address)}", style=STYLES["note"]))
            self.address = ""

    def _command(self, parts: tuple[str, ...]) -> None:
        """Adds a command, broken as a shell takes it where it is too wide."""
        lines = [parts[0]]
        for part in parts[1:]:
            if len(lines[-1]) + len(part) + 7 <= self.width:
                lines[-1] += f" {part}"
            else:
                lines.append(part)
        for index, line in enumerate(lines):
            ending = " \\" if index < len(lines) - 1 else ""
            text = f"{'    ' if index else '  '}{words.printable(line)}{ending}"
            self.lines.append(Text(text, style=STYLES["strong"]))

    def _heading(self, heading: Heading) -> None:
        self.indent = 0
        if heading.level < 4:
            self._blank()
        text = words.printable(heading.text)
        title = Text.assemble((text, STYLES["answer" if heading.level == 1 else "heading"]), styled(heading.aside))
        self._wrapped(title, 0)
        if heading.level == 2:
            self.lines.append(Text("─" * min(cell_len(text), self.width), style=STYLES["note"]))
        self.indent = 2 if heading.level >= 3 else 0

    def _blank(self) -> None:
        if self.lines and self.lines[-1].plain.strip("─"):
            self.lines.append(Text())

    def _wrapped(self, text: Text, indent: int, lead: str = "") -> None:
        """Adds a text, its later lines aligned with the first behind the lead."""
        hang = indent + len(lead)
        for index, line in enumerate(text.wrap(self.console, min(self.width, PROSE) - hang)):
            self.lines.append(Text(" " * indent + (" " * len(lead) if index else lead)).append_text(line))


def _shows_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
