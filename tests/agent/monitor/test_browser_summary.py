"""The page of a report in a real browser: for those who see it, hear it, type, or have little room."""

from __future__ import annotations

import pytest
from tests import browser

from tokenward.monitor.drift import DriftSettings
from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.report import make_report
from tokenward.monitor.summary import summary_page


@pytest.fixture
def url(store, make_traffic, tmp_path):
    for part, seed in (("a", 0), ("b", 10)):
        labels = {"team": f"the team with a rather long name, {part}"}
        store.append(make_traffic(900, 0.0, 1000.0, seed=seed + 1, labels=labels))
        store.append(make_traffic(300, 1000.0, 500.0, seed=seed + 2, labels=labels))
        store.append(
            make_traffic(300, 1500.0, 500.0, seed=seed + 3, pii=0.3, alpha=3.0, labels=labels)
        )
    periods = Periods(Period(0.0, 1000.0), Period(1000.0, 2000.0))
    report = make_report(store, periods, by=["label.team", "prompt.language"])
    file = tmp_path / "summary.html"
    file.write_text(summary_page(report, DriftSettings(), "http://admin:9000/tokenward"))
    return file.as_uri()


@pytest.mark.slow
def test_everybody_can_read_it(url):
    program = browser.chromium()
    if program is None:
        pytest.fail(f"no chromium is installed, or what drives it; {browser.REMEDY}", pytrace=False)
    from axe_playwright_python.sync_playwright import Axe  # may be missing where it is left out
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=browser.FLAGS)
        page = opened.new_page(viewport={"width": 1280, "height": 900})
        asked, said = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(url)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page).response["violations"]
            assert [] == [(one["id"], node["html"][:200]) for one in found for node in one["nodes"]]
        page.set_viewport_size({"width": 360, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.keyboard.press("Tab")
        assert "A" == page.evaluate("document.activeElement.tagName")
        opened.close()

    assert ([url], []) == (asked, said)
