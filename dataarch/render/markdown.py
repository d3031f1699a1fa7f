"""Pages as Markdown that renders on a code host; whatever a person or a rule wrote is shown literally."""

from __future__ import annotations

import re

from dataarch.comparison import Comparison
from dataarch.recommendation import Recommendation
from dataarch.render import answer, difference, words
from dataarch.render.page import (
    Block,
    Cell,
    Command,
    Fitted,
    Heading,
    Item,
    Label,
    Line,
    Paragraph,
    Source,
    Table,
    fitted,
)
from dataarch.rulebase.model import RuleBase

_SPECIAL = re.compile(r"[\\`*\[\]<>|~#&$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_AT_START = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")


def text(result: Recommendation) -> str:
    """A recommendation as one Markdown document."""
    return document(result.engine.base, answer.page(result))


def comparison(result: Comparison, names: tuple[str, str]) -> str:
    """A comparison as one Markdown document."""
    return document(result.first.engine.base, difference.page(result, names))


def document(base: RuleBase, blocks: list[Block]) -> str:
    """A page as a Markdown document."""
    made: list[str] = []
    before: Block | None = None
    for block in blocks:
        listed = isinstance(block, Item | Source) and isinstance(before, Item | Source)
        made += [] if listed or before is None else [""]
        made += _lines(base, block)
        before = block
    return "\n".join(made) + "\n"


def escaped(text: str) -> str:
    r"""A text that Markdown shows as it is.

    >>> print(escaped("1. [bold]a*b[/bold] | snake_case"))
    1\. \[bold\]a\*b\[/bold\] \| snake_case
    """
    shown = _inside(text)
    return _AT_START.sub(lambda found: found[1] + (f"{found[2]}\\" if found[2].isdigit() else f"\\{found[2]}"), shown)


def _inside(text: str) -> str:
    """A text that stands behind another one on its line."""
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", words.printable(text))


def _lines(base: RuleBase, block: Block) -> list[str]:
    if isinstance(block, Heading):
        return [f"{'#' * block.level} {escaped(block.text)}{_line(base, block.aside)}"]
    if isinstance(block, Paragraph):
        return [_line(base, block.line)]
    if isinstance(block, Label):
        return [f"**{escaped(block.text)}**"]
    if isinstance(block, Item):
        return [f"{'  ' * block.level}- {_line(base, block.line)}"]
    if isinstance(block, Source):
        return [f"- {_code(block.id)} {escaped(block.title)}: {_address(block.address)}"]
    if isinstance(block, Command):
        return ["```sh", words.printable(" ".join(block.parts)), "```"]
    return _table(base, block)


def _table(base: RuleBase, table: Table) -> list[str]:
    rows = [[escaped(head) for head in table.head], ["---"] * len(table.head)]
    rows += [[_cell(base, cell) for cell in row] for row in table.rows]
    return [f"| {' | '.join(row)} |" for row in rows]


def _cell(base: RuleBase, cell: Cell) -> str:
    if isinstance(cell, Fitted):
        return escaped(fitted(cell.lead, cell.items, 10**6, cell.tail))
    if isinstance(cell, list):
        return "<br>".join(_line(base, line) for line in cell)
    return _line(base, cell)


def _line(base: RuleBase, line: Line) -> str:
    made = ""
    for index, span in enumerate(line):
        if span.kind == "id":
            made += _code(span.text)
        elif span.kind == "reference":
            made += _reference(base, span.text)
        else:
            shown = _inside(span.text) if index else escaped(span.text)
            made += f"**{shown}**" if span.kind == "strong" else shown
    return made


def _reference(base: RuleBase, id: str) -> str:
    address = base.reference(id).address
    return f"[{escaped(id)}](<{address}>)" if address.startswith(("https://", "http://")) else _code(id)


def _address(address: str) -> str:
    return f"<{address}>" if address.startswith(("https://", "http://")) else _code(address)


def _code(text: str) -> str:
    """A text as code; backticks in it are fenced by longer ones, and a pipe keeps its table whole."""
    shown = words.printable(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    return f"{fence} {shown} {fence}" if "`" in shown else f"{fence}{shown}{fence}"
