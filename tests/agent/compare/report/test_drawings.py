"""Scales and figures: what is drawn is where its value is."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agent.compare.report import made

from tokenward.compare.ranking import ranked
from tokenward.compare.report.drawings import forest, lines
from tokenward.compare.report.drawings.groups import grouped
from tokenward.compare.report.drawings.scale import Scale
from tokenward.compare.report.drawings.scatter import cost_against_quality
from tokenward.compare.report.power import curve
from tokenward.compare.report.several import safety

FINITE = st.floats(-1e15, 1e15, allow_nan=False)


@given(st.lists(FINITE, max_size=5), st.booleans())
def test_any_values_lie_on_their_scale_in_order(values, log):
    make = Scale.logarithmic if log else Scale.around
    scale = make([abs(value) if log else value for value in values], 0.0, 100.0)
    at = [scale.at(value) for value in sorted(values)]
    assert sorted(at) == at
    assert all(0.0 <= one <= 100.0 for one in at)
    ticks = scale.ticks()
    assert len(ticks) <= 8
    assert sorted(ticks) == ticks
    assert all(math.isfinite(tick) for tick in ticks)


def test_ticks_are_round():
    assert [-0.02, -0.01, 0.0, 0.01, 0.02] == Scale(-0.021, 0.0221, 0, 1).ticks(6)
    assert [0.01, 0.1, 1.0, 10.0] == Scale.logarithmic([0.02, 7.0], 0, 1).ticks()


def ends(drawing, kind):
    """Returns where lines of a kind start and end from left to right."""
    return [
        (float(start), float(end))
        for start, end in re.findall(
            rf'class="{kind}" d="M([\d.]+) [\d.]+L([\d.]+) [\d.]+"', drawing
        )
    ]


def test_an_interval_is_drawn_in_margins_with_worse_to_the_right():
    up = made.metric(low=0.01, difference=0.02, high=0.03, margin=0.02)
    down = made.metric(low=-0.03, difference=-0.02, high=-0.01, margin=0.02, side="below")
    at = [forest.SCALE.at(0.5), forest.SCALE.at(1.5)]
    for one in (up, down):
        [(start, end)] = ends(forest.row(one), "whisker pass")
        assert pytest.approx(at, abs=0.06) == sorted([start, end])


@pytest.mark.parametrize(
    ("result", "shape"),
    [("pass", "circle"), ("fail", "path"), ("inconclusive", "path"), ("shown", "circle")],
)
def test_results_have_their_own_shape(result, shape):
    assert f'<{shape} class="mark {result}"' in forest.row(made.metric(result=result))


def test_what_lies_far_out_is_an_arrow_and_what_is_no_number_is_not_drawn():
    assert 'class="arrow fail"' in forest.row(made.kl("fail", 0.12))
    assert 'class="arrow pass"' in forest.row(made.metric(high=math.inf))
    assert "" == forest.row(made.metric(difference=math.nan))
    assert "" == forest.row(made.metric(margin=None))


def test_the_noise_floor_is_marked_on_both_sides():
    assert 2 == forest.row(made.metric(floor=0.01)).count('class="floor"')
    assert 0 == forest.row(made.metric(floor=None)).count('class="floor"')


def test_words_tell_what_a_figure_shows():
    told = {
        lines.by_position: (made.kl(), "quality.kl by position: lowest 0.00235 at 5, highest"),
        lines.of_tail: (made.kl(), "quality.kl over tokens: p50 0.001, p90 0.008, p99 0.036"),
        lines.by_entropy: (made.kl(), "99 % from 0 to 0.5, 96 % from 0.5 to 1"),
        lines.by_block: (made.latency(), "base 0.0305 to 0.0325, optimized 0.0244 to"),
    }
    for draw, (one, words) in told.items():
        assert words in draw(one)
        assert "" == draw(made.size())


def test_the_chance_to_pass_grows_with_the_number_of_cases():
    one = made.unclear().metrics[1]
    chances = [chance for _, chance in curve(one, 0.05)]
    assert sorted(chances) == chances
    assert chances[0] < 0.1
    assert chances[-1] > 0.99


def test_the_chance_at_the_number_here_is_that_of_the_normal_law():
    # margin 2 and 2.925 standard errors: Phi(2.925 - 1.645) = 0.8997
    one = made.metric(low=-1.645 / 2.925 * 0.02, high=1.645 / 2.925 * 0.02, margin=0.02, n=100)
    assert 0.8997 == pytest.approx(lines.chance_at(curve(one, 0.05), 100), abs=1e-3)
    both = lines.chance_at(curve(replace(one, side="both"), 0.05), 100)
    assert 2 * 0.8997 - 1 == pytest.approx(both, abs=2e-3)


@pytest.mark.parametrize(
    "changes",
    [{"margin": None}, {"low": 0.0, "high": 0.0}, {"kind": "value"}, {"high": math.inf}, {"n": 0}],
)
def test_there_is_no_curve_where_more_cases_change_nothing(changes):
    assert [] == curve(made.metric(**changes), 0.05)


def test_power_that_was_computed_is_drawn_before_our_guess():
    one = made.metric(n=20, extra={"power": [{"n": 10, "pass": 0.25}, {"n": 30, "pass": 0.75}]})
    assert "with 20 cases an equal model passes in 50 %" in lines.of_power(one, 0.05)


def test_groups_that_moved_most_come_first():
    rows = list(grouped(made.gap()))
    assert ["women", "men", "elderly people"] == [row.name for row in rows[:3]]
    assert "women: base −0.21" in rows[0].drawing
    assert rows[0].interval.startswith("−0.4")


def test_variants_are_marked_with_their_names_and_joined_where_none_dominates():
    ranks = ranked(made.several())
    drawing = cost_against_quality(ranks, "nat")
    assert all(f">{rank.name}<" in drawing for rank in ranks)
    assert 1 == drawing.count('class="pareto"')
    assert 3 == drawing.count('class="mark pass"') + drawing.count('class="mark inconclusive"')


def test_safety_is_drawn_for_two_models_or_more():
    several = made.several()
    assert "refusal.harmful by quality.kl" in safety(several, ranked(several))
    assert "" == safety(several[:1], ranked(several[:1]))


def test_a_percentile_with_an_interval_has_a_line_through_it():
    drawing = lines.of_tail(made.kl(value=0.01))
    assert 1 == drawing.count('class="whisker')
    assert 5 == drawing.count('class="dot"')
    assert all(f">{name}<" in drawing for name in ("p50", "p90", "p99", "p99.9", "max"))
