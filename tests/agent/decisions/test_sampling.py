from __future__ import annotations

from dataclasses import replace

import pytest

from tokenward.decisions.sampling import sampled
from tokenward.types import FiredRule


def test_a_share_of_what_tells_nothing_is_kept_with_the_weight_of_all(interaction):
    rows = [sampled(interaction(number), 0.1) for number in range(20_000)]
    kept = [one for one in rows if one is not None]

    assert {10.0} == {one.sample_weight for one in kept}
    assert abs(len(kept) - 2000) < 4 * (20_000 * 0.1 * 0.9) ** 0.5
    assert [one is None for one in rows[:50]] == [
        sampled(interaction(number), 0.1) is None for number in range(50)
    ]


def test_a_smaller_share_is_a_part_of_a_larger_one(interaction):
    few, more = (
        {n for n in range(3000) if sampled(interaction(n), share) is not None}
        for share in (0.1, 0.3)
    )

    assert few < more


@pytest.mark.parametrize(
    "change",
    [
        lambda one: replace(one, action="flag"),
        lambda one: replace(one, action="block"),
        lambda one: replace(one, degraded=("toxicity",)),
        lambda one: replace(one, labels={"outcome": "client_left"}),
        lambda one: replace(
            one,
            decisions=(
                replace(one.decisions[0], rules=(FiredRule("r", "block", "monitor", (), 1),)),
            ),
        ),
    ],
)
def test_what_tells_something_is_always_kept_as_it_is(interaction, change):
    for number in range(200):
        one = change(replace(interaction(number), sample_weight=3.0))

        assert sampled(one, 0.0001) is one


def test_records_that_stand_for_several_go_on_doing_so(interaction):
    kept = [
        sampled(
            replace(interaction(number), sample_weight=4.0, labels={"outcome": "answered"}), 0.5
        )
        for number in range(50)
    ]

    assert {8.0} == {one.sample_weight for one in kept if one is not None}
    assert None in kept


def test_all_are_kept_where_nothing_is_said(interaction):
    one = interaction()

    assert sampled(one, 1.0) is one
