"""What is checked before two runs are believed, and which cases both lose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tokenward.compare.backends.base import Answer
from tokenward.compare.case import Case
from tokenward.compare.comparable import comparable, suites_told
from tokenward.compare.drops import dropped, failed
from tokenward.compare.gate.gate import Gate
from tokenward.compare.run import AnswerRow, RatingRow, Run, Usage
from tokenward.compare.sampling import Sampling
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UpstreamError

GATE = Gate(())
SAID = Answer("yes", "stop", 1, 5, 0.1)


def run(*answers, ratings=(), sampling=None, **identity):
    known = {"weights": "w", "tokenizer": "t", "template": "p", **identity}
    return Run(
        Path(), known, sampling or Sampling(), {}, frozenset(), Usage(1.0, 1.0, 0.0),
        answers=answers, ratings=ratings,
    )  # fmt: skip


def row(case, answer=SAID, sample=0):
    return AnswerRow("s", case, sample, answer)


def suite(count, **fields):
    return Suite.of(
        "s", "quality", [Case(f"c{i}", "s", f"c{i}", "p", **fields) for i in range(count)], "s"
    )


def test_what_is_the_same_is_told_and_nothing_differs():
    told = comparable(run(row("c0")), run(row("c0")), GATE)
    assert {
        "tokenizer": True, "template": True, "prompts": True, "sampling": True, "batch": 1,
        "differences": [],
    } == told  # fmt: skip


def test_what_a_server_does_not_tell_is_neither_same_nor_different():
    told = comparable(run(), run(tokenizer=None, template=None), GATE)
    assert (None, None, None) == (told["tokenizer"], told["template"], told["prompts"])


def test_prompts_that_are_rendered_otherwise_are_noticed_by_their_tokens():
    longer = replace(SAID, prompt_count=9)
    told = comparable(run(row("c0")), run(row("c0", longer)), GATE)
    assert (False, ["prompts have other numbers of tokens: they are not rendered the same"]) == (
        told["prompts"],
        told["differences"],
    )


def test_another_system_message_is_told_but_not_its_words():
    other = Sampling(system="a secret")
    told = comparable(run(row("c0")), run(row("c0"), sampling=other), GATE)
    assert (None, False, ["the system messages differ"]) == (
        told["prompts"],
        told["sampling"],
        told["differences"],
    )


def test_defaults_that_a_conversion_lost_are_named():
    sides = [run(details={"defaults": d}) for d in ({"temperature": 0.6}, {})]
    assert [
        "default temperature of the files is 0.6 for the base, None for the optimized model"
    ] == comparable(*sides, GATE)["differences"]


def test_cases_fail_by_an_error_silence_or_a_rating_that_is_no_number():
    lost = replace(SAID, finish="error", error="timeout")
    rating = RatingRow("s", "c3", "0", 1, (float("nan"),))
    one = run(row("c0"), row("c1", lost), row("c3"), ratings=[rating])
    assert {("s", "c1"), ("s", "c2"), ("s", "c3")} == failed(one, [suite(4, rated=("x",))])


def test_what_a_model_cannot_rate_is_no_failure():
    assert set() == failed(run(row("c0")), [suite(1, rated=("x",))])


def test_a_hundredth_may_be_lost_and_no_more():
    every = [row(f"c{i}") for i in range(200)]
    told = dropped(run(*every), run(*every[2:]), [suite(200)])
    assert (2, 0, 2, ["s/c0", "s/c1"]) == tuple(
        told[key] for key in ("dropped", "base", "optimized", "ids")
    )
    with pytest.raises(UpstreamError) as raised:
        dropped(run(*every[:-1]), run(*every[2:]), [suite(200)])
    assert (
        "3 of 200 cases failed (1 of the base, 2 of the optimized model); at most 1% may, so there "
        "is no result"
    ) == str(raised.value)


def test_an_empty_answer_is_an_answer():
    assert set() == failed(run(row("c0", replace(SAID, text="", count=0))), [suite(1)])


def test_what_most_ratings_failed_of_is_told():
    ratings = [RatingRow("s", f"c{at}", "0", 1, (), error="status 400") for at in range(3)]
    with pytest.raises(UpstreamError, match=r"3 of 4 cases failed .*; most often: status 400"):
        dropped(run(), run(ratings=ratings), [suite(4, rated=("x",), answered=False)])


def test_suites_are_told_by_their_hash():
    one = suite(2)
    assert {"s": one.sha256} == suites_told([one])
