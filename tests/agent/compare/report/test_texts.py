"""Answers side by side: what differs is marked, whatever is in them."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from tokenward.compare.report.texts import MOST_CHARS, both, marked

TEXTS = st.text(st.sampled_from("ab <>&'\"\n.é"), max_size=30)


@given(TEXTS, TEXTS)
def test_both_texts_are_whole_under_their_marks(base, optimized):
    for text, name, told in zip(
        (base, optimized), ("del", "ins"), marked(base, optimized), strict=True
    ):
        assert text == html.unescape(re.sub(f"</?{name}>", "", told))


@given(TEXTS)
def test_what_is_the_same_has_no_mark(text):
    assert not any("<del>" in told or "<ins>" in told for told in marked(text, text))


def test_answers_that_repeat_themselves_take_no_time_to_compare():
    repeated = [f"{word} " * 400 for word in ("and", "or")]
    assert "<del>and" in marked(*repeated)[0]


def test_what_is_long_is_cut():
    [found] = both({"a": {"base": "x" * 9000, "optimized": "y"}})
    assert f"<del>{'x' * MOST_CHARS}…</del>" == found.base.replace("</del><del>", "")


def test_what_differs_comes_first():
    texts = {"a": {"base": "x", "optimized": "x"}, "b": {"base": "x", "optimized": "y"}}
    assert ["b", "a"] == [one.case for one in both(texts)]


def test_what_is_no_answer_says_so():
    [one] = both({"a": {"base": 3, "optimized": "yes"}})
    assert ("<em>no answer</em>", "yes") == (one.base, one.optimized)
    assert [] == list(both({"a": "text", "b": {"base": None, "optimized": None}, "c": None}))
    assert [] == list(both(None))
