"""A picture as SVG: by itself, or as a part of a page whose boxes lead to their decisions."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from dataarch.picture import END, Picture
from dataarch.render import words
from dataarch.render.layout import Band, Layout, Path, Placed, narrow, wide

OPEN, SETTLED = "○", "●"
_STYLE = """
.band{fill:#f2f4f8}.band-title{fill:#4a5568;font-size:13px;font-weight:600}
.box rect{fill:#fff;stroke:#7b8794;stroke-width:1}.box.open rect{stroke-dasharray:5 3}
.box.end rect{fill:#e7ecf3;stroke:none}.title,.standing{fill:#52606d;font-size:12px}
.name{fill:#1f2933;font-size:13.5px;font-weight:600}
.flow,.control{fill:none;stroke:#2f6f9f;stroke-width:1.6}.control{stroke:#7b8794;stroke-dasharray:2 4}
.head{fill:#2f6f9f}.head-control{fill:#7b8794}text{font-family:system-ui,sans-serif}
"""


def text(picture: Picture) -> str:
    """A picture as an SVG document that stands by itself."""
    return drawn(picture, wide(picture), "p", style=_STYLE) + "\n"


def embedded(picture: Picture, address: Callable[[str], str]) -> tuple[str, str]:
    """A picture as two parts of a page, wide and narrow; `address` says where the box of a decision leads."""
    return (
        drawn(picture, wide(picture), "w", address=address),
        drawn(picture, narrow(picture), "n", address=address),
    )


def drawn(picture: Picture, layout: Layout, prefix: str, style: str = "",
          address: Callable[[str], str] | None = None) -> str:  # fmt: skip
    """A layout as SVG; `prefix` keeps the ids of several drawings of a page apart."""
    title = _safe(picture.title or "Architecture")
    # A picture of links is a group of links, not one image: what is in an image cannot be reached.
    role = 'role="img"' if address is None else 'role="group"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(layout.width)} {_n(layout.height)}" '
        f'width="{_n(layout.width)}" height="{_n(layout.height)}" {role} aria-label="{title}">'
    )
    parts = [head, f"<style>{style}</style>" if style else "", _markers(prefix)]
    parts += [_band(band) for band in layout.bands]
    parts += [_path(path, prefix) for path in layout.paths]
    parts += [_box(placed, address) for placed in layout.boxes]
    if picture.note:
        parts.append(f'<text class="standing" x="8" y="{_n(layout.height - 6)}">{_safe(picture.note)}</text>')
    return "\n".join(part for part in [*parts, "</svg>"] if part)


def _markers(prefix: str) -> str:
    made = [
        f'<marker id="{prefix}-{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path class="{style}" d="M0 0L8 4L0 8z"/></marker>'
        for kind, style in (("flow", "head"), ("control", "head-control"))
    ]
    return f"<defs>{''.join(made)}</defs>"


def _band(band: Band) -> str:
    middle = _n(band.x + band.width / 2)
    return (
        f'<rect class="band" x="{_n(band.x)}" y="{_n(band.y)}" width="{_n(band.width)}" height="{_n(band.height)}" '
        f'rx="10"/><text class="band-title" x="{middle}" y="{_n(band.y + 23)}" text-anchor="middle">'
        f"{_safe(band.title)}</text>"
    )


def _path(path: Path, prefix: str) -> str:
    first, *rest = path.points
    pieces = "".join(
        "C" + " ".join(f"{_n(x)},{_n(y)}" for x, y in rest[at : at + 3]) for at in range(0, len(rest), 3)
    )
    kind = path.arrow.kind
    shape = f"M{_n(first[0])},{_n(first[1])}{pieces}"
    return f'<path class="{kind}" d="{shape}" marker-end="url(#{prefix}-{kind})"/>'


def _box(placed: Placed, address: Callable[[str], str] | None) -> str:
    box = placed.box
    kind = "end" if box.layer == END else "open" if box.open else "settled"
    left, y = _n(placed.x + 11), placed.y + 20
    lines = []
    for line in placed.title:
        lines.append(f'<text class="title" x="{left}" y="{_n(y)}">{_safe(line)}</text>')
        y += 17
    y += 1
    for line in placed.names:
        lines.append(f'<text class="name" x="{left}" y="{_n(y)}">{_safe(line)}</text>')
        y += 18
    if box.standing:
        mark = OPEN if box.open else SETTLED
        lines.append(f'<text class="standing" x="{left}" y="{_n(y)}">{mark} {_safe(box.standing)}</text>')
    shape = (
        f'<rect x="{_n(placed.x)}" y="{_n(placed.y)}" width="{_n(placed.width)}" height="{_n(placed.height)}" rx="7"/>'
    )
    inside = f'<g class="box {kind}">{shape}{"".join(lines)}</g>'
    if address is None or box.layer == END:
        return inside
    return f'<a href="{_safe(address(box.id))}" data-box="{_safe(box.id)}">{inside}</a>'


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _safe(text: str) -> str:
    return escape(words.printable(text))
