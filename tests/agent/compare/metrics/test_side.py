"""Rows of a run, sorted by case; which cases cannot be used."""

import math
from dataclasses import replace

from tests.agent.compare.metrics import made

from tokenward.compare.metrics.side import passes

SUITE = made.suite("quality", [made.case("a", rated=("b c",)), made.case("d")])


def side(*rows, samples=1):
    return passes(made.run(*rows, samples=samples), SUITE, samples)[0]


def test_an_answer_that_failed_or_is_missing_makes_a_case_mute():
    rows = made.said(SUITE, {"a": [made.answer("x"), made.failed()], "d": ["only one"]})

    assert side(rows, samples=2).mute == {"a", "d"}


def test_an_empty_answer_is_an_answer():
    assert not side(made.said(SUITE, {"a": ""})).mute


def test_a_rating_that_is_no_number_or_missing_cannot_be_used():
    lost = made.suite("quality", [made.case("a", rated=("b", "c")), made.case("d", rated=("e",))])
    ratings = made.rated(lost, {("a", "0"): [-1.0], ("d", "0"): [math.nan]})
    first, *_ = passes(made.run(ratings), lost, 1)

    assert first.unrated == {"a", "d"}


def test_a_divergence_that_is_no_number_cannot_be_used():
    key = ("a", "0")
    rows = made.rated(SUITE, {key: [-1.0]}, kl={key: [math.inf]})

    assert side(rows).unrated == {"a"}


def test_where_the_base_drew_nothing_there_is_nothing_to_rate():
    found = side(made.rated(SUITE, {("d", "drawn"): []}))

    assert not found.ratings
    assert not found.unrated


def test_passes_of_the_floor_come_after_the_one_that_counts():
    rows = [made.said(SUITE, {"a": ["x", "y"]}), made.said(SUITE, {"a": ["z"]}, repeat=1)]
    first, second = passes(made.run(*rows, samples=2), SUITE, 2)

    assert [len(one.answers["a"]) for one in (first, second)] == [2, 1]
    assert first.first(1).answers["a"][0].text == "x"


def test_a_rating_that_failed_cannot_be_used_even_if_it_is_the_only_one():
    rows = [replace(row, error="late") for row in made.rated(SUITE, {("a", "0"): []})]

    assert side(rows).unrated == {"a"}
