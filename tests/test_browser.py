"""The HTML report in a real Chromium: nothing leaves it, every box opens, and axe-core has nothing serious to say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dataarch.engine.engine import Engine
from dataarch.profile import profile, read
from dataarch.recommendation import recommend
from dataarch.render import report

from .browser import Browser, found
from .conftest import ROOT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(found() is None, reason="no chromium with chromedriver is there; apt has both"),
]
AXE = os.environ.get("AXE_CORE") or str(ROOT / ".venv/browser/node_modules/axe-core/axe.min.js")
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.yaml"))
BOXES = "return [...document.querySelectorAll('a[data-box]')].filter(a => a.checkVisibility()).map(a => a.dataset.box)"


@pytest.fixture(scope="module", params=["light", "dark"])
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    with Browser(dark=request.param == "dark") as opened:
        yield opened


@pytest.fixture
def page(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> Path:
    name = getattr(request, "param", "fraud-detection")
    result = recommend(engine, profile(engine.base.questions, read(str(ROOT / f"examples/{name}.yaml"))))
    path = tmp_path / "report.html"
    path.write_text(report.text(result), encoding="utf-8")
    return path


@pytest.mark.parametrize("page", EXAMPLES, indirect=True)
def test_no_request_leaves_it_and_the_console_stays_empty(browser: Browser, page: Path) -> None:
    browser.log("browser")
    browser.requests()
    browser.open(page)
    browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    asked = [address for address in browser.requests() if not address.startswith("data:")]
    assert asked == [page.resolve().as_uri()]
    assert [entry["message"] for entry in browser.log("browser")] == []


@pytest.mark.parametrize("width", [1280, 390])
def test_every_box_opens_its_decision(browser: Browser, page: Path, width: int) -> None:
    browser.size(width, 900)
    browser.open(page)
    boxes = browser.run(BOXES)
    assert len(boxes) > 10
    assert browser.run("return document.querySelectorAll('details.decision').length") == len(set(boxes)) == len(boxes)
    for box in boxes:
        seen = browser.run(
            "const a = [...document.querySelectorAll('a[data-box]')].find(a => a.dataset.box === arguments[0] &&"
            " a.checkVisibility()); a.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));"
            "const d = document.getElementById('decision-' + arguments[0]);"
            "return [d.open, d.querySelector('.inside').checkVisibility(), d.contains(document.activeElement)]",
            box,
        )
        assert seen == [True, True, True], box


def test_a_box_is_reached_and_opened_by_the_keyboard(browser: Browser, page: Path) -> None:
    browser.size(1280, 900)
    browser.open(page)
    for _ in range(40):
        browser.press("\ue004")
        box = browser.run("return document.activeElement.getAttribute('data-box')")
        if box:
            break
    assert box
    browser.press("\ue007")
    assert browser.run("return document.getElementById('decision-' + arguments[0]).open", box)


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
def test_nothing_sticks_out_of_the_page(browser: Browser, page: Path, width: int) -> None:
    browser.size(width, 900)
    browser.open(page)
    browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert browser.run("return document.documentElement.scrollWidth") <= width


def test_paper_shows_every_decision_open(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert browser.run("return [...document.querySelectorAll('details.decision')].every(d => d.open)")
    browser.run("dispatchEvent(new Event('afterprint'))")
    assert not browser.run("return [...document.querySelectorAll('details.decision')].some(d => d.open)")


@pytest.mark.skipif(not Path(AXE).is_file(), reason="axe-core is not there; make test-browser fetches it with npm")
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("opened", [False, True], ids=["closed", "open"])
@pytest.mark.parametrize("page", ["fraud-detection", "connected-vehicles", "nightly-reporting"], indirect=True)
def test_axe_finds_nothing_serious(browser: Browser, page: Path, width: int, opened: bool) -> None:
    browser.size(width, 900)
    browser.open(page)
    browser.run("document.querySelectorAll('details').forEach(d => d.open = arguments[0])", opened)
    browser.run(Path(AXE).read_text(encoding="utf-8"))
    violations: list[dict[str, Any]] = browser.later(
        "const done = arguments[0]; axe.run(document).then(r => done(r.violations), e => done([{id: String(e)}]))"
    )
    told = [(one["id"], one.get("impact"), [node["target"] for node in one.get("nodes", [])]) for one in violations]
    assert told == []


def test_a_link_from_outside_opens_the_decision_that_it_names(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.run("location.hash = 'decision-lake-storage'")
    browser.later("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    assert browser.run("return document.getElementById('decision-lake-storage').open")
