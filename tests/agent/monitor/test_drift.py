from __future__ import annotations

import numpy as np
import pytest
from tests.benchmarks.drift_windows import HARMLESS, SHIFTS, Windows

from tokenward.decisions.columns import ALONE, GROUPS, MILLION, Row
from tokenward.errors import UsageError
from tokenward.monitor.drift import DriftSettings, benjamini_hochberg, compare, decide
from tokenward.monitor.methods import check_method
from tokenward.monitor.profile import Profile

USUAL = DriftSettings()


def columns(chance, count, *, shift=0.0, rate=0.05):
    """Twelve columns as production has them: skewed, discrete, rare and categorical ones."""
    number = {
        "total": chance.lognormal(5 + shift, 0.5, count),
        "ttft": chance.lognormal(4, 0.4, count),
        "tokens": chance.poisson(300, count),
        "toxicity": chance.beta(1, 20, count),
        "injection": chance.beta(1, 30, count),
        "pii": chance.poisson(0.1, count),
        "length": chance.gamma(2, 400, count),
    }
    rates = {"rare": chance.random(count) < 0.01, "rule": chance.random(count) < rate}
    category = {
        "action": chance.choice(["allow", "redact", "block"], count, p=[0.9, 0.08, 0.02]),
        "language": chance.choice(["en", "de", "fr", "es", "zh"], count),
        "route": chance.choice([f"route-{n}" for n in range(20)], count),
    }
    kinds = {"number": number, "rate": rates, "category": category}
    return {
        name: (kind, values.tolist())
        for kind, group in kinds.items()
        for name, values in group.items()
    }


def profile(values, groups=None):
    found = Profile()
    for index in range(len(next(iter(values.values()))[1])):
        row = {name: (kind, column[index]) for name, (kind, column) in values.items()}
        group = ALONE if groups is None else int(groups[index])
        found.add(Row(row, {}, ("",)), group, MILLION)
    return found


def drifted(reference, current, settings=USUAL):
    return {
        one.column
        for one in decide(compare(reference, current, settings), settings)
        if one.drift_detected
    }


@pytest.mark.parametrize("way", HARMLESS)
@pytest.mark.parametrize("size", [200, 500, 2000])
def test_driftless_windows_do_not_alarm(size, way):
    """Whatever rows weigh, and however alike those of a session are; the benchmark has a thousand."""
    count = 100 if way == "plain" else 30  # the others take longer

    assert Windows(2000, size, count).alarms(way) <= 0.02


@pytest.mark.parametrize("shift", SHIFTS)
def test_changes_that_matter_are_found_and_little_else(shift):
    found, wrong = Windows(2000, 500, 20).power(shift)

    assert found >= 0.9
    assert wrong <= 0.05


def test_a_real_change_is_found_and_only_it():
    chance = np.random.default_rng(7)
    reference = profile(columns(chance, 4800))
    current = profile(columns(chance, 320, shift=0.3, rate=0.15))

    assert {"total", "rule"} == drifted(reference, current)


def test_rows_of_a_session_do_not_alarm_although_they_are_alike():
    """Without their sessions, which of them are German looks like drift in most periods."""
    alarms = {True: 0, False: 0}
    for seed in range(40):
        chance = np.random.default_rng(seed)
        for known in alarms:
            sides = []
            for sessions in (300, 100):
                languages = chance.choice(["en", "de", "fr"], sessions, p=[0.7, 0.2, 0.1]).repeat(8)
                groups = chance.integers(0, GROUPS, sessions).repeat(8) if known else None
                sides.append(profile({"language": ("category", languages.tolist())}, groups))
            alarms[known] += bool(drifted(*sides, DriftSettings(thresholds={"category": 0.0})))

    assert alarms[True] <= 2
    assert alarms[False] >= 15


def test_the_same_data_has_no_drift():
    same = profile(columns(np.random.default_rng(1), 500))
    found = decide(compare(same, same, USUAL), USUAL)

    assert [(0.0, 1.0, False)] * 12 == [
        (one.statistic, one.p_value, one.drift_detected) for one in found
    ]


def test_results_do_not_depend_on_the_order_of_rows():
    chance = np.random.default_rng(5)
    values = columns(chance, 300)
    turned = {name: (kind, column[::-1]) for name, (kind, column) in values.items()}
    reference = profile(columns(chance, 900))

    assert compare(reference, profile(values), USUAL) == compare(reference, profile(turned), USUAL)


def test_too_few_rows_give_a_note_and_no_number():
    chance = np.random.default_rng(2)
    found = decide(
        compare(profile(columns(chance, 800)), profile(columns(chance, 99)), USUAL), USUAL
    )

    assert {(None, None, False, 800, 99)} == {
        (one.statistic, one.p_value, one.drift_detected, one.n_reference, one.n_current)
        for one in found
    }
    assert {"too few rows: 100 are needed in each period"} == {one.note for one in found}


def test_a_column_that_is_new_has_too_few_rows_in_the_reference():
    reference = profile({"a": ("number", [1.0] * 200)})
    current = profile({"a": ("number", [1.0] * 200), "b": ("number", [1.0] * 200)})
    by_name = {one.column: one for one in compare(reference, current, USUAL)}

    assert (0, 200, None) == (
        by_name["b"].n_reference,
        by_name["b"].n_current,
        by_name["b"].statistic,
    )


@pytest.mark.parametrize(
    ("rate", "count", "note"),
    [
        (0.11, 200_000, "significant, but under the threshold"),
        (0.3, 100, "not significant with so few rows"),
    ],
)
def test_size_and_certainty_are_both_needed(rate, count, note):
    def side(share):
        ones = round(share * count)
        return profile({"rule": ("rate", [1.0] * ones + [0.0] * (count - ones))})

    settings = DriftSettings(false_alarms=1e-6)
    (one,) = decide(compare(side(0.1), side(rate), settings), settings)

    assert not one.drift_detected
    assert note in one.note


def test_a_pattern_leaves_columns_out():
    values = profile(columns(np.random.default_rng(1), 150))
    left = compare(values, values, DriftSettings(exclude=("t*", "action")))

    assert {"injection", "language", "length", "pii", "rare", "route", "rule"} == {
        one.column for one in left
    }


def test_methods_and_thresholds_can_be_chosen_by_kind():
    chance = np.random.default_rng(1)
    settings = DriftSettings(methods={"number": "ks", "rate": "chi2"}, thresholds={"category": 0.7})
    found = compare(profile(columns(chance, 200)), profile(columns(chance, 200)), settings)
    told = {one.column: (one.method, one.threshold) for one in found}

    assert ("ks", 0.1) == told["total"]
    assert ("chi2", 0.1) == told["rule"]
    assert ("jensenshannon", 0.7) == told["route"]


def test_a_method_that_does_not_fit_is_refused():
    with pytest.raises(
        UsageError, match="unknown method 'ks' for a category; use one of: psi, jensenshannon, chi2"
    ):
        check_method("category", "ks")
    with pytest.raises(
        UsageError, match="unknown kind of column 'text'; use one of: number, category"
    ):
        check_method("text", "psi")


def test_the_correction_is_benjamini_and_hochbergs():
    p_values = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]  # the example of their paper
    assert 0.0095 == benjamini_hochberg(reversed(p_values), 0.05)
    assert benjamini_hochberg([0.5, 0.9], 0.05) < 0
    assert benjamini_hochberg([], 0.05) < 0
