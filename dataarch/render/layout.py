"""Where the boxes and arrows of a picture stand: columns from left to right, or one column for a narrow screen."""

from __future__ import annotations

import itertools
import textwrap
from typing import NamedTuple

from dataarch.picture import END, Box, Picture
from dataarch.rulebase.catalogue import Arrow

WIDTH = 178
_GAP, _SPACE, _MARGIN, _HEAD, _PAD = 46, 18, 6, 34, 12
_TITLE, _NAME, _STANDING, _LANE = 17, 18, 17, 14
_LETTERS = 18
"""How many letters of a name fit on a line of a box; titles, which are smaller, have room for a few more."""
_NARROW, _GUTTER, _STEP = 360, 22, 9
_SWEEPS = 6

Point = tuple[float, float]


class Placed(NamedTuple):
    """A box with its place, its title and its names broken into lines."""

    box: Box
    x: float
    y: float
    width: float
    height: float
    title: list[str]
    names: list[str]


class Band(NamedTuple):
    """The panel behind a layer, with its heading."""

    title: str
    x: float
    y: float
    width: float
    height: float


class Path(NamedTuple):
    """An arrow as a curve: the first point, then three points for each piece."""

    arrow: Arrow
    points: list[Point]


class Layout(NamedTuple):
    """A whole drawing."""

    width: float
    height: float
    bands: list[Band]
    boxes: list[Placed]
    paths: list[Path]


def wide(picture: Picture) -> Layout:
    """Layers as columns, data flowing from left to right."""
    columns = _ordered(picture)
    heights = {box.id: _height(box, WIDTH) for box in picture.boxes}
    totals = [sum(heights.get(name, _LANE) + _SPACE for name in column) - _SPACE for column in columns]
    tallest = max(totals, default=0)
    bands: list[Band] = []
    boxes: dict[str, Placed] = {}
    lanes: dict[str, Point] = {}
    byid = {box.id: box for box in picture.boxes}
    for number, (layer, column) in enumerate(zip(picture.layers, columns, strict=True)):
        x = _MARGIN + number * (WIDTH + _GAP) + _PAD
        bands.append(Band(layer.title, x - _PAD, _MARGIN, WIDTH + 2 * _PAD, tallest + _HEAD + 2 * _PAD))
        y = _MARGIN + _HEAD + _PAD + (tallest - totals[number]) / 2
        for name in column:
            if name in byid:
                boxes[name] = _placed(byid[name], x, y, WIDTH)
                y += heights[name] + _SPACE
            else:
                lanes[name] = (x, y + _LANE / 2)
                y += _LANE + _SPACE
    width = bands[-1].x + bands[-1].width + _MARGIN if bands else 0
    paths = _paths(picture, columns, boxes, lanes)
    return Layout(width, tallest + _HEAD + 2 * _PAD + 2 * _MARGIN, bands, list(boxes.values()), paths)


def narrow(picture: Picture) -> Layout:
    """All boxes below each other, arrows in the gutter on their right, for a narrow screen."""
    reach = max((_span(picture, arrow) for arrow in picture.arrows), default=0)
    gutter = _GUTTER + _STEP * reach
    inner = _NARROW - 2 * _PAD - gutter
    bands, boxes, y = [], {}, 0.0
    for layer in picture.layers:
        top = y
        y += _HEAD
        for box in layer.boxes:
            boxes[box.id] = _placed(box, _PAD, y, inner)
            y += boxes[box.id].height + _SPACE
        y += _PAD - _SPACE
        bands.append(Band(layer.title, 0, top, _NARROW, y - top))
        y += _PAD
    ports: dict[str, int] = {}
    paths = []
    for arrow in sorted(picture.arrows, key=lambda one: _span(picture, one)):
        start, end = boxes[arrow.start], boxes[arrow.end]
        right = start.x + start.width
        out = right + _GUTTER + _STEP * (_span(picture, arrow) - 1)
        first, last = _port(start, ports), _port(end, ports)
        bend = 10 if last > first else -10
        points: list[Point] = [(right, first), (out, first), (out, first), (out, first + bend)]
        points += [(out, first + bend), (out, last - bend), (out, last - bend)]
        points += [(out, last), (out, last), (right + 1, last)]
        paths.append(Path(arrow, points))
    return Layout(_NARROW, max(y - _PAD, 0), bands, list(boxes.values()), paths)


def _span(picture: Picture, arrow: Arrow) -> int:
    """How many boxes an arrow passes on its way, and one."""
    order = [box.id for box in picture.boxes]
    return abs(order.index(arrow.end) - order.index(arrow.start))


def _port(placed: Placed, taken: dict[str, int]) -> float:
    """The next free height on the side of a box."""
    number = taken.get(placed.box.id, 0)
    taken[placed.box.id] = number + 1
    return placed.y + 14 + number * 9 % max(placed.height - 22, 1)


def _placed(box: Box, x: float, y: float, width: float) -> Placed:
    letters = int(_LETTERS * (width - 8) / (WIDTH - 8))
    title = _title_lines(box, letters)
    names = [line for name in box.names for line in textwrap.wrap(name, letters)]
    return Placed(box, x, y, width, _height(box, width), title, names)


def _height(box: Box, width: float) -> float:
    letters = int(_LETTERS * (width - 8) / (WIDTH - 8))
    lines = sum(len(textwrap.wrap(name, letters)) for name in box.names)
    standing = _STANDING if box.standing else 0
    return 16 + _TITLE * len(_title_lines(box, letters)) + _NAME * lines + standing


