"""The page that a person reads: whole in one file, for everybody's eyes, and safe."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tokenward.monitor.advice import WORDS, advice, title
from tokenward.monitor.drift import DriftSettings
from tokenward.monitor.markdown import to_markdown
from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.report import make_report
from tokenward.monitor.summary import summary_page

PERIODS = Periods(Period(0.0, 1000.0), Period(1000.0, 2000.0))
SETTINGS = DriftSettings()
EMPTY = {"meta", "line", "circle", "rect", "polyline", "br", "path"}


class Page(HTMLParser):
    """Checks that elements are closed in order, and keeps texts, links and labels."""

    def __init__(self, text):
        super().__init__()
        self.open, self.texts, self.links, self.unlabelled, self.columns = [], [], [], [], []
        self.feed(text)
        assert [] == self.open

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        if tag == "a":
            self.links.append(told["href"])
        if tag == "svg" and not told.get("aria-label"):
            self.unlabelled.append(tag)
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert tag == self.open.pop()

    def handle_data(self, text):
        self.texts.append(text)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture
def report(store, make_traffic):
    store.append(make_traffic(900, 0.0, 1000.0, seed=1))
    store.append(make_traffic(300, 1000.0, 500.0, seed=2))
    store.append(make_traffic(300, 1500.0, 500.0, seed=3, pii=0.3))
    return make_report(store, PERIODS, by=["prompt.language"])


def test_it_says_what_changed_how_sure_since_when_where_to_look_and_what_to_do(report):
    page = Page(summary_page(report, SETTINGS, "http://admin:9000/tokenward/"))
    change = next(one for one in report.changes if one.column == "action")

    assert report.headline[1:] in page.text
    for part in ("What changed", "The same requests moved rule.no-pii ", "since about 1970-01-01 00:2", "by chance: ",
                 "Requests to look at", "What to do", "Who is affected most", "Quality",
                 "at most 1 in 100 such reports"):  # fmt: skip
        assert part in page.text, part
    assert f"http://admin:9000/tokenward/decisions/{change.examples[0]}" in page.links
    assert [] == page.unlabelled


def test_without_a_dashboard_there_are_no_links(report):
    assert [] == Page(summary_page(report, SETTINGS)).links


def test_it_is_one_small_file_that_needs_nothing_else(report):
    page = summary_page(report, SETTINGS, "http://admin:9000")

    assert len(page) < 200_000
    assert not re.findall(r"""(?:src|href)=(?!"http://admin:9000/decisions)""", page)
    assert not re.findall(r"url\(|@import|<script|<link|<img", page)
    assert "prefers-color-scheme: dark" in page


def test_names_of_clients_do_nothing_in_it(store, make_traffic):
    evil = "<script>alert(1)</script>\"'&"
    for n, (start, pii) in enumerate(((0.0, 0.03), (1000.0, 0.5))):
        rows = make_traffic(400, start, 1000.0, seed=n, pii=pii, route=evil, model_label=evil)
        store.append([replace(one, decision_id=f"{evil}-{one.decision_id}") for one in rows])
    report = make_report(store, PERIODS, name="n", by=["route", "model_label"])
    text = summary_page(report, SETTINGS, "http://admin:9000/?a=1&b=")
    page = Page(text)

    assert "<script" not in text
    assert evil in page.text
    assert all(
        link.startswith("http://admin:9000/?a=1&b=/decisions/%3Cscript") for link in page.links
    )


def test_no_drift_and_nothing_measured_are_told(store, make_traffic):
    nothing = Page(summary_page(make_report(store, PERIODS), SETTINGS))
    store.append(make_traffic(600, 0.0, 2000.0, seed=1))
    calm = Page(summary_page(make_report(store, PERIODS), SETTINGS))

    assert "Not measured: 0 and 0 interactions" in nothing.text
    assert "the reference period holds no interactions" in nothing.text
    assert "No drift in" in calm.text
    assert "What changed" not in calm.text


def test_another_revision_is_the_first_suspect(report):
    other = replace(report, reference={**report.reference, "policies": {"default@r0": 900}})

    assert "policy diff" not in summary_page(report, SETTINGS)
    assert "tokenward policy diff" in summary_page(other, SETTINGS)


def test_markdown_says_as_much_for_a_ticket(report):
    page = to_markdown(report, "http://admin:9000/tokenward")
    change = next(one for one in report.changes if one.column == "rule.no-pii")
    (line,) = [one for one in page.splitlines() if one.startswith("* **rule.no-pii**")]

    assert "since about 1970-01-01T00:2" in line and "tokenward policy replay" in line
    assert f"[{change.examples[0]}](http://admin:9000/tokenward/decisions/" in line
    worst = replace(report.worst[0], significant=True)
    assert "In no slice is a rate higher than elsewhere" in page
    assert f"| {worst.rate} | {worst.slice} |" in to_markdown(replace(report, worst=(worst,)))
    assert f"`{change.examples[0]}`" in to_markdown(report)


def test_every_kind_of_column_has_its_advice(report):
    (one, *_) = report.drifted
    told = {advice(replace(one, column=name), revised=False) for name, _ in WORDS}

    assert len(WORDS) == len(told)
    assert advice(replace(one, column="else"), revised=False) not in told


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("score.input.injection.direct", "direct score of injection in the input"),
        ("detections.tool_call.pii.US_SSN", "US_SSN found by pii in the tool call"),
        ("timing.guard", "time: guard"),
        ("prompt.mean_word_length", "prompt: mean word length"),
        ("parameter.temperature", "parameter temperature"),
        ("completion_tokens", "tokens of the answer"),
        ("feedback.rating", "feedback.rating"),
    ],
)
def test_columns_are_told_in_words(column, words):
    assert words == title(column)
