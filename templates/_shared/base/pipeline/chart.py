"""Charts for `pipeline.page`, as SVG that takes its colours from the page."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

_COLOURS = ("var(--one)", "var(--two)", "var(--three)", "var(--four)")
_LEFT, _TOP, _WIDTH, _HEIGHT, _BOTTOM = 64, 12, 720, 240, 44
_TICKS = 4


class Point(NamedTuple):
    """A place on a chart."""

    x: float
    y: float


def lines(
    series: Mapping[str, Sequence[Point]],
    x: str,
    y: str,
    caption: str = "",
    marked: Mapping[str, Sequence[Point]] | None = None,
) -> str:
    """Returns curves by their names, and points to be noticed; `x` and `y` name the axes and their units."""
    marked = marked or {}
    everything = [point for points in (*series.values(), *marked.values()) for point in points]
    if not everything:
        return f"<figure><figcaption>{escape(caption)} No values.</figcaption></figure>"
    across = _scale([point.x for point in everything], _LEFT, _LEFT + _WIDTH)
    up = _scale([point.y for point in everything], _TOP + _HEIGHT, _TOP)
    drawn = [*_grid(across, up, x, y)]
    names: list[tuple[str, str]] = []
    for place, (name, points) in enumerate(series.items()):
        colour = _COLOURS[place % len(_COLOURS)]
        path = " ".join(f"{across.at(point.x):.1f},{up.at(point.y):.1f}" for point in points)
        drawn.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{path}"/>')
        names.append((name, colour))
    for name, points in marked.items():
        drawn += [
            f'<circle cx="{across.at(point.x):.1f}" cy="{up.at(point.y):.1f}" r="3.5" fill="var(--alert)"/>'
            for point in points
        ]
        names.append((name, "var(--alert)"))
    return _figure(drawn, names, caption, _TOP + _HEIGHT + _BOTTOM)


def bars(values: Mapping[str, float], unit: str, caption: str = "") -> str:
    """Returns one bar for each name, the value with its unit at its end."""
    most = max((abs(value) for value in values.values()), default=0) or 1
    drawn, room = [], 200
    for place, (name, value) in enumerate(values.items()):
        at = 6 + place * 26
        width = abs(value) / most * (_WIDTH - room - 60)
        drawn.append(f'<text x="{room - 8}" y="{at + 14}" text-anchor="end">{escape(_short(name, 30))}</text>')
        drawn.append(f'<rect x="{room}" y="{at}" width="{max(width, 1):.1f}" height="18" rx="2" fill="var(--one)"/>')
        said = escape(f"{number(value)} {unit}".strip())
        drawn.append(f'<text x="{room + width + 6:.1f}" y="{at + 14}">{said}</text>')
    return _figure(drawn, [], caption, 12 + 26 * len(values))


class _Scale(NamedTuple):
    """Where values lie on an axis."""

    least: float
    most: float
    start: float
    end: float

    def at(self, value: float) -> float:
        return self.start + (value - self.least) / (self.most - self.least) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Returns round values along the axis."""
        rough = (self.most - self.least) / _TICKS
        size = 10 ** math.floor(math.log10(rough))
        step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
        first = math.ceil(self.least / step - 1e-9)
        return [n * step for n in range(first, math.floor(self.most / step + 1e-9) + 1)]


def _scale(values: Sequence[float], start: float, end: float) -> _Scale:
    least, most = min(values), max(values)
    if (least > 0 and least < (most - least)) or least == most > 0:
        least = 0.0
    return _Scale(least, most if most > least else least + 1, start, end)


def _grid(across: _Scale, up: _Scale, x: str, y: str) -> list[str]:
    bottom, right = _TOP + _HEIGHT, _LEFT + _WIDTH
    drawn = []
    for tick in up.ticks():
        at = up.at(tick)
        drawn.append(f'<line x1="{_LEFT}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}" stroke="var(--line)"/>')
        drawn.append(f'<text x="{_LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{number(tick)}</text>')
    for tick in across.ticks():
        drawn.append(f'<text x="{across.at(tick):.1f}" y="{bottom + 18}" text-anchor="middle">{number(tick)}</text>')
    drawn.append(f'<text x="{right}" y="{bottom + 36}" text-anchor="end">{escape(x)}</text>')
    drawn.append(f'<text x="{_LEFT}" y="{bottom + 36}">↑ {escape(y)}</text>')
    return drawn


def _figure(drawn: Sequence[str], names: Sequence[tuple[str, str]], caption: str, height: int) -> str:
    key = " ".join(f'<span style="color:{colour}">■</span> {escape(name)}' for name, colour in names)
    said = " ".join(part for part in (escape(caption), key) if part)
    label = escape(caption or ", ".join(name for name, _ in names) or "chart", quote=True)
    box = f"0 0 {_LEFT + _WIDTH + 20} {height}"
    return (
        f'<figure><svg viewBox="{box}" role="img" aria-label="{label}">{"".join(drawn)}</svg>'
        f"<figcaption>{said}</figcaption></figure>"
    )


def number(value: float) -> str:
    """Returns a number with three figures that count, and no more zeros than it needs.

    >>> [number(value) for value in (0, 0.1 + 0.2, 1234.5, 25_000_000)]
    ['0', '0.3', '1,234', '25,000,000']
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
