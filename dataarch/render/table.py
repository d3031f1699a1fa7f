"""Styled text, and tables laid out for the width of a terminal."""

from __future__ import annotations

from itertools import zip_longest

from rich.console import Console
from rich.text import Text

from dataarch.render import words
from dataarch.render.page import Cell, Fitted, Line, Table, fitted, shortenings

STYLES = {
    "strong": "bold",
    "note": "dim",
    "id": "cyan",
    "reference": "dim",
    "high": "green",
    "medium": "yellow",
    "low": "magenta",
    "answer": "bold reverse",
    "heading": "bold",
    "label": "italic",
}
_GAP = 2
_NARROWEST = 8


def styled(line: Line) -> Text:
    """A line in the styles of its spans."""
    text = Text()
    for span in line:
        text.append(words.printable(span.text), style=STYLES.get(span.kind))
    return text


def laid_out(table: Table, width: int, console: Console) -> list[Text]:
    """The lines of a table, without rules: the head, then each row."""
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    heads = [Text(head, style=STYLES["heading"]) for head in table.head]
    natural = [max(cell.cell_len for cell in column) for column in zip(heads, *rows, strict=True)]
    room = width - _GAP * (len(natural) - 1)
    widths = _compact(table, natural, room) if table.compact else _widths(natural, room, table.shares)
    for head, size in zip(heads, widths, strict=True):
        head.truncate(size, overflow="ellipsis")
    lines = _row([[head] for head in heads], widths)
    for index, row in enumerate(table.rows):
        cells = [_laid(cell, size, table.compact, console) for cell, size in zip(row, widths, strict=True)]
        if index and not table.compact and any(isinstance(cell, list) for cell in row):
            lines.append(Text())
        lines += _row(cells, widths)
    return lines


def _cell(cell: Cell) -> Text:
    """A cell on one line, for its natural width."""
    if isinstance(cell, Fitted):
        return Text(words.printable(fitted(cell.lead, cell.items, 10**6, cell.tail)))
    if isinstance(cell, list):
        return Text("- ").append_text(max((styled(line) for line in cell), key=len, default=Text()))
    return styled(cell)


def _laid(cell: Cell, width: int, compact: bool, console: Console) -> list[Text]:
    """A cell as lines of a width."""
    if isinstance(cell, Fitted):
        shortened = words.printable(fitted(cell.lead, cell.items, width, cell.tail))
        return [Text(shortened, style=STYLES.get(cell.kind, ""))]
    if isinstance(cell, list):
        found: list[Text] = []
        for line in cell:
            for index, part in enumerate(styled(line).wrap(console, width - 2)):
                found.append(Text("  " if index else "- ").append_text(part))
        return found
    text = styled(cell)
    if compact:
        text.truncate(width, overflow="ellipsis")
        return [text]
    return list(text.wrap(console, width))


def _widths(natural: list[int], room: int, shares: tuple[int, ...]) -> list[int]:
    """The width of each column: its natural one where all fit, else its share, or the widest give way.

    What some do not need of their shares goes to those that lack most.
    """
    if shares and sum(natural) > room:
        shared = [min(size, room * share // sum(shares)) for size, share in zip(natural, shares, strict=True)]
        for place in sorted(range(len(natural)), key=lambda place: shared[place] - natural[place]):
            shared[place] += min(natural[place] - shared[place], room - sum(shared))
        return shared
    widths, least = list(natural), _NARROWEST
    while sum(widths) > room and max(widths) > least:
        widths[widths.index(max(widths))] -= 1
    return widths


def _compact(table: Table, natural: list[int], room: int) -> list[int]:
    """The width of each column of a compact table: what its cells need when they count most of their items.

    What is left over goes to the columns from the first to the last. Where it is too little, the last gives way, then
    the first.
    """
    if sum(natural) <= room:
        return natural
    columns = list(zip(*table.rows, strict=True))
    least = [natural[0], *(max(_least(cell) for cell in column) for column in columns[1:])]
    if _NARROWEST + sum(least[1:]) > room:
        least[-1] = max(_least(cell, last=True) for cell in columns[-1])
    least[0] = max(min(natural[0], room - sum(least[1:])), _NARROWEST)
    for place in range(1, len(natural)):
        left = room - sum(least[:place]) - sum(least[place + 1 :])
        least[place] = min(natural[place], left)
    return least


def _least(cell: Cell, last: bool = False) -> int:
    """The width in which a cell still says what it says: one item and how many more, or only how many; or its `last`
    resort, which says no more than that there are some."""
    if not isinstance(cell, Fitted):
        return _cell(cell).cell_len
    forms = [len(form) for form in shortenings(cell.lead, cell.items, cell.tail)]
    return min(forms[:-1] if ":" in cell.lead and not last else forms)


def _row(cells: list[list[Text]], widths: list[int]) -> list[Text]:
    lines = []
    for parts in zip_longest(*cells):
        line = Text()
        for part, size in zip(parts, widths, strict=True):
            text = part.copy() if part is not None else Text()
            line.append_text(text).append(" " * (size - text.cell_len + _GAP))
        lines.append(line)
    return lines
