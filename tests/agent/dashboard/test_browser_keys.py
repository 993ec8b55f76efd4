"""All that the dashboard is for, without a mouse."""

from __future__ import annotations

import pytest
from tests.agent.dashboard.test_browser_pages import chromium, live, url, visit

from tokenward.policy.cases import load_cases

__all__ = ["chromium", "live", "url", "visit"]

FOCUS = (
    "document.activeElement.id || document.activeElement.name || document.activeElement.innerText"
)


def focused(page):
    return page.evaluate(FOCUS).strip()


def tab_to(page, what, most=100):
    """Presses Tab until something has the focus, and shows it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if focused(page).startswith(what):
            ring = "getComputedStyle(document.activeElement).outlineStyle"
            assert page.evaluate(ring) != "none"
            return
    pytest.fail(f"Tab does not lead to {what}")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_the_first_tab_leads_past_the_head(visit):
    with visit("decisions") as page:
        press(page, "Tab")
        assert focused(page) == "Skip to the content"
        press(page, "Enter", "Tab")
        assert focused(page) == "last"


def test_decisions_are_found(visit):
    with visit() as page:
        tab_to(page, "Decisions")
        press(page, "Enter")
        page.wait_for_url("**/decisions")
        tab_to(page, "action")
        page.keyboard.type("redact")
        tab_to(page, "model_label")
        page.keyboard.type("fp16")
        tab_to(page, "Search")
        press(page, "Enter")
        page.wait_for_url("**/decisions?*fp16*")
        assert page.locator("tbody tr").count() == 1
        assert page.get_by_label("action").input_value() == "redact"
        tab_to(page, "00000000")
        press(page, "Enter")
        page.wait_for_url(f"**/decisions/{20:032x}")
        assert "no-bad-words" in page.inner_text("main")


def test_pages_are_turned(visit):
    with visit("decisions?size=25") as page:
        for _ in range(2):
            before = page.url
            tab_to(page, "Older")
            press(page, "Enter")
            page.wait_for_url(lambda url, before=before: url != before)
            page.wait_for_load_state()
        assert page.locator("tbody tr").count() == 25
        tab_to(page, "← Newer")


def test_a_text_is_tried_and_saved(visit, tmp_path):
    with visit("playground") as page:
        tab_to(page, "text")
        page.keyboard.type("so badly done")
        tab_to(page, "policy")
        press(page, "Tab", "Space")
        tab_to(page, "stage")
        page.keyboard.type("input")
        tab_to(page, "chunk")
        press(page, "ArrowUp")
        tab_to(page, "Try")
        press(page, "Enter")
        page.wait_for_selector("#policy-2")
        assert page.get_by_label("stage").input_value() == "input"
        assert page.get_by_label("characters a chunk").input_value() == "9"
        assert "<BAD>" in page.inner_text("#result")
        tab_to(page, "Save as a case")
        press(page, "Enter")
        tab_to(page, "case-1")
        page.keyboard.type("bad words")
        tab_to(page, "Download")
        with page.expect_download() as waiting:
            press(page, "Enter")
        (case,) = load_cases(waiting.value.path().read_text(), "x")
        assert (case.name, case.text, case.action) == ("bad words", "so badly done", "redact")
        tab_to(page, "write")
        press(page, "Enter")
        page.wait_for_selector("[role=status]")
        (case,) = load_cases((tmp_path / "sample.test.yaml").read_text(), "x")
        assert case.stage == "input"


def test_an_alarm_is_acknowledged(visit, full):
    with visit("drift") as page:
        tab_to(page, "Acknowledge or silence")
        press(page, "Enter")
        tab_to(page, "who-1")
        page.keyboard.type("Ann")
        press(page, "Tab")
        page.keyboard.type("seen")
        tab_to(page, "do")
        press(page, "Enter")
        page.wait_for_selector("text=1 alarm nobody has acknowledged")
    assert sorted(one.acknowledged_by or "" for one in full.alerts.states()) == ["", "Ann"]
