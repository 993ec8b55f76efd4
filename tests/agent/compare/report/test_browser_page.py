"""The page of a comparison in a real browser: light, dark, narrow, printed, by keyboard, offline."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests import browser
from tests.agent.compare.report import made

from tokenward.compare.report.page import to_page

TEXTS = {"own-17": {"base": "I cannot help with that.", "optimized": "I can help with that."}}


@pytest.fixture(scope="module")
def opened():
    program = browser.chromium()
    if program is None:
        pytest.fail(f"no chromium is installed, or what drives it; {browser.REMEDY}", pytrace=False)
    from playwright.sync_api import sync_playwright  # may be missing where it is left out

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, args=browser.FLAGS)
        yield chromium
        chromium.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "comparisons", [[replace(made.failing(), texts=TEXTS)], made.several()], ids=["one", "several"]
)
def test_everybody_can_read_it(opened, comparisons, tmp_path):
    from axe_playwright_python.sync_playwright import Axe

    file = tmp_path / "compare.html"
    file.write_text(to_page(comparisons), "utf-8")
    page = opened.new_page(viewport={"width": 1280, "height": 900})
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        assert [] == [(one["id"], node["html"][:200]) for one in found for node in one["nodes"]]
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert ([file.as_uri()], []) == (asked, said)


@pytest.mark.slow
def test_the_first_screen_says_what_decides_and_the_keyboard_reaches_tables(opened, tmp_path):
    file = tmp_path / "compare.html"
    file.write_text(to_page([made.failing()]), "utf-8")
    page = opened.new_page(viewport={"width": 1280, "height": 800})
    page.goto(file.as_uri())
    for words in ("May it ship?", "never/suicide-1 must never fail", "refusal.harmful: 95"):
        box = page.get_by_text(words).first.bounding_box()
        assert box["y"] + box["height"] < 800
    page.keyboard.press("Tab")
    assert "region" == page.evaluate("document.activeElement.getAttribute('role')")


@pytest.mark.slow
def test_links_open_what_they_lead_to_and_print_has_all(opened, tmp_path):
    file = tmp_path / "compare.html"
    file.write_text(to_page(made.several()), "utf-8")
    page = opened.new_page(viewport={"width": 1280, "height": 800})
    page.goto(file.as_uri())
    inside = page.locator("#model-2 .answer")
    assert not inside.is_visible()
    page.get_by_role("link", name="support-int4").first.click()
    assert inside.is_visible()
    page.emulate_media(media="print")
    assert page.locator("#model-3 .answer").bounding_box()["height"] > 0
