"""The report: a folder of records, one page of HTML, and the picture in its formats."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dataarch.engine.engine import Engine
from dataarch.picture import Picture, picture
from dataarch.profile import profile, read, settings
from dataarch.recommendation import Recommendation, recommend
from dataarch.render import drawio, mermaid, record, report, svg
from dataarch.render.layout import Layout, narrow, wide

from .conftest import ROOT, Run

EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
FRAUD = str(ROOT / "examples/fraud-detection.yaml")
HOSTILE = "</title><script>alert(1)</script> \"]-->x[\" & 'y' `z`"


@pytest.fixture(params=EXAMPLES, ids=[example.stem for example in EXAMPLES])
def result(request: pytest.FixtureRequest, engine: Engine) -> Recommendation:
    return recommend(engine, profile(engine.base.questions, read(str(request.param))))


@pytest.fixture
def fraud(engine: Engine) -> Recommendation:
    return recommend(engine, profile(engine.base.questions, read(FRAUD)))


@pytest.fixture
def hostile(engine: Engine) -> Recommendation:
    given = [*read(FRAUD), *settings([f"workload={HOSTILE}"])]
    return recommend(engine, profile(engine.base.questions, given))


class Page(HTMLParser):
    """The elements of a page: their ids, the addresses that they name, and whether all are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")


class TestPicture:
    def test_every_decision_that_applies_stands_in_it_once(self, result: Recommendation) -> None:
        drawn = picture(result)
        ids = [box.id for box in drawn.boxes]
        applying = {id for id, one in result.decisions.items() if one.choice}
        assert set(ids) - {"sources", "users"} == applying
        assert len(ids) == len(set(ids))

    def test_arrows_join_boxes_that_are_there_and_nothing_is_said_twice(self, result: Recommendation) -> None:
        drawn = picture(result)
        ids = {box.id for box in drawn.boxes}
        pairs = [(arrow.start, arrow.end) for arrow in drawn.arrows]
        assert all({*pair} <= ids for pair in pairs)
        assert len(pairs) == len(set(pairs))

    def test_data_flows_from_left_to_right(self, result: Recommendation) -> None:
        drawn = picture(result)
        place = {box.id: number for number, layer in enumerate(drawn.layers) for box in layer.boxes}
        assert all(place[one.start] <= place[one.end] for one in drawn.arrows if one.kind == "flow")

    @pytest.mark.parametrize("lay_out", [wide, narrow])
    def test_no_two_boxes_overlap_and_all_stand_inside(
        self, result: Recommendation, lay_out: Callable[[Picture], Layout]
    ) -> None:
        layout = lay_out(picture(result))
        boxes = layout.boxes
        for number, one in enumerate(boxes):
            assert one.x >= 0
            assert one.x + one.width <= layout.width
            assert one.y + one.height <= layout.height
            for other in boxes[number + 1 :]:
                apart = one.x + one.width <= other.x or other.x + other.width <= one.x
                assert apart or one.y + one.height <= other.y or other.y + other.height <= one.y

    def test_a_picture_of_nothing_can_be_drawn(self) -> None:
        empty = Picture("Empty", [], [])
        assert ET.fromstring(svg.text(empty)).tag.endswith("svg")
        assert mermaid.text(empty) == "flowchart LR\n"
        assert ET.fromstring(drawio.text(empty)).tag == "mxfile"
        assert narrow(empty).boxes == []


class TestFormats:
    def test_svg_and_drawio_are_well_formed_and_hold_every_box(self, result: Recommendation) -> None:
        drawn = picture(result, "T")
        drawing, sheet = ET.fromstring(svg.text(drawn)), ET.fromstring(drawio.text(drawn))
        names = "".join(drawing.itertext()).replace("\n", "")
        assert all(name.split()[0] in names for box in drawn.boxes for name in box.names)
        cells = {cell.get("id"): cell for cell in sheet.iter("mxCell")}
        assert all(f"box-{box.id}" in cells for box in drawn.boxes)
        edges = [cell for cell in cells.values() if cell.get("edge")]
        assert len(edges) == len(drawn.arrows)
        assert all(edge.get("source") in cells and edge.get("target") in cells for edge in edges)

    def test_mermaid_names_every_box_and_arrow(self, result: Recommendation) -> None:
        drawn = picture(result)
        lines = mermaid.text(drawn).splitlines()
        assert lines[0] == "flowchart LR"
        assert sum("-->" in line or "-.->" in line for line in lines) == len(drawn.arrows)
        assert sum(line.strip().startswith("n_") and '["' in line for line in lines) == len(drawn.boxes)

    def test_free_text_stays_text_in_all_of_them(self, hostile: Recommendation) -> None:
        drawn = picture(hostile, HOSTILE)
        assert "<script>" not in svg.text(drawn)
        assert "<script>" not in drawio.text(drawn)
        ET.fromstring(svg.text(drawn))
        ET.fromstring(drawio.text(drawn))

    @pytest.mark.parametrize("format", ["svg", "mermaid", "drawio"])
    def test_the_command_prints_it_and_writes_it(self, run: Run, tmp_path: Path, format: str) -> None:
        printed = run("diagram", "--answers", FRAUD, "--format", format)
        assert (printed.returncode, printed.stderr) == (0, "")
        kept = run("diagram", "--answers", FRAUD, "--format", format, "--output", f"a.{format}")
        assert kept.stderr == f"Written to a.{format}.\n"
        assert (tmp_path / f"a.{format}").read_text(encoding="utf-8") == printed.stdout

    def test_without_answers_there_is_nothing_to_draw(self, run: Run) -> None:
        done = run("diagram")
        assert done.returncode == 2
        assert done.stderr.startswith("error: diagram draws what answers lead to.")


