"""The page of an evaluation in a real browser: light, dark, narrow, by keyboard, offline."""

from __future__ import annotations

import random

import numpy as np
import pytest
from tests import browser

from tokenward.evaluation.collected import Collected, Wanted
from tokenward.evaluation.goal import Goal
from tokenward.evaluation.labelled import labelled_row
from tokenward.evaluation.page import to_page
from tokenward.evaluation.report import Asked, report
from tokenward.evaluation.slices import slicing
from tokenward.evaluation.worst import Worst
from tokenward.types import Decision, PolicyRef


def decision(score):
    return Decision("id", "output", "allow", None, (), {"a.b": score}, PolicyRef("p", "1"))


def scored():
    source = random.Random(0)
    for place in range(500):
        truth = source.random() < 0.4
        scores = [min(1.0, max(0.0, source.gauss(0.6 if truth else 0.4, 0.2))) for _ in range(2)]
        text = f"a long text about {'nurses' if place % 3 else 'drivers'} {place} " * 5
        values = {
            "labels": {"bad": int(truth)},
            "kind": f"the kind with a rather long name {place % 4}",
        }
        row = labelled_row(
            text, values, f"a/very/long/path/of/a/file/rows.jsonl:{place}", id_=place
        )
        yield row, tuple(decision(score) for score in scores)


def told():
    wanted = Wanted(
        "bad",
        slicings=[slicing("kind", {"kind"}, {"bad"}, [])],
        named=lambda text: ["nurses"] if "nurses" in text else ["drivers"],
        worst=Worst(3, texts=True),
    )
    asked = Asked("bad", goal=Goal("fpr", 0.05), worst=True, against="another.detector")
    made = report(Collected.of(scored(), wanted), asked)
    made["floor"] = {"passed": False, "verdicts": [
        {"measure": "auc", "slice": None, "least": 0.9, "at": "lower", "compared": 0.7,
         "value": 0.8, "passed": False},
    ]}  # fmt: skip
    return {"detector": "plugin.type", "file": "rows.jsonl", **made}


def test_words_of_the_drawings_say_what_they_show():
    text = to_page(told())
    assert 3 + 4 == text.count('<svg role="img" aria-label="')
    assert "ROC curve; plugin.type: area 0." in text
    assert np.isfinite(told()["auc"]["value"])


@pytest.mark.slow
def test_everybody_can_read_it(tmp_path):
    program = browser.chromium()
    if program is None:
        pytest.fail(f"no chromium is installed, or what drives it; {browser.REMEDY}", pytrace=False)
    from axe_playwright_python.sync_playwright import Axe  # may be missing where it is left out
    from playwright.sync_api import sync_playwright

    file = tmp_path / "evaluation.html"
    file.write_text(to_page(told()))
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=browser.FLAGS)
        page = opened.new_page(viewport={"width": 1280, "height": 900})
        asked, said = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(file.as_uri())
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page).response["violations"]
            assert [] == [(one["id"], node["html"][:200]) for one in found for node in one["nodes"]]
        page.set_viewport_size({"width": 360, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.keyboard.press("Tab")
        assert "region" == page.evaluate("document.activeElement.getAttribute('role')")
        opened.close()
    assert ([file.as_uri()], []) == (asked, said)
