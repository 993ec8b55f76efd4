from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tokenward.decisions.buckets import ACCURACY, bucket, middle
from tokenward.decisions.columns import group_of, row_of, weight_of
from tokenward.monitor.profile import Column, Profile
from tokenward.monitor.quality import quality, quantile
from tokenward.store.dictionary import MAX_VALUES, OTHER

finite = st.floats(min_value=-1e12, max_value=1e12)


@given(finite)
def test_a_bucket_stands_for_its_numbers_within_one_per_cent(number):
    assert abs(middle(bucket(number)) - number) <= 1.02 * ACCURACY * abs(number) + 1e-9


@given(finite, finite)
def test_buckets_keep_the_order_of_numbers(one, other):
    low, high = sorted((one, other))

    assert bucket(low) <= bucket(high)


def profile_of(interactions):
    profile = Profile()
    for one in interactions:
        profile.add(row_of(one), group_of(one), weight_of(one))
    return profile


def told(profile):
    return {
        name: (c.kind, c.groups, c.rows, c.weight, c.squares) for name, c in profile.columns.items()
    } | {
        ("base", name): (c.groups, c.rows, c.weight, c.squares) for name, c in profile.bases.items()
    }


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), cuts=st.lists(st.integers(0, 60), max_size=4))
def test_merging_parts_in_any_order_is_counting_the_whole(make_traffic, seed, cuts):
    chance = random.Random(seed)
    whole = make_traffic(
        60, 0.0, 1.0, seed=seed, pii=0.3, sample_weight=chance.choice([1.0, 0.1, 2.5])
    )
    ends = [0, *sorted(cuts), len(whole)]
    parts = [whole[start:end] for start, end in pairwise(ends)]
    chance.shuffle(parts)
    merged = Profile()
    for part in parts:
        chance.shuffle(part)
        merged.merge(profile_of(part))

    assert told(profile_of(whole)) == told(merged)


def test_every_column_that_is_promised_is_there(interaction):
    one = interaction(
        fired=True,
        timings={"guard": 0.01},
        parameters={"temperature": 0.5},
        features={"prompt.language": "en", "answer.length": 9.0},
        prompt_tokens=5,
        completion_tokens=6,
        degraded=("bias",),
    )
    assert {
        ("action", "category"),
        ("degraded", "rate"),
        ("hold_back", "number"),
        ("rewinds", "number"),
        ("prompt_tokens", "number"),
        ("completion_tokens", "number"),
        ("timing.guard", "number"),
        ("parameter.temperature", "number"),
        ("prompt.language", "category"),
        ("answer.length", "number"),
        ("score.input.injection.direct", "number"),
        ("score.output.toxicity.toxicity", "number"),
        ("rule.no-pii", "rate"),
        ("detections.output.pii.EMAIL_ADDRESS", "count"),
    } == set(profile_of([one]).columns)


def test_a_rule_counts_as_not_fired_in_all_other_interactions(interaction):
    profile = profile_of([interaction(n, fired=n == 0) for n in range(10)])
    column = profile.column(("rule.no-pii", "rate"), "")

    assert {1.0: 1_000_000, 0: 9_000_000} == {middle(k) or 0: v for k, v in column.totals().items()}
    assert 10 == column.rows


def test_detections_count_as_none_only_where_their_stage_was_decided(interaction):
    from dataclasses import replace

    blocked = [replace(one, decisions=one.decisions[:1]) for one in map(interaction, range(5))]
    profile = profile_of([*blocked, interaction(8, fired=True), interaction(9)])

    assert 2 == profile.column(("detections.output.pii.EMAIL_ADDRESS", "count"), "output").rows


def test_a_rule_that_was_blocking_without_a_detection_did_not_fire(interaction):
    from dataclasses import replace

    one = interaction(fired=True)
    rule = replace(one.decisions[1].rules[0], count=0, detections=())
    one = replace(one, decisions=(replace(one.decisions[1], rules=(rule,)),))

    assert ("rule.no-pii", "rate") not in profile_of([one]).columns


def test_a_category_without_end_is_bounded():
    column = Column("category")
    for number in range(3 * MAX_VALUES):
        column.add(f"value-{number}", -1, 1)

    assert MAX_VALUES + 1 == len(column.totals())
    assert 2 * MAX_VALUES == column.totals()[OTHER]


def test_weights_tell_how_many_rows_are_meant(interaction):
    profile = profile_of(
        [interaction(n, fired=True) for n in range(10)] + [interaction(99, sample_weight=90.0)]
    )

    assert 0.1 == quality(profile)["rates"]["rule.no-pii"]["share"]
    assert 1 < profile.columns["action", "category"].effective_rows < 2


def test_quantiles_are_within_one_per_cent(interaction):
    profile = profile_of([interaction(n, timings={"guard": n / 1000}) for n in range(1, 1001)])
    column = profile.columns["timing.guard", "number"]

    for q in (0.5, 0.95, 0.99):
        assert abs(quantile(column, q) / q - 1) < 0.012
    assert {"p50", "p95", "p99"} == set(quality(profile)["quantiles"]["timing.guard"])