class TestRecords:
    def test_one_for_each_decision_in_the_parts_of_madr(self, result: Recommendation) -> None:
        texts = record.folder(result)
        names = [name for name in texts if name != "README.md"]
        applying = [id for id, one in result.decisions.items() if one.choice is not None or one.rejected]
        assert len(names) == len(applying) + 1
        assert names[0] == "0001-pattern.md"
        assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
        for name in names:
            parts = re.findall(r"^#{1,3} (.+)$", texts[name], re.M)
            for part in ("Context and problem statement", "Considered options", "Decision outcome", "Consequences",
                         "Confirmation", "Pros and cons of the options"):  # fmt: skip
                assert part in parts, name
            assert re.match(r"---\nstatus: (accepted|proposed)\ndate: \d{4}-\d\d-\d\d\n---\n\n# ", texts[name])

    def test_the_index_leads_to_every_record_and_draws_the_architecture(self, result: Recommendation) -> None:
        texts = record.folder(result)
        index = texts["README.md"]
        assert set(re.findall(r"\]\((\d{4}-[a-z0-9-]+\.md)\)", index)) == set(texts) - {"README.md"}
        assert "```mermaid\nflowchart LR\n" in index

    def test_they_are_the_same_wherever_the_answers_stand(self, engine: Engine, tmp_path: Path) -> None:
        other = tmp_path / "elsewhere.yaml"
        other.write_bytes(Path(FRAUD).read_bytes())
        texts = [record.folder(recommend(engine, profile(engine.base.questions, read(str(path)))))
                 for path in (FRAUD, other)]  # fmt: skip
        assert texts[0] == texts[1]

    def test_the_command_writes_a_folder_and_keeps_what_is_there(self, run: Run, tmp_path: Path) -> None:
        arguments = ("recommend", "--answers", FRAUD, "--format", "markdown", "--output", "docs/decisions")
        done = run(*arguments)
        assert done.returncode == 0
        assert done.stderr == "25 records written to docs/decisions, with README.md as their index.\n"
        folder = tmp_path / "docs/decisions"
        assert len(list(folder.iterdir())) == 26
        assert run(*arguments).returncode == 0
        (folder / "0001-pattern.md").write_text("mine", encoding="utf-8")
        refused = run(*arguments)
        assert refused.returncode == 2
        assert "0001-pattern.md: exists already and was kept." in refused.stderr
        assert run(*arguments, "--force").returncode == 0
        assert (folder / "0001-pattern.md").read_text(encoding="utf-8") != "mine"

    def test_a_file_where_a_folder_is_needed_is_refused(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "here").mkdir()
        (tmp_path / "here" / "README.md").mkdir()
        done = run("recommend", "--answers", FRAUD, "--format", "markdown", "--output", "here")
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


class TestPage:
    def test_it_names_nothing_to_load(self, result: Recommendation) -> None:
        text = report.text(result)
        page = Page(text)
        assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & {t for t in page.tags if t != "link"}
        assert page.tags.count("link") == 1
        assert not {"style", "src", "srcset", "onclick", "onload"} & page.attributes
        assert "url(http" not in text
        assert "@import" not in text

    def test_every_link_inside_leads_somewhere_and_no_id_stands_twice(self, result: Recommendation) -> None:
        page = Page(report.text(result))
        assert len(page.ids) == len(set(page.ids))
        inside = {link[1:] for link in page.links if link.startswith("#")}
        assert inside <= set(page.ids)

    def test_its_policy_allows_its_own_style_and_script_alone(self, fraud: Recommendation) -> None:
        text = report.text(fraud)
        (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)
        rules = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        assert rules["default-src"] == "'none'"
        assert rules["script-src"].startswith("'sha256-")
        assert rules["style-src"].startswith("'sha256-")
        assert "unsafe" not in policy

    def test_free_text_stays_text(self, hostile: Recommendation) -> None:
        text = report.text(hostile)
        assert text.count("<script") == 1
        assert "alert(1)</script>" not in text

    def test_the_same_answers_give_the_same_bytes(self, run: Run) -> None:
        texts = {run("recommend", "--answers", FRAUD, "--format", "html", PYTHONHASHSEED=seed).stdout for seed in "12"}
        assert len(texts) == 1

    def test_it_is_small_enough_to_be_mailed(self, result: Recommendation) -> None:
        assert len(report.text(result).encode()) < 250_000

    def test_open_needs_something_written(self, run: Run) -> None:
        done = run("recommend", "--answers", FRAUD, "--format", "html", "--open")
        assert done.returncode == 2
        assert done.stderr.startswith("error: --open opens what was written")
