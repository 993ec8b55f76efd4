"""The slice that fares worst, with its interval, and whether that is an accident."""

from __future__ import annotations

import pytest

from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.report import make_report

PERIODS = Periods(Period(0.0, 1000.0), Period(1000.0, 2000.0))


def worst(store, by, rate):
    report = make_report(store, PERIODS, by=by)
    return next((one.as_dict() for one in report.worst if one.rate == rate), None)


def test_the_worst_slice_has_its_interval_and_the_rest(store, make_traffic):
    for group, pii, count in (("a", 0.03, 500), ("b", 0.2, 200), ("c", 0.03, 500)):
        rows = make_traffic(count, 1000.0, 1000.0, seed=count + ord(group), pii=pii)
        store.append([with_group(one, group) for one in rows])
    told = worst(store, ["prompt.group"], "action.redact")

    assert ("prompt.group=b", 200, 3, True) == (
        told["slice"], told["n"], told["slices"], told["significant"],
    )  # fmt: skip
    assert told["low"] < 0.2 < told["high"]
    assert 0.03 == pytest.approx(told["rest"], abs=0.02)
    assert told["interval"][0] < told["difference"] < told["interval"][1]


def with_group(one, group):
    from dataclasses import replace

    return replace(
        one,
        decision_id=f"{group}-{one.decision_id}",
        features={**one.features, "prompt.group": group, "answer.refusal": float(group == "c")},
    )


def test_chance_alone_makes_no_slice_worse_in_nearly_all_reports(tmp_path, make_traffic):
    from tokenward.store.store import Store

    accused = 0
    for seed in range(8):
        with Store.open(f"{tmp_path}/{seed}.db", create=True) as store:
            for group in "abcde":
                rows = make_traffic(150, 1000.0, 1000.0, seed=100 * seed + ord(group), pii=0.1)
                store.append([with_group(one, group) for one in rows if group != "c"])
            accused += any(one.significant for one in make_report(store, PERIODS, by=["prompt.group"]).worst)  # fmt: skip

    assert 0 == accused


def test_a_feature_of_0_and_1_is_a_rate(store, make_traffic):
    for group in "abc":
        rows = make_traffic(150, 1000.0, 1000.0, seed=ord(group))
        store.append([with_group(one, group) for one in rows])
    told = worst(store, ["prompt.group"], "answer.refusal")

    assert ("prompt.group=c", 1.0, 0.0, True) == (
        told["slice"], told["share"], told["rest"], told["significant"],
    )  # fmt: skip


def test_a_slice_with_too_few_rows_is_not_accused(store, make_traffic):
    for group, pii, count in (("a", 0.03, 300), ("b", 0.9, 40), ("c", 0.03, 300)):
        rows = make_traffic(count, 1000.0, 1000.0, seed=ord(group), pii=pii)
        store.append([with_group(one, group) for one in rows])

    assert worst(store, ["prompt.group"], "rule.no-pii")["slice"] != "prompt.group=b"


def test_one_slice_is_no_comparison(store, make_traffic):
    store.append([with_group(one, "a") for one in make_traffic(300, 1000.0, 1000.0, seed=1)])

    assert () == make_report(store, PERIODS, by=["prompt.group"]).worst


def test_a_slice_that_no_record_has_gives_nothing(store, make_traffic):
    store.append(make_traffic(300, 0.0, 2000.0, seed=1))
    report = make_report(store, PERIODS, by=["label.team", "prompt.nothing", "answer.length"])

    assert {None} == {one.slice for one in report.columns}
    assert () == report.worst
