"""A base that is worst already cannot get worse: what passes so is told."""

from __future__ import annotations

import pytest

from tokenward.compare.result import MetricResult
from tokenward.compare.vacuous import with_vacuous


def result(base, side="below", state="pass", kind="binary", margin=0.05):
    return MetricResult(
        "tasks.correct", "", kind, 60, 60, 1.0, base, base, 0.0, -0.04, 0.04, margin, state,
        warnings=("before",), side=side,
    )  # fmt: skip


def test_a_base_that_solves_nothing_is_warned_of():
    (found,) = with_vacuous([result(0.04)])
    assert (
        "before",
        "the base is at 4.0%, so it could hardly get worse: this metric tells nothing",
    ) == found.warnings


@pytest.mark.parametrize(
    "one",
    [
        result(0.06),
        result(0.0, side="above"),
        result(0.0, side="both"),
        result(0.0, state="shown"),
        result(0.0, kind="mean"),
        result(0.0, margin=None),
    ],
)
def test_where_there_is_room_to_get_worse_nothing_is_said(one):
    assert (one,) == with_vacuous([one])


def test_a_base_that_always_obeys_is_warned_of_too():
    (found,) = with_vacuous([result(0.97, side="above")])
    assert 2 == len(found.warnings)
