"""Side by side: what was optimised, and a metric for each dimension."""

from __future__ import annotations

import pytest
from tests.agent.compare.report import made

from tokenward.compare.ranking import ranked
from tokenward.compare.report.dimensions import AXES, DIMENSIONS, axis_of, side_by_side

BASE = {
    "weights": "a",
    "parameters": 100,
    "options": {},
    "sampling": {"temperature": 0.0, "system": None},
}


@pytest.mark.parametrize(
    ("changes", "axis"),
    [
        ({"options": {"dtype": "bfloat16"}}, "mixed precision"),
        ({"options": {"quantize": "int8"}}, "quantisation"),
        ({"details": {"options": {"quantize": "int8"}}}, "quantisation"),
        ({"options": {"prune": "0.3"}, "parameters": 70}, "pruning"),
        ({"options": {"drop_layers": "2"}}, "pruning"),
        ({"options": {"compile": "true"}}, "compilation"),
        ({"options": {"threads": "2", "dtype": "float16"}}, "mixed precision, threads"),
        ({"sampling": {"temperature": 0.7, "system": None}}, "parameters"),
        ({"sampling": {"temperature": 0.0, "system": "30 characters"}}, "prompt"),
        ({"weights": "b", "parameters": 60}, "distillation, or another smaller model"),
        ({"weights": "b"}, "other weights"),
        ({}, "–"),
    ],
)
def test_what_was_optimised_is_told_by_what_differs(changes, axis):
    one = made.comparison(base=BASE, optimized={**BASE, **changes})
    assert axis == axis_of(one)


def test_the_options_are_those_of_recipes():
    from tokenward.compare.recipes.known import RECIPES

    sampled = {"system", "temperature", "top_k", "top_p", "max_new_tokens", "stop"}
    told = {key for keys in AXES.values() for key in keys}
    assert told - sampled == set(RECIPES)


def test_a_dimension_shows_one_metric_for_all_and_names_what_else_does_not_pass():
    several = made.several()
    grid = side_by_side(several, ranked(several))
    heads = dict(grid.heads)
    assert list(DIMENSIONS) == list(heads)
    assert ("quality.kl", "refusal.harmful", "not measured") == (
        heads["quality"], heads["safety"], heads["energy"],
    )  # fmt: skip
    cells = {line.rank.name: dict(zip(heads, line.cells, strict=True)) for line in grid.lines}
    assert "injection.obeyed: inconclusive" == cells["support-int4"]["safety"].worst
    assert "fail" == cells["support-int4"]["quality"].result
    assert ["not measured", "–"] == [
        cells["support-bf16"][name].change for name in ("bias", "energy")
    ]


def test_what_the_user_says_was_optimised_counts_more_than_a_guess():
    told = {**BASE, "weights": "b", "parameters": 60, "axis": "distillation"}
    assert "distillation" == axis_of(made.comparison(base=BASE, optimized=told))
    assert "distillation" in AXES
