"""Blocks of a page as HTML that carries no address to load from; whatever a person or a rule wrote is only text."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from dataarch.render import words
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

_KINDS = {"strong": "strong", "note": "small", "id": "code"}


def safe(text: str) -> str:
    """A text that HTML shows as it is, in an attribute too."""
    return escape(words.printable(text))


def blocks(page: Iterable[Block], label: int = 4) -> str:
    """Blocks as HTML; a label stands as a heading of a level."""
    made: list[str] = []
    listed: list[Item] = []
    for block in page:
        if isinstance(block, Item):
            listed.append(block)
            continue
        made += [_list(listed)] if listed else []
        listed = []
        made.append(_block(block, label))
    return "\n".join(made + ([_list(listed)] if listed else []))


def line(spans: Line) -> str:
    """A line as a run of text."""
    made = ""
    for span in spans:
        shown = safe(span.text)
        if span.kind == "reference":
            made += f'<a class="ref" href="#ref-{shown}">{shown}</a>'
        elif span.kind in _KINDS:
            tag = _KINDS[span.kind]
            made += f"<{tag}>{shown}</{tag}>"
        elif span.kind:
            made += f'<span class="{safe(span.kind)}">{shown}</span>'
        else:
            made += shown
    return made


def table(found: Table, caption: str = "") -> str:
    """A table with its head; a caption says what it is to those who do not see where it stands."""
    head = "".join(f'<th scope="col">{safe(title[:1].upper() + title[1:])}</th>' for title in found.head)
    rows = "\n".join(f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>" for row in found.rows)
    said = f'<caption class="unseen">{safe(caption)}</caption>' if caption else ""
    named = f' aria-label="{safe(caption)}"' if caption else ' aria-label="Table"'
    return (
        f'<div class="scroll" tabindex="0" role="region"{named}><table>{said}<thead><tr>{head}</tr></thead>'
        f"<tbody>\n{rows}\n</tbody></table></div>"
    )


def _block(block: Block, label: int) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{safe(block.text)}{line(block.aside)}</h{block.level}>"
    if isinstance(block, Paragraph):
        return f"<p>{line(block.line)}</p>" if block.line else ""
    if isinstance(block, Label):
        return f"<h{label}>{safe(block.text)}</h{label}>"
    if isinstance(block, Command):
        return f"<pre><code>{safe(' '.join(block.parts))}</code></pre>"
    if isinstance(block, Table):
        return table(block)
    if isinstance(block, Source):
        return f"<ul>{source(block)}</ul>"
    return _list([block])


def source(one: Source) -> str:
    """An entry of the list of sources, to which references lead."""
    title, id = safe(one.title), safe(one.id)
    shown = safe(one.address)
    if one.address.startswith(("https://", "http://")):
        title = f'<a href="{shown}" rel="noreferrer">{title}</a>'
    else:
        title += f" ({shown})"
    return f'<li id="ref-{id}"><code>{id}</code> {title}</li>'


def _list(found: list[Item]) -> str:
    """Items as nested lists."""
    made, depth = "", -1
    for item in found:
        level = min(item.level, depth + 1)
        if level > depth:
            made += "<ul>"
        else:
            made += "</li>" + "</ul></li>" * (depth - level)
        made += f"<li>{line(item.line)}"
        depth = level
    return made + "</li></ul>" * (depth + 1)


def _cell(cell: Cell) -> str:
    if isinstance(cell, Fitted):
        return safe(fitted(cell.lead, cell.items, 10**6, cell.tail))
    if isinstance(cell, list):
        return "<br>".join(line(one) for one in cell)
    return line(cell)
