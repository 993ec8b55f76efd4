"""Reports over what nobody wants to have recorded: each has a clear result."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tokenward.meters.price import Price
from tokenward.monitor.artifacts import write_report
from tokenward.monitor.config import ReportConfig
from tokenward.monitor.markdown import quality_rows
from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.report import make_report
from tokenward.monitor.stated import Stated

PERIODS = Periods(Period(0.0, 1000.0), Period(1000.0, 2000.0))


def written(report, tmp_path):
    out = write_report(report, tmp_path / "out", ["json", "md"])
    assert 2 == len(out.artifacts)
    return (tmp_path / "out/report.json").read_text() + (tmp_path / "out/report.md").read_text()


def test_one_record_is_too_few(store, interaction, tmp_path):
    store.append([interaction(1, time=1500.0)])
    report = make_report(store, PERIODS, by=["policy"])

    assert (0, 1) == (report.reference["n"], report.current["n"])
    assert report.columns and not report.measured and not report.drift
    assert {"too few rows: 100 are needed in each period"} == {one.note for one in report.columns}
    assert "the reference period holds no interactions" in report.warnings
    assert "too few rows" in written(report, tmp_path)


def test_constant_columns_do_not_drift_and_a_constant_that_changes_does(store, make_traffic):
    store.append([constant(one, 7.0) for one in make_traffic(300, 0.0, 1000.0, seed=1)])
    store.append([constant(one, 9.0) for one in make_traffic(300, 1000.0, 1000.0, seed=2)])
    report = make_report(store, PERIODS)
    by_name = {one.column: one for one in report.columns}

    assert (0.0, 1.0, False) == (
        by_name["hold_back"].statistic, by_name["hold_back"].p_value, by_name["hold_back"].drift_detected,
    )  # fmt: skip
    assert by_name["answer.fixed"].drift_detected


def constant(one, value):
    return replace(one, features={"answer.fixed": value})


def test_numbers_that_are_none_are_no_measurement(store, make_traffic, tmp_path):
    odd = [math.nan, math.inf, -math.inf]
    rows = [
        replace(one, features={"answer.odd": odd[n % 3], "answer.half": odd[0] if n % 2 else 1.0})
        for n, one in enumerate(make_traffic(600, 0.0, 2000.0, seed=1))
    ]
    store.append(rows)
    report = make_report(store, PERIODS)
    by_name = {one.column: one for one in report.columns}

    assert "answer.odd" not in by_name
    assert (150, 150) == (by_name["answer.half"].n_reference, by_name["answer.half"].n_current)
    assert "nan" not in written(report, tmp_path).casefold().replace("language", "")


def test_scores_that_are_no_numbers_cost_no_report(store, make_traffic):
    def odd(one):
        scores = {"toxicity.toxicity": math.nan}
        return replace(one, decisions=(replace(one.decisions[0], scores=scores), one.decisions[1]))

    store.append([odd(one) for one in make_traffic(300, 0.0, 1000.0, seed=1)])
    store.append(make_traffic(300, 1000.0, 1000.0, seed=2))

    assert make_report(store, PERIODS).measured


def test_a_column_that_is_missing_everywhere_else_is_not_measured(store, make_traffic):
    store.append(make_traffic(300, 0.0, 1000.0, seed=1))
    store.append([replace(one, features={}) for one in make_traffic(300, 1000.0, 1000.0, seed=2)])
    by_name = {one.column: one for one in make_report(store, PERIODS).columns}

    assert (300, 0, None) == (
        by_name["prompt.language"].n_reference,
        by_name["prompt.language"].n_current,
        by_name["prompt.language"].statistic,
    )


def test_a_reference_that_is_later_is_told(store, make_traffic):
    store.append(make_traffic(300, 0.0, 1000.0, seed=1))
    store.append(make_traffic(300, 1000.0, 1000.0, seed=2, pii=0.4))
    report = make_report(store, Periods(PERIODS.current, PERIODS.reference))

    assert "the reference is later than the current period" in report.warnings[0]
    assert report.drift
    assert (
        "reference"
        == next(one for one in report.changes if one.column == "rule.no-pii").examples_of
    )


def test_records_of_a_clock_that_goes_back_are_where_they_say(store, make_traffic):
    rows = make_traffic(300, 0.0, 2000.0, seed=1)
    store.append(rows[200:])
    store.append(rows[:200])
    report = make_report(store, PERIODS)

    assert (150, 150) == (report.reference["n"], report.current["n"])


def test_periods_that_share_time_say_so(store, make_traffic):
    store.append(make_traffic(400, 0.0, 2000.0, seed=1))
    report = make_report(store, Periods(Period(0.0, 1500.0), Period(1000.0, 2000.0)))

    assert (300, 200) == (report.reference["n"], report.current["n"])
    assert ("the periods overlap: what they share cannot differ",) == report.warnings


def test_another_model_label_is_a_reference(store, make_traffic):
    store.append(make_traffic(600, 0.0, 1000.0, seed=1, model_label="fp32"))
    for label in ("int8", None):
        rows = make_traffic(300, 0.0, 1000.0, seed=2, pii=0.3, model_label=label)
        store.append([replace(one, decision_id=f"{label}-{one.decision_id}") for one in rows])
    report = make_report(store, ReportConfig(reference="label=fp32", current="16m").periods(960.0))

    assert (576, 576) == (report.reference["n"], report.current["n"])
    assert "rule.no-pii" in {one.column for one in report.drifted}
    assert "the periods overlap" not in " ".join(report.warnings)
    assert ("fp32", "fp32") == (report.reference["model_label"], report.current["model_label_not"])


def test_each_label_by_itself_is_compared_with_the_one_that_is_the_reference(store, make_traffic):
    for label, pii in (("fp32", 0.03), ("int8", 0.03), ("int4", 0.4)):
        rows = make_traffic(
            400, 0.0, 960.0, seed=len(label) + ord(label[-1]), pii=pii, model_label=label
        )
        store.append([replace(one, decision_id=f"{label}-{one.decision_id}") for one in rows])
    config = ReportConfig(reference="label=fp32", current="16m", slices=("model_label",))
    report = make_report(store, config.periods(960.0), by=config.slices)
    change = next(one for one in report.changes if one.slice == "model_label=int4")

    assert {"model_label=int4", None} == {one.slice for one in report.drifted}
    assert {None, "model_label=int8", "model_label=int4"} == {one.slice for one in report.columns}
    assert change.examples and all(one.startswith("int4-") for one in change.examples)
    assert 0.03 == pytest.approx(change.before, abs=0.03)


def test_the_same_hours_of_weeks_are_a_reference(store, make_traffic):
    week, hour = 604800.0, 3600.0
    for number in range(5):  # at noon there is a daily newsletter, and nobody should be alarmed
        start = number * week
        store.append(make_traffic(200, start, hour, seed=number, pii=0.3))
        store.append(make_traffic(600, start + hour, 24 * hour, seed=50 + number))
    config = ReportConfig(current="1h", reference="same_hour_of_week=4")
    just_before = ReportConfig(current="1h", reference="7d")
    end = 4 * week + hour

    assert make_report(store, just_before.periods(end)).drift
    weekly = make_report(store, config.periods(end))
    assert (800, 200, False) == (weekly.reference["n"], weekly.current["n"], weekly.drift)
    assert 4 == len(weekly.reference["parts"])


def test_tokens_have_their_cost(store, make_traffic):
    for model, seed in (("small", 1), ("large", 2), (None, 3)):
        store.append(make_traffic(200, 0.0, 1000.0, seed=seed, model=model, completion_tokens=1000))
        store.append(
            make_traffic(200, 1000.0, 1000.0, seed=seed + 10, model=model, completion_tokens=3000)
        )
    prices = {"small": Price(0.0, 1.0), "large": Price(0.0, 10.0)}
    report = make_report(store, PERIODS, stated=Stated(prices))
    cost = {one.column: one for one in report.columns}["cost"]

    assert (400, 400, True) == (cost.n_reference, cost.n_current, cost.drift_detected)
    assert 200 * (0.001 + 0.01) == pytest.approx(report.reference["cost"]["total"], rel=0.01)
    assert 1000 * (0.003 + 0.03) / 2 == pytest.approx(report.current["cost"]["per_1000"], rel=0.01)
    assert not {"energy", "co2"} & report.current.keys()


def test_stated_joules_give_energy_and_grams_that_are_called_estimates(store, make_traffic):
    for seed, start in ((1, 0.0), (2, 1000.0)):
        made = make_traffic(200, start, 1000.0, seed=seed, model="small", completion_tokens=2000)
        store.append(made)
    stated = Stated(energy={"small": 360.0}, carbon=500.0)
    report = make_report(store, PERIODS, stated=stated)
    energy, co2 = report.current["energy"], report.current["co2"]

    assert "estimated" == energy["source"] == co2["source"]
    assert 200 * 720.0 == pytest.approx(energy["total"], rel=0.01)
    assert 1000 * 720.0 / 3.6e6 * 500.0 == pytest.approx(co2["per_1000"], rel=0.01)
    assert "energy" in {one.column for one in report.columns}
    assert "energy, estimated" in {row[0] for row in quality_rows(report)}


def test_without_a_factor_no_grams_are_told(store, make_traffic):
    store.append(make_traffic(50, 0.0, 2000.0, seed=1, completion_tokens=2000))
    report = make_report(store, PERIODS, stated=Stated(energy={"*": 360.0}))

    assert "energy" in report.current
    assert "co2" not in report.current
