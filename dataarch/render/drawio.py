"""A picture as a draw.io document, for architects who want to go on with it."""

from __future__ import annotations

from html import escape

from dataarch.picture import END, Picture
from dataarch.render import words
from dataarch.render.layout import Layout, Placed, wide

_BAND = "rounded=1;arcSize=3;fillColor=#F2F4F8;strokeColor=none;verticalAlign=top;spacingTop=6;fontStyle=1;"
_BOX = "rounded=1;arcSize=6;whiteSpace=wrap;html=1;fillColor=#FFFFFF;strokeColor=#7B8794;fontColor=#1F2933;"
_ENDS = "rounded=1;whiteSpace=wrap;html=1;fillColor=#E7ECF3;strokeColor=none;fontColor=#1F2933;"
_FLOW = "edgeStyle=entityRelationEdgeStyle;rounded=1;strokeColor=#2F6F9F;endArrow=block;endFill=1;"
_CONTROL = "edgeStyle=entityRelationEdgeStyle;rounded=1;strokeColor=#7B8794;endArrow=block;endFill=1;dashed=1;"


def text(picture: Picture) -> str:
    """The document, uncompressed, so that a code host can compare two of them."""
    layout: Layout = wide(picture)
    cells = ['<mxCell id="0"/>', '<mxCell id="1" parent="0"/>']
    for number, band in enumerate(layout.bands):
        where = (band.x, band.y, band.width, band.height)
        cells.append(_vertex(f"layer-{number}", _safe(band.title), _BAND, where))
    for placed in layout.boxes:
        cells.append(_vertex(f"box-{placed.box.id}", _label(placed), _style(placed),
                             (placed.x, placed.y, placed.width, placed.height)))  # fmt: skip
    if picture.note:
        where = (8, layout.height - 24, layout.width - 16, 20)
        cells.append(_vertex("note", _safe(picture.note), "text;align=left;fontSize=12;fontColor=#52606D;", where))
    for number, arrow in enumerate(picture.arrows):
        style = _FLOW if arrow.kind == "flow" else _CONTROL
        cells.append(
            f'<mxCell id="arrow-{number}" style="{style}" edge="1" parent="1" source="box-{_safe(arrow.start)}" '
            f'target="box-{_safe(arrow.end)}"><mxGeometry relative="1" as="geometry"/></mxCell>'
        )
    body = "\n        ".join(cells)
    return (
        f'<mxfile host="dataarch">\n  <diagram name="{_safe(picture.title or "Architecture")}">\n'
        f'    <mxGraphModel page="1" pageWidth="{layout.width:.0f}" pageHeight="{layout.height:.0f}">\n'
        f"      <root>\n        {body}\n      </root>\n    </mxGraphModel>\n  </diagram>\n</mxfile>\n"
    )


def _vertex(id: str, label: str, style: str, where: tuple[float, float, float, float]) -> str:
    x, y, width, height = (f"{number:.0f}" for number in where)
    return (
        f'<mxCell id="{_safe(id)}" value="{label}" style="{style}" vertex="1" parent="1">'
        f'<mxGeometry x="{x}" y="{y}" width="{width}" height="{height}" as="geometry"/></mxCell>'
    )


def _label(placed: Placed) -> str:
    """The text of a box: HTML, and so escaped twice."""
    box = placed.box
    names = "<br>".join(f"<b>{_safe(name)}</b>" for name in box.names)
    standing = f'<br><font style="font-size: 10px">{_safe(box.standing)}</font>' if box.standing else ""
    return escape(f'<font style="font-size: 11px">{_safe(box.title)}</font><br>{names}{standing}')


def _style(placed: Placed) -> str:
    if placed.box.layer == END:
        return _ENDS
    return f"{_BOX}dashed=1;" if placed.box.open else _BOX


def _safe(text: str) -> str:
    return escape(words.printable(text))
