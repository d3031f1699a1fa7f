"""One page of HTML that stands alone: no script, no request, readable by day and by night, on a phone and on paper.

A page is made of sections, a section of blocks, and each block is a text of HTML that a function here has made from
plain values, escaped. Charts are in `pipeline.chart`.
"""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; --ink: #1b2530; --soft: #566573; --line: #d5dbe1; --page: #fff; --tile: #f4f6f8;
  --one: #1769aa; --two: #b45309; --three: #2e7d32; --four: #7b3fa0; --alert: #c0392b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaee; --soft: #a3b0bc; --line: #3a4652; --page: #141a20;
  --tile: #1e262e; --one: #6db3f2; --two: #f0a04b; --three: #7bc67e; --four: #c594e6; --alert: #ff7b6b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
p { margin: .5rem 0; max-width: 46rem; }
.soft, figcaption, dt { color: var(--soft); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .75rem; margin: 1rem 0; }
dl div { background: var(--tile); border-radius: .5rem; padding: .6rem .75rem; }
dd { margin: 0; font-size: 1.35rem; font-weight: 600; overflow-wrap: anywhere; }
dt { font-size: .85rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; min-width: 20rem; }
th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th.n, td.n { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 1rem 0; }
svg { display: block; width: 100%; height: auto; max-width: 60rem; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
@media print { body { max-width: none; } h2, figure, table { break-inside: avoid; } }
"""


class Section(NamedTuple):
    """A heading and what stands under it, as blocks of HTML."""

    title: str
    blocks: Sequence[str]


def page(title: str, lead: str, sections: Sequence[Section]) -> str:
    """Returns the page."""
    body = "".join(f"<section><h2>{escape(one.title)}</h2>{''.join(one.blocks)}</section>" for one in sections)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{paragraph(lead)}{body}</main></body></html>\n"
    )


def paragraph(text: str) -> str:
    """Returns a paragraph.

    >>> paragraph("a < b")
    '<p>a &lt; b</p>'
    """
    return f"<p>{escape(text)}</p>"


def tiles(values: Mapping[str, object]) -> str:
    """Returns figures that are seen first, each with what it is.

    >>> tiles({"posted": 606})
    '<dl><div><dt>posted</dt><dd>606</dd></div></dl>'
    """
    shown = (f"<div><dt>{escape(name)}</dt><dd>{escape(_text(value))}</dd></div>" for name, value in values.items())
    return f"<dl>{''.join(shown)}</dl>"


def table(rows: Sequence[Mapping[str, object]], empty: str = "Nothing.") -> str:
    """Returns rows under the names of their columns, numbers to the right; `empty` says that there are none."""
    if not rows:
        return paragraph(empty)
    numbers = {name for name in rows[0] if all(_number(row[name]) for row in rows)}
    marks = {name: ' class="n"' if name in numbers else "" for name in rows[0]}
    head = "".join(f'<th scope="col"{marks[name]}>{escape(name)}</th>' for name in rows[0])
    lines = "".join(
        "<tr>" + "".join(f"<td{marks[name]}>{escape(_text(row[name]))}</td>" for name in rows[0]) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'


def write(path: Path, content: str) -> Path:
    """Writes the page in one step, so that nobody opens a half of it; returns where it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(content, encoding="utf-8")
    part.replace(path)
    return path


def _number(value: object) -> bool:
    """Whether a value is a number, also as Athena prints it; nothing is one too."""
    try:
        return value is None or float(str(value)) is not None
    except ValueError:
        return False


def _text(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
