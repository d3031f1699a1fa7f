"""A picture as a Mermaid flowchart, which code hosts draw."""

from __future__ import annotations

from dataarch.picture import END, Box, Picture
from dataarch.render import words

_MARKS = str.maketrans({character: f"#{ord(character)};" for character in "\"'#&<>`[]{}()|\\;"})


def text(picture: Picture) -> str:
    """The flowchart, without a fence around it."""
    lines = ["flowchart LR"]
    for number, layer in enumerate(picture.layers):
        lines.append(f'  subgraph layer{number}["{_quoted(layer.title)}"]')
        lines += [f"    {_box(box)}" for box in layer.boxes]
        lines.append("  end")
    for arrow in picture.arrows:
        lines.append(f"  {_id(arrow.start)} {'-->' if arrow.kind == 'flow' else '-.->'} {_id(arrow.end)}")
    if picture.note:
        lines.append(f'  note["{_quoted(picture.note)}"]')
    unsure = [_id(box.id) for box in picture.boxes if box.open]
    if unsure:
        lines += ["  classDef open stroke-dasharray: 5 3", f"  class {','.join(unsure)} open"]
    return "\n".join(lines) + "\n"


def _box(box: Box) -> str:
    said = "<br>".join([_quoted(box.title), *(f"<b>{_quoted(name)}</b>" for name in box.names)])
    return f'{_id(box.id)}(["{said}"])' if box.layer == END else f'{_id(box.id)}["{said}"]'


def _id(id: str) -> str:
    """An id that no word of Mermaid's own can be."""
    return "n_" + id.replace("-", "_")


def _quoted(text: str) -> str:
    return words.printable(text).translate(_MARKS)
