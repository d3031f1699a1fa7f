"""The page stands alone and says what it was given, as text."""

import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

from pipeline import chart, page

HOSTILE = "</title><script>alert(1)</script> & \"quoted\""


class Tags(HTMLParser):
    """The tags, the attributes and the text of a page; tags that are left open."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.open: list[str] = []
        self.text = ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}
        if tag not in {"meta", "line", "polyline", "circle", "rect"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_holds_no_script_and_asks_for_nothing() -> None:
    points = [chart.Point(1, 0.5), chart.Point(2, 0.75)]
    blocks = [
        page.paragraph(HOSTILE),
        page.tiles({HOSTILE: HOSTILE}),
        page.table([{HOSTILE: HOSTILE}]),
        chart.lines({HOSTILE: points}, HOSTILE, HOSTILE, HOSTILE, {HOSTILE: points}),
        chart.bars({HOSTILE: 2.0}, HOSTILE, HOSTILE),
    ]
    found = Tags(page.page(HOSTILE, HOSTILE, [page.Section(HOSTILE, blocks)]))
    assert not found.open
    assert not {"script", "link", "img", "iframe", "object"} & set(found.tags)
    assert not {"src", "href", "onload", "srcset"} & found.names
    assert found.text.count("alert(1)") >= 8


def test_a_chart_shows_every_point_inside_its_frame() -> None:
    points = [chart.Point(n, n * n) for n in range(5)]
    drawn = chart.lines({"curve": points}, "s", "n", marked={"odd": points[1::2]})
    picture = ET.fromstring(drawn[drawn.index("<svg") : drawn.index("</svg>") + len("</svg>")])
    width, height = (float(part) for part in picture.attrib["viewBox"].split()[2:])
    line = picture.find("polyline")
    assert line is not None
    places = [tuple(float(part) for part in pair.split(",")) for pair in line.attrib["points"].split()]
    assert len(places) == 5
    assert all(0 <= x <= width and 0 <= y <= height for x, y in places)
    assert places[0][1] > places[-1][1]  # up is more
    assert len(picture.findall("circle")) == 2


def test_a_chart_of_nothing_or_of_one_value_is_one_all_the_same() -> None:
    assert "No values." in chart.lines({"none": []}, "s", "n")
    assert "<polyline" in chart.lines({"one": [chart.Point(1, 0)]}, "s", "n")
    assert "<rect" in chart.bars({"one": 0.0}, "s")


def test_numbers_stand_to_the_right_and_nothing_is_a_dash() -> None:
    shown = page.table([{"name": "a", "n": "12"}, {"name": "b", "n": None}])
    assert '<th scope="col" class="n">n</th>' in shown
    assert '<td class="n">-</td>' in shown
    assert page.table([], "No alerts.") == "<p>No alerts.</p>"


def test_a_page_is_written_whole(tmp_path: Path) -> None:
    target = page.write(tmp_path / "deep" / "report.html", "whole")
    assert target.read_text() == "whole"
    assert [path.name for path in target.parent.iterdir()] == ["report.html"]