def _title_lines(box: Box, letters: int) -> list[str]:
    """The title of a box in lines; the panel around an end bears its title already."""
    return [] if box.layer == END else textwrap.wrap(box.title, letters + 4)


def _ordered(picture: Picture) -> list[list[str]]:
    """The boxes of each column, and the lanes of arrows that pass it, in an order with few crossings."""
    columns = [[box.id for box in layer.boxes] for layer in picture.layers]
    place = {name: number for number, column in enumerate(columns) for name in column}
    links: list[tuple[str, str]] = []
    for arrow in picture.arrows:
        step = 1 if place[arrow.end] > place[arrow.start] else -1
        passed = [(number, _lane(arrow, number)) for number in range(place[arrow.start] + step, place[arrow.end], step)]
        for number, name in passed:
            columns[number].append(name)
        chain = [arrow.start, *(name for _, name in passed), arrow.end]
        links += itertools.pairwise(chain)
    inside = [(one.start, one.end) for one in picture.arrows if place[one.start] == place[one.end]]
    near: dict[str, list[str]] = {}
    for start, end in links:
        near.setdefault(start, []).append(end)
        near.setdefault(end, []).append(start)
    for _ in range(_SWEEPS):
        at = {name: (index + 0.5) / len(column) for column in columns for index, name in enumerate(column)}
        for number, column in enumerate(columns):
            weights = {name: [at[other] for other in near.get(name, ())] for name in column}
            middle = {name: sum(found) / len(found) if found else at[name] for name, found in weights.items()}
            columns[number] = _downwards(column, {name: (middle[name], at[name]) for name in column}, inside)
            at |= {name: (index + 0.5) / len(column) for index, name in enumerate(columns[number])}
    return columns


def _downwards(column: list[str], weights: dict[str, tuple[float, float]], inside: list[tuple[str, str]]) -> list[str]:
    """A column by weight, except that what hands on to another one of it stands above that."""
    left, order = sorted(column, key=lambda name: weights[name]), []
    while left:
        waiting = {end for start, end in inside if start in left}
        name = next((name for name in left if name not in waiting), left[0])
        left.remove(name)
        order.append(name)
    return order


def _lane(arrow: Arrow, column: int) -> str:
    return f"{arrow.start} {arrow.end} {column}"


def _paths(picture: Picture, columns: list[list[str]], boxes: dict[str, Placed],
           lanes: dict[str, Point]) -> list[Path]:  # fmt: skip
    place = {name: number for number, column in enumerate(columns) for name in column}
    leaving: dict[tuple[str, bool], list[Arrow]] = {}
    arriving: dict[tuple[str, bool], list[Arrow]] = {}
    for arrow in picture.arrows:
        forward = place[arrow.end] > place[arrow.start]
        if place[arrow.end] != place[arrow.start]:
            leaving.setdefault((arrow.start, forward), []).append(arrow)
            arriving.setdefault((arrow.end, forward), []).append(arrow)
    paths: list[Path] = []
    for arrow in picture.arrows:
        start, end = boxes[arrow.start], boxes[arrow.end]
        if place[arrow.start] == place[arrow.end]:
            column = place[arrow.end]
            before = sum(place[one.arrow.start] == column == place[one.arrow.end] for one in paths)
            paths.append(Path(arrow, _beside(start, end, boxes, 9 + 5 * before)))
            continue
        forward = place[arrow.end] > place[arrow.start]
        step = 1 if forward else -1
        first = _side(start, forward, leaving[arrow.start, forward], arrow, boxes, "end")
        last = _side(end, not forward, arriving[arrow.end, forward], arrow, boxes, "start")
        points = [first]
        for number in range(place[arrow.start] + step, place[arrow.end], step):
            x, y = lanes[_lane(arrow, number)]
            near, far = (x, x + WIDTH) if forward else (x + WIDTH, x)
            points += [*_curve(points[-1], (near, y)), (near, y), (far, y), (far, y)]
        points += _curve(points[-1], last)
        paths.append(Path(arrow, points))
    return paths


def _side(placed: Placed, right: bool, arrows: list[Arrow], arrow: Arrow, boxes: dict[str, Placed],
          other: str) -> Point:  # fmt: skip
    """Where an arrow meets the side of a box: arrows of one side share it in the order of what they lead to."""
    order = sorted(arrows, key=lambda one: boxes[getattr(one, other)].y)
    share = (order.index(arrow) + 1) / (len(order) + 1)
    return placed.x + (placed.width if right else -1), placed.y + placed.height * share


def _curve(start: Point, end: Point) -> list[Point]:
    middle = (start[0] + end[0]) / 2
    return [(middle, start[1]), (middle, end[1]), end]


def _beside(start: Placed, end: Placed, boxes: dict[str, Placed], away: int) -> list[Point]:
    """Between two boxes of one column: straight where they are neighbours, else around those between them."""
    down = end.y > start.y
    high, low = (start, end) if down else (end, start)
    between = [one for one in boxes.values() if one.x == start.x and high.y < one.y < low.y]
    if not between:
        x = start.x + start.width / 2
        first, last = (start.y + start.height, end.y - 1) if down else (start.y, end.y + end.height + 1)
        return [(x, first), (x, first), (x, last), (x, last)]
    out = start.x + start.width + away
    first, last = start.y + start.height / 2, end.y + end.height / 2 + (-6 if down else 6)
    edge = start.x + start.width
    middle = (first + last) / 2
    return [(edge, first), (out, first), (out, first), (out, middle), (out, last), (out, last), (edge, last)]
