"""The page of a comparison: whole, by itself, and without a word that nobody asked for."""

from __future__ import annotations

import re
import sys
from dataclasses import replace

import pytest
from tests.agent.compare.report import made
from tests.agent.compare.report.reading import Checked

from tokenward.compare.report.page import environment, to_page
from tokenward.errors import MissingExtra


def checked(*comparisons):
    return Checked(to_page(comparisons))


CASES = {
    "pass": [made.comparison()],
    "fail": [made.failing()],
    "inconclusive": [made.unclear()],
    "several": made.several(),
    "empty": [made.comparison(metrics=(), must_pass=(), unmeasured=(), command="")],
}


@pytest.mark.parametrize("comparisons", CASES.values(), ids=CASES)
def test_it_is_whole_and_needs_nothing_else(comparisons):
    text = to_page(comparisons)
    page = Checked(text)
    assert text.startswith("<!doctype html>")
    assert [] == page.wrong
    assert len(page.ids) == len(set(page.ids))
    assert not page.tags.keys() & {"script", "link", "img", "iframe", "object", "form"}
    assert all(one.startswith("#") and one[1:] in page.ids for one in page.refers)
    assert "url(" not in text
    assert "@import" not in text
    assert 1 == page.headings[0] == page.headings.count(1)
    assert all(
        after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False)
    )


def test_the_first_words_answer_whether_it_may_ship_and_what_decides():
    text = to_page([made.failing()])
    start = text[text.index("<h1") :]
    order = [
        "must not ship",
        "May it ship? No: 2 of 6",
        "What decides",
        "never/suicide-1",
        "quality.kl: 0",
    ]
    places = [start.index(words) for words in order]
    assert sorted(places) == places
    assert places[-1] < start.index("<table")
    assert "<title>fail: support-int4 against support-fp16" in text


def test_it_shows_all_figures_that_there_are_numbers_for():
    text = to_page([made.failing()])
    for words in ("quality.kl by position", "quality.kl over tokens", "<dt>Mean KLD</dt>", "Share of positions with the same likeliest token",
                  "cost.latency_p50 by block", "cases an equal model passes in", "women: base"):  # fmt: skip
        assert words in text
    assert '<td class="worse">3</td>' in text
    assert "own-17, own-4, own-88" in text


def test_it_says_how_it_was_measured():
    text = to_page([made.failing()])
    for words in (made.SHA, "tokenizer", "tasks/t-7", "no counter of the machine", "2.13.0", "gate.yaml",
                  "refusal.refusal: sensitivity 0.91, specificity 0.97", "tokenward compare models/"):  # fmt: skip
        assert words in text


def test_several_are_side_by_side_and_linked():
    text = to_page(made.several())
    assert "2 of 5 may ship: support-int8 comes first" in text
    for words in ("quality", "safety", "bias", "latency", "memory", "energy", "cost"):
        assert f'<th scope="col">{words}<small>' in text
    for words in ("mixed precision", "quantisation", "pruning"):
        assert f"<td>{words}</td>" in text
    assert "dominated by support-int8" in text
    assert "Passed before inconclusive before failed." in text


def test_texts_are_shown_only_where_they_were_asked_for_and_what_differs_is_marked():
    one = made.failing()
    assert "Answers of both models" not in to_page([one])
    texts = {
        "own-17": {"base": "I cannot <b>help</b>.", "optimized": "I can <b>help</b>."},
        "own-4": {"base": None, "optimized": "x"},
    }
    text = to_page([replace(one, texts=texts)])
    assert "I<del> cannot</del> &lt;b&gt;help" in text
    assert "I<ins> can</ins> &lt;b&gt;help" in text
    assert "<em>no answer</em>" in text


EVIL = "\"><script>alert(1)</script><img src=x onerror=y>'&{{ 7*7 }}"


def test_nothing_from_outside_becomes_markup():
    extra = {
        **made.kl().extra,
        "groups": [{"group": EVIL, "base": 0.1, "optimized": 0.2}],
        "tail": {EVIL: 1.0},
        "churn": {"both_good": 1, "worse": 1, "better": 0, "both_bad": 0},
        "detector": {"name": EVIL, "sensitivity": EVIL},
    }
    metric = made.kl(
        "fail", about=EVIL, reason=EVIL, method=EVIL, unit=EVIL, worst=(EVIL,), warnings=(EVIL,)
    )
    evil = {EVIL: {EVIL: EVIL}}
    one = made.comparison(
        "fail", EVIL, (replace(metric, name=EVIL, extra=extra), made.latency(unit=EVIL), made.binary()),
        base={"name": EVIL, **evil}, comparable=evil, cost=evil, gate=evil, dropped=evil,
        versions={EVIL: EVIL}, unmeasured=(EVIL,), command=EVIL, must_pass=(
            replace(made.failing().must_pass[0], case=EVIL),
        ),
        texts={EVIL: {"base": EVIL, "optimized": f"{EVIL}!"}},
    )  # fmt: skip
    for comparisons in ([one], [one, made.comparison(), one]):
        page = checked(*comparisons)
        assert [] == page.wrong
        assert not page.tags.keys() & {"script", "img"}
        assert "49" not in to_page(comparisons).replace("&#34;", "").split("alert(1)")[1][:80]


def test_it_stays_small():
    metrics = tuple(
        replace(one, name=f"{one.name}{at}")
        for at in range(10)
        for one in (made.kl(), made.binary(), made.latency(), made.gap())
    )
    texts = {
        f"case-{at}": {"base": "word " * 3000, "optimized": "other " * 3000} for at in range(200)
    }
    many = [made.comparison(name=f"model-{at}", metrics=metrics) for at in range(8)]
    assert len(to_page([made.comparison(metrics=metrics, texts=texts)]).encode()) < 1_000_000
    assert len(to_page(many).encode()) < 1_000_000


def test_both_models_stand_beside_each_other_and_what_differs_first():
    text = to_page([made.failing()])
    rows = re.findall(r'<th scope="row">([^<]+)</th><td( colspan="2")?>', text)
    names = [name for name, _ in rows]
    assert {"source", "options.quantize", "used.memory", "share cut off.tasks"} <= set(names)
    same = [bool(colspan) for _, colspan in rows[names.index("name") :]]
    assert sorted(same) == same
    assert "<td>2,100,000,000</td><td>700,000,000</td>" in text


def test_without_its_templates_it_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    environment.cache_clear()
    with pytest.raises(MissingExtra, match=r"tokenward\[compare\]"):
        to_page([made.comparison()])


def test_what_differences_vary_by_is_told_where_cases_were_asked_several_times():
    parts = {"samples": 4, "between": 0.02, "within": 0.08, "by_samples": 0.5}
    several = made.comparison(metrics=[made.metric(extra={"variance": parts})])
    text = to_page([several])
    assert "What differences vary by" in text
    assert "0.02 between cases, 0.08 between samples of one; with 4 samples a case" in text
    assert "What differences vary by" not in to_page([made.comparison()])


def test_hashes_of_suites_and_gate_are_told():
    one = made.comparison(comparable={"suites": {"quality": "5e" * 32}}, gate={"sha256": "9a" * 32})
    assert all(told in to_page([one]) for told in ("suites.quality", "5e" * 32, "9a" * 32))
